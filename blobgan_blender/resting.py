"""A worker without work is sent home: it ends after a while, and gives back the memory that it holds.

`look` is all there is to it; a timer calls it. The next picture starts the worker again.
"""

from __future__ import annotations

import logging

import bpy

from . import live, runtime
from .preferences import idle_seconds

logger = logging.getLogger(__name__)

PERIOD = 10.0  # seconds between looks


def look() -> bool:
    """End the worker if it has idled longer than the preferences say; whether it was ended."""
    worker, limit = runtime.existing_worker(), idle_seconds()
    if worker is None or not limit or live.held() or _playing():
        return False
    idle = worker.idle_for
    if idle is None or idle < limit:
        return False
    logger.info("no picture for %.0f seconds: the worker ends, and its memory is free", idle)
    runtime.release_worker()
    return True


def _playing() -> bool:
    return any(window.screen.is_animation_playing for window in bpy.context.window_manager.windows)


def _tick() -> float:
    try:
        if look():
            live.redraw()
    except Exception:
        # Blender drops a timer that raises.
        logger.exception("The worker's rest was not looked after; it goes on")
    return PERIOD


def register() -> None:
    """Start the timer."""
    bpy.app.timers.register(_tick, first_interval=PERIOD, persistent=True)


def unregister() -> None:
    """Stop it."""
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
