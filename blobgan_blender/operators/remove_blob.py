"""Remove Blob: the selected blobs go, and with them what they are in the picture."""

from __future__ import annotations

import bpy
from bpy.types import Context

from .. import live
from ..scene.blobs import is_blob


class BLOBGAN_OT_remove_blob(bpy.types.Operator):
    """Delete the selected blobs; what they were vanishes from the picture (Reset brings the model's own back)"""

    bl_idname = "blobgan.remove_blob"
    bl_label = "Remove Blob"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a selected blob."""
        if not any(is_blob(item) for item in context.selected_objects):
            cls.poll_message_set("Select one or more blobs")
            return False
        return True

    def execute(self, context: Context) -> set[str]:
        """Delete them."""
        blobs = [item for item in context.selected_objects if is_blob(item)]
        canvas = blobs[0].blobgan.canvas
        names = ", ".join(blob.name for blob in blobs)
        for blob in blobs:
            bpy.data.objects.remove(blob)
        if canvas.name in context.view_layer.objects:
            context.view_layer.objects.active = canvas  # the panel goes on showing this canvas
        live.mark()
        self.report({"INFO"}, f"Removed {names}")
        return {"FINISHED"}
