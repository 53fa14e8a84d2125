"""Whole Blenders beside this one: two at once, quitting in the middle of things, and the exit codes a farm reads."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import bpy
import pytest
from bpy.types import Object
from processes import gone
from studio import new_room, other_blender, pump_until, ran, shown

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

SHOW = """
    import hashlib
    new_room(sys.argv[1], seed=int(sys.argv[2]))
    print("pid", runtime.worker().info.pid, "picture", hashlib.sha256(shown().tobytes()).hexdigest())
"""


def test_two_blenders_at_once_have_a_worker_each_and_draw_the_same(small_model: Path) -> None:
    processes = [other_blender(SHOW, small_model, seed) for seed in (5, 6)]
    found = {}
    for seed, process in zip((5, 6), processes, strict=True):
        code, output, errors = ran(process)
        assert code == 0, errors
        found[seed] = re.search(r"pid (\d+) picture (\w+)", output).groups()
        assert found[seed][1] == hashlib.sha256(shown(new_room(small_model, seed=seed)).tobytes()).hexdigest()
    assert found[5][0] != found[6][0]


RENDER = """
    new_room("")
    scene = bpy.context.scene
    scene.frame_end, scene.render.filepath = 10_000, sys.argv[1] + "/"
    print("worker", runtime.worker().info.pid, flush=True)
    bpy.ops.render.render(animation=True)
"""

QUIT = """
    canvas = new_room("")
    print("worker", runtime.worker().info.pid, flush=True)
    blobs_here()[0].location.x += 0.3
    bpy.context.view_layer.update()
    live.pump()
    assert live.link(canvas).waiting
"""


def worker_of(process: subprocess.Popen[str]) -> int:
    """The worker's process id, as the other Blender prints it."""
    for line in process.stdout:
        if line.startswith("worker "):
            return int(line.split()[1])
    raise AssertionError(process.stderr.read())


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_blender_that_is_killed_in_a_render_leaves_no_worker(tmp_path: Path, how: signal.Signals) -> None:
    process = other_blender(RENDER, tmp_path)
    pid = worker_of(process)
    pump_until((tmp_path / "0002.png").exists)  # in the middle of it
    os.kill(process.pid, how)
    ran(process)
    assert gone(pid)


def test_a_blender_that_quits_with_a_picture_under_way_ends_and_leaves_no_worker() -> None:
    process = other_blender(QUIT)
    pid = worker_of(process)
    code, _, errors = ran(process, seconds=30)
    assert code == 0, errors
    assert gone(pid)


def test_a_worker_killed_during_an_animation_ends_it_with_an_error(canvas: Object, tmp_path: Path) -> None:
    code, _, errors = ran(
        other_blender(
            """
            import os, signal, threading
            new_room(sys.argv[1])
            pid = runtime.worker().info.pid

            def kill(scene, *_):
                if scene.frame_current == 3:
                    os.kill(pid, signal.SIGSTOP)  # so that it dies with the frame under way
                    threading.Timer(0.5, os.kill, (pid, signal.SIGKILL)).start()

            bpy.app.handlers.render_pre.append(kill)
            scene = bpy.context.scene
            scene.frame_end, scene.render.filepath = 5, sys.argv[2] + "/"
            try:
                bpy.ops.render.render(animation=True)
            finally:
                bpy.app.handlers.render_pre.remove(kill)  # the wheel hangs at exit while a handler is left
            """,
            bpy.path.abspath(canvas.blobgan.model_file),
            tmp_path / "frames",
        )
    )
    assert code != 0
    assert "worker ended unexpectedly" in errors
    assert sorted(file.name for file in (tmp_path / "frames").iterdir()) == ["0001.png", "0002.png"]
