"""Everything that Blender is told of, in one order, and taken back in the other."""

from __future__ import annotations

import atexit
import logging
import signal
import sys

import bpy

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
    resting,
    runtime,
    viewport,
)
from .core.errors import BlobGANError

logger = logging.getLogger(__name__)

_PARTS = (properties, preferences, operators, panels, render, viewport, handlers, live, gallery, resting)
_registered = False


def register() -> None:
    """Register all parts; if one fails, those before it are taken back and the error goes on.

    Raises:
        BlobGANError: another copy of this package is registered.
    """
    global _registered
    _refuse_a_second_copy()
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


def _refuse_a_second_copy() -> None:
    """Two copies, as from a zip and from a repository, would take each other's classes away without a word."""
    known = getattr(bpy.types, "BLOBGAN_OT_new_scene", None)
    if known is not None:
        raise BlobGANError(
            f"BlobGAN is enabled already, as {known.__module__.rpartition('.operators')[0]}. Disable that one in the "
            "preferences, or uninstall it; then enable this one."
        )


def _ignore_sigpipe() -> None:
    """Blender 4.3 dies of SIGPIPE when it writes to a dead worker. Python sets handlers on the main thread only."""
    if sys.platform != "win32" and signal.getsignal(signal.SIGPIPE) is signal.SIG_DFL:
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
