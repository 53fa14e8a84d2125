"""Update Picture: draw the active canvas as it stands, and wait for it."""

from __future__ import annotations

import bpy
from bpy.types import Context

from .. import live
from ..core.errors import BlobGANError
from ..scene.canvas import active_canvas
from .canvas_operator import needs_calm, needs_canvas


class BLOBGAN_OT_update_picture(bpy.types.Operator):
    """Draw the canvas as its blobs stand now, and wait for the picture; works with Live off and without a window"""

    bl_idname = "blobgan.update_picture"
    bl_label = "Update Picture"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas, and no render: what was pasted is settled first, and an image may take another's place."""
        return needs_calm(cls) and needs_canvas(cls, context)

    def execute(self, context: Context) -> set[str]:
        """Draw, block, show."""
        canvas = active_canvas(context.scene, context.view_layer)
        try:
            reading = live.update_now(context.scene, context.view_layer, canvas)
        except BlobGANError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Drew {canvas.name} with {len(reading.names)} blobs")
        return {"FINISHED"}
