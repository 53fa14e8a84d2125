"""Object > BlobGAN: every edit in a menu, which is where Blender's search (F3) looks for operators."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Context

_STACKING = (
    ("Bring to Front", "FRONT"),
    ("Bring Forward", "FORWARD"),
    ("Send Backward", "BACKWARD"),
    ("Send to Back", "BACK"),
)
_OTHERS = (
    ("restyle_background", "empty_room", "mark_asset", "reset_blob", "reset_layout", "resample"),
    ("show_variants", "auto_complete", "compare"),
    ("morph_to_active", "clear_morph", "latent_walk", "bake_animation", "unbake"),
    ("save_picture", "save_layout", "load_layout", "blob_map_image"),
    ("update_picture", "open_workspace", "new_scene"),
)


class BLOBGAN_MT_edits(bpy.types.Menu):
    """All that can be done to blobs and canvases."""

    bl_label = "BlobGAN"

    def draw(self, _context: Context) -> None:
        """See the class."""
        layout = self.layout
        for name in ("copy", "paste", "take", "swap", "random", "pick"):
            layout.operator(f"blobgan.{name}_appearance")
        layout.separator()
        for text, to in _STACKING:
            layout.operator("blobgan.reorder_blob", text=text).to = to
        layout.operator("blobgan.remove_blob")
        layout.operator("blobgan.wake_blob").blob = ""
        for names in _OTHERS:
            layout.separator()
            for name in names:
                layout.operator(f"blobgan.{name}")


def _draw(self: Any, _context: Context) -> None:
    self.layout.separator()
    self.layout.menu("BLOBGAN_MT_edits", icon="IMAGE_DATA")


def append() -> None:
    """Put it into Object."""
    bpy.types.VIEW3D_MT_object.append(_draw)


def remove() -> None:
    """Take it back."""
    bpy.types.VIEW3D_MT_object.remove(_draw)
