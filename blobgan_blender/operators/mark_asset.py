"""Mark Blob as Asset: the selected blobs, ready to be dragged from the asset browser onto any canvas."""

from __future__ import annotations

from bpy.types import Context

from ..scene.assets import mark_asset
from ..scene.writable import check_writable
from .selected import SelectedOperator, names_of, selected_blobs


class BLOBGAN_OT_mark_asset(SelectedOperator):
    """Keep the selected blobs as assets of this file: drag them from the asset browser onto a canvas of their model"""

    bl_idname = "blobgan.mark_asset"
    bl_label = "Mark Blob as Asset"
    bl_options = {"REGISTER", "UNDO"}

    def edit(self, context: Context) -> str:
        """Mark each."""
        blobs = selected_blobs(context)
        check_writable(blobs)
        context.view_layer.update()
        assets = [mark_asset(blob) for blob in blobs]
        return f"{names_of(assets)} can be dragged from the asset browser, once this file is saved in a library"
