"""Favourite Variant: remember a room of the gallery with the scene, or forget it."""

from __future__ import annotations

from bpy.props import IntProperty
from bpy.types import Context

from .. import gallery
from ..core.errors import BlobGANError
from ..scene.favourites import toggle_favourite
from .canvas_operator import CanvasOperator


class BLOBGAN_OT_favourite_variant(CanvasOperator):
    """Remember this room with the scene, or forget it again"""

    bl_idname = "blobgan.favourite_variant"
    bl_label = "Favourite"
    bl_options = {"REGISTER", "UNDO"}

    variant: IntProperty(name="Room", description="Number in the gallery", min=0)  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a gallery."""
        if not gallery.variants():
            cls.poll_message_set("Press Seeds under Variants first")
            return False
        return super().poll(context)

    def run(self, context: Context) -> str:
        """Toggle."""
        found = gallery.variant(self.variant)
        if found.pins is not None:
            raise BlobGANError("A completed room is no room of a seed. Use it, and save its layout instead.")
        kept = toggle_favourite(context.scene, found.source)
        return f"{found.name} is a favourite" if kept else f"{found.name} is no favourite any more"
