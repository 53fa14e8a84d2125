"""Frames to disk through Blender's own pipeline."""

from __future__ import annotations

from typing import Any

import bpy

from .engine import BlobGANRenderEngine


def compatible_panels() -> list[Any]:
    """Blender's own panels that make sense for this engine: those every render engine shares."""
    return [
        panel
        for panel in bpy.types.Panel.__subclasses__()
        if "BLENDER_RENDER" in getattr(panel, "COMPAT_ENGINES", ()) and panel.__module__.startswith("bl_ui")
    ]


def register() -> None:
    """Add the engine, and its name to the panels it uses."""
    bpy.utils.register_class(BlobGANRenderEngine)
    for panel in compatible_panels():
        panel.COMPAT_ENGINES.add(BlobGANRenderEngine.bl_idname)


def unregister() -> None:
    """Take both back."""
    for panel in compatible_panels():
        panel.COMPAT_ENGINES.discard(BlobGANRenderEngine.bl_idname)
    bpy.utils.unregister_class(BlobGANRenderEngine)
