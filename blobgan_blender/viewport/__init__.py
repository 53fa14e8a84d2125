"""What is drawn over the canvas in the 3D view, and what the mouse finds there."""

from __future__ import annotations

import bpy

from . import gizmos, keymap, overlay, wipe


def register() -> None:
    """Add the drawing; without a window there is nothing to draw on."""
    if not bpy.app.background:
        wipe.register()
        overlay.register()
    gizmos.register()
    keymap.register()


def unregister() -> None:
    """Take it back."""
    keymap.unregister()
    gizmos.unregister()
    if not bpy.app.background:
        overlay.unregister()
        wipe.unregister()
