"""The edits of the selected blobs, and of the background."""

from __future__ import annotations

from typing import Any

from bpy.types import Context

from ..scene.canvas import active_canvas
from ..scene.empty_room import is_empty
from .main import CanvasPanel

_STACKING: tuple[tuple[str, Any], ...] = (
    ("BACK", "TRIA_DOWN_BAR"),
    ("BACKWARD", "TRIA_DOWN"),
    ("FORWARD", "TRIA_UP"),
    ("FRONT", "TRIA_UP_BAR"),
)


class BLOBGAN_PT_edit(CanvasPanel):
    """Appearance, stacking, background."""

    bl_label = "Edit"

    def draw(self, context: Context) -> None:
        """See the class."""
        layout = self.layout
        row = layout.row(align=True)
        row.operator("blobgan.copy_appearance", text="Copy", icon="COPYDOWN")
        row.operator("blobgan.paste_appearance", text="Paste", icon="PASTEDOWN")
        row.operator("blobgan.swap_appearance", text="Swap", icon="ARROW_LEFTRIGHT")
        row = layout.row(align=True)
        row.operator("blobgan.pick_appearance", text="Pick", icon="EYEDROPPER")
        row.operator("blobgan.take_appearance", text="From Active", icon="RESTRICT_SELECT_OFF")
        row.operator("blobgan.random_appearance", text="Random", icon="MOD_NOISE")
        row = layout.row(align=True)
        for to, icon in _STACKING:
            row.operator("blobgan.reorder_blob", text="", icon=icon).to = to
        row.operator("blobgan.reset_blob", text="Reset Blob", icon="LOOP_BACK")
        row = layout.row(align=True)
        row.operator("blobgan.restyle_background", text="Random Background", icon="WORLD")
        comparing = context.scene.blobgan.wipe > 0
        split = layout.row(align=True)
        split.operator("blobgan.compare", icon="IMAGE_ALPHA", depress=comparing)
        if comparing:
            split.prop(context.scene.blobgan, "wipe", text="", slider=True)
        canvas = active_canvas(context.scene, context.view_layer)
        empty = is_empty(canvas, context.view_layer)
        row.operator("blobgan.empty_room", text="Bring Back" if empty else "Empty Room", icon="HOME", depress=empty)
