"""Files of the canvas: pictures and layouts."""

from __future__ import annotations

from bpy.types import Context

from .main import CanvasPanel


class BLOBGAN_PT_files(CanvasPanel):
    """Save and load."""

    bl_label = "Files"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, _context: Context) -> None:
        """See the class."""
        layout = self.layout
        row = layout.row(align=True)
        row.operator("blobgan.save_picture", text="Picture", icon="IMAGE_DATA").kind = "PICTURE"
        row.operator("blobgan.save_picture", text="Map").kind = "MAP"
        row.operator("blobgan.save_picture", text="Labelled").kind = "LABELS"
        row = layout.row(align=True)
        row.operator("blobgan.save_layout", icon="EXPORT")
        row.operator("blobgan.load_layout", icon="IMPORT")
        layout.operator("blobgan.blob_map_image", icon="IMAGE_RGB")
