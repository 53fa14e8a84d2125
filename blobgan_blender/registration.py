"""Everything that Blender is told of, in one order, and taken back in the other."""

from __future__ import annotations

import atexit
import logging
import signal
import sys

from . import (
    background,
    gallery,
    handlers,
    live,
    models,
    operators,
    panels,
    preferences,
    properties,
    render,
    runtime,
    viewport,
)

logger = logging.getLogger(__name__)

_PARTS = (properties, preferences, operators, panels, render, viewport, handlers, live, gallery)
_registered = False


def register() -> None:
    """Register all parts; if one fails, those before it are taken back and the error goes on."""
    global _registered
    done = []
    try:
        for part in _PARTS:
            part.register()
            done.append(part)
    except Exception:
        for part in reversed(done):
            part.unregister()
        raise
    _ignore_sigpipe()
    _registered = True
    # Blender as a module hangs at exit while a handler, a timer or a thread of ours is left.
    atexit.register(unregister)


def unregister() -> None:
    """Stop what goes on in the background, and the worker, and unregister all parts; a second call does nothing."""
    global _registered
    if not _registered:
        return
    _registered = False
    atexit.unregister(unregister)
    for part in reversed(_PARTS):
        part.unregister()
    background.stop()
    models.forget()
    runtime.stop()


def _ignore_sigpipe() -> None:
    """Blender 4.3 dies of SIGPIPE when it writes to a dead worker. Python sets handlers on the main thread only."""
    if sys.platform != "win32" and signal.getsignal(signal.SIGPIPE) is signal.SIG_DFL:
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
