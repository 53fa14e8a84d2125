"""Does harm in the middle of an animation: `blender -b shot.blend --python harm.py … -a -- canvas|worker`."""

from __future__ import annotations

import os
import signal
import sys
import threading

import bpy
from bl_ext.user_default.blobgan_blender import runtime


def delete_canvas(scene: bpy.types.Scene, *_: object) -> None:
    """At frame 10 the canvas is gone."""
    if scene.frame_current == 10 and scene.blobgan.canvas is not None:
        bpy.data.objects.remove(scene.blobgan.canvas)


def kill_worker(scene: bpy.types.Scene, *_: object) -> None:
    """At frame 3 the worker stops, and dies with the frame under way."""
    if scene.frame_current == 3:
        pid = runtime.worker().info.pid
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(0.5, os.kill, (pid, signal.SIGKILL)).start()


if sys.argv[-1] == "canvas":
    bpy.app.handlers.frame_change_post.append(delete_canvas)
else:
    bpy.app.handlers.render_pre.append(kill_worker)
