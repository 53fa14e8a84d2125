"""Remove Blob: the selected blobs go, and with them what they are in the picture."""

from __future__ import annotations

import bpy
from bpy.types import Context

from ..scene.writable import check_writable
from .selected import SelectedOperator, names_of, selected_blobs


class BLOBGAN_OT_remove_blob(SelectedOperator):
    """Delete the selected blobs; what they were vanishes from the picture (Reset brings the model's own back)"""

    bl_idname = "blobgan.remove_blob"
    bl_label = "Remove Blob"
    bl_options = {"REGISTER", "UNDO"}

    def edit(self, context: Context) -> str:
        """Delete them."""
        blobs = selected_blobs(context)
        check_writable(blobs)
        canvas, said = blobs[0].blobgan.canvas, f"Removed {names_of(blobs)}"
        for blob in blobs:
            bpy.data.objects.remove(blob)
        if canvas.name in context.view_layer.objects:
            context.view_layer.objects.active = canvas  # the panel goes on showing this canvas
        return said
