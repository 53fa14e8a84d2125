"""Take from Variant: the selected blobs, or the background, as they are in a room of the gallery."""

from __future__ import annotations

from bpy.props import EnumProperty, IntProperty
from bpy.types import Context

from .. import gallery, live
from ..core.errors import BlobGANError
from ..scene.canvas import active_canvas
from ..scene.restyling import give_appearance, give_appearances
from .canvas_operator import CanvasOperator, may_change
from .sampled import counterparts, own_blobs
from .selected import amount_property, names_of, parts_property


class BLOBGAN_OT_take_from_variant(CanvasOperator):
    """Give the selected blobs, or the background if none is, the appearance that they have in this room"""

    bl_idname = "blobgan.take_from_variant"
    bl_label = "Take Appearance from Variant"
    bl_options = {"REGISTER", "UNDO"}

    variant: IntProperty(name="Room", description="Number in the gallery", min=0)  # type: ignore[valid-type]
    what: EnumProperty(  # type: ignore[valid-type]
        name="What",
        items=[
            ("SELECTED", "Selected Blobs", "The background if none is selected"),
            ("BACKGROUND", "Background", "Walls, floor and light"),
        ],
    )
    parts: parts_property()  # type: ignore[valid-type]
    amount: amount_property()  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a gallery, and blobs or a canvas that can be changed."""
        if not gallery.variants():
            cls.poll_message_set("Press Seeds under Variants first")
            return False
        return super().poll(context) and may_change(
            cls, own_blobs(context) or [active_canvas(context.scene, context.view_layer)]
        )

    def run(self, context: Context) -> str:
        """Take it."""
        found, canvas = gallery.variant(self.variant), active_canvas(context.scene, context.view_layer)
        if found.source.card.sha256 != canvas.blobgan.model_sha256:
            raise BlobGANError("The gallery shows rooms of another model. Press Seeds under Variants.")
        blobs = own_blobs(context) if self.what == "SELECTED" else []
        layout = found.layout
        if blobs:
            give_appearances(counterparts(blobs, layout), self.parts, self.amount)
        else:
            given = (layout.features[0, 0], layout.spatial_style[0, 0])
            give_appearance([canvas], given, self.parts, self.amount)
        live.mark()
        return f"{names_of(blobs) or 'The background'} as in room {found.name}"
