"""Unbake: the canvas follows its blobs again."""

from __future__ import annotations

import bpy
from bpy.types import Context

from .. import live
from ..render.bake import show_live
from ..scene.canvas import active_canvas
from .canvas_operator import needs_calm


class BLOBGAN_OT_unbake(bpy.types.Operator):
    """Show the live picture again in place of the baked frames; their files stay on disk"""

    bl_idname = "blobgan.unbake"
    bl_label = "Unbake"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas that shows baked frames."""
        canvas = active_canvas(context.scene, context.view_layer)
        if canvas is None or canvas.blobgan.baked_image is None:
            cls.poll_message_set("The canvas shows no baked frames")
            return False
        return needs_calm(cls)

    def execute(self, context: Context) -> set[str]:
        """Back to the live picture."""
        show_live(active_canvas(context.scene, context.view_layer))
        live.mark()
        return {"FINISHED"}
