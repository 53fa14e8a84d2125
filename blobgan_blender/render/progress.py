"""How far an animation of the BlobGAN engine is, in frames, and how long it will go on."""

from __future__ import annotations

import sys

import bpy
from bpy.types import Scene

from ..core.progress import Pace

_pace: Pace | None = None  # of the animation that renders now
_rendered: set[int] = set()  # its frames that were begun


def begin() -> None:
    """A render begins: the next frame is its first."""
    global _pace
    _pace = None
    _rendered.clear()


def frame(scene: Scene) -> Pace:
    """A view layer of the scene's frame is about to be rendered.

    Frames that were there already, with *Overwrite* off, take no time. A farm that names its frames one by one begins
    one render for each, and knows better how many there are.
    """
    global _pace
    first, last, step = scene.frame_start, scene.frame_end, max(1, scene.frame_step)
    if _pace is None:
        _pace = Pace(len(range(first, last + 1, step)))
    _pace.done = len(_rendered - {scene.frame_current})
    _pace.skipped = max(0, (scene.frame_current - first) // step - _pace.done)
    _rendered.add(scene.frame_current)
    return _pace


def to_console(scene: Scene, what: str) -> None:
    """A line for who watches a render without a window: since Blender 5 its own statistics don't reach the console."""
    if bpy.app.background and bpy.app.version >= (5, 0):
        sys.stdout.write(f"Fra:{scene.frame_current} | BlobGAN: {what}\n")
        sys.stdout.flush()
