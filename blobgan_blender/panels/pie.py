"""The pie of the common edits, on Shift-Q in Object Mode."""

from __future__ import annotations

import bpy
from bpy.types import Context


class BLOBGAN_MT_pie(bpy.types.Menu):
    """Eight directions: appearance left and right, stacking below and above."""

    bl_label = "BlobGAN"

    def draw(self, context: Context) -> None:
        """Blender fills a pie west, east, south, north, then the diagonals."""
        pie = self.layout.menu_pie()
        pie.operator("blobgan.copy_appearance", icon="COPYDOWN")
        pie.operator("blobgan.paste_appearance", icon="PASTEDOWN")
        pie.operator("blobgan.reorder_blob", text="Send to Back", icon="TRIA_DOWN_BAR").to = "BACK"
        pie.operator("blobgan.reorder_blob", text="Bring to Front", icon="TRIA_UP_BAR").to = "FRONT"
        pie.operator("blobgan.random_appearance", icon="MOD_NOISE")
        pie.operator("blobgan.pick_appearance", icon="EYEDROPPER")
        pie.operator("blobgan.swap_appearance", icon="ARROW_LEFTRIGHT")
        pie.prop(context.scene.blobgan, "show_map", toggle=True, icon="OVERLAY")
