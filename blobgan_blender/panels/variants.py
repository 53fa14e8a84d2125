"""The gallery of other rooms, as pictures."""

from __future__ import annotations

from bpy.types import Context

from .. import gallery
from ..scene.favourites import favourite
from .main import CanvasPanel
from .text import wrapped

_COLUMN = 110  # pixels of one thumbnail at a UI scale of 1


class BLOBGAN_PT_variants(CanvasPanel):
    """Pictures, each with its buttons."""

    bl_label = "Variants"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        """See the class."""
        layout, scene = self.layout, context.scene
        row = layout.row(align=True)
        row.operator("blobgan.show_variants", text="Seeds", icon="FILE_REFRESH").of = "SEEDS"
        near = row.operator("blobgan.show_variants", text="More Like This", icon="ZOOM_IN")
        near.of, near.variant = "NEAR", -1
        row.operator("blobgan.show_variants", text="", icon="HEART").of = "FAVOURITES"
        layout.operator("blobgan.auto_complete", icon="PINNED")
        layout.prop(context.window_manager.blobgan, "gallery_truncation")
        if gallery.problem():
            wrapped(context, layout, gallery.problem(), "ERROR")
        missing = gallery.missing()
        if missing:
            layout.label(text=f"{gallery.title()}: {missing} more to come …", icon="SORTTIME")
        elif gallery.variants():
            layout.label(text=gallery.title())
        width = context.region.width if context.region is not None else 300
        columns = max(1, int(width / (_COLUMN * context.preferences.system.ui_scale)))
        grid = layout.grid_flow(row_major=True, columns=columns, even_columns=True, even_rows=True, align=True)
        for number, found in enumerate(gallery.variants()):
            cell = grid.column(align=True)
            cell.template_icon(icon_value=gallery.icon_id(number), scale=5.0)
            cell.enabled = found.rgb is not None
            row = cell.row(align=True)
            row.operator("blobgan.use_variant", text=found.name).variant = number
            if found.pins is None:
                row.operator("blobgan.take_from_variant", text="", icon="EYEDROPPER").variant = number
                like = row.operator("blobgan.show_variants", text="", icon="ZOOM_IN")
                like.of, like.variant = "NEAR", number
                marked = favourite(scene, found.source) is not None
                row.operator("blobgan.favourite_variant", text="", icon="HEART", depress=marked).variant = number
            elif found.note:
                cell.label(text=found.note)
