"""What the overlay draws over the canvas."""

from __future__ import annotations

from bpy.types import Context

from .main import CanvasPanel


class BLOBGAN_PT_map(CanvasPanel):
    """The blob map: shown or not, and how."""

    bl_label = "Blob Map"
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header(self, context: Context) -> None:
        """The toggle is the panel's own checkbox."""
        self.layout.prop(context.scene.blobgan, "show_map", text="")

    def draw(self, context: Context) -> None:
        """See the class."""
        layout, settings = self.layout, context.scene.blobgan
        column = layout.column()
        column.active = settings.show_map
        column.prop(settings, "map_opacity")
        column.prop(settings, "map_threshold")
        row = column.row(align=True)
        row.prop(settings, "map_names", toggle=True)
        row.prop(settings, "map_stacking", toggle=True)
