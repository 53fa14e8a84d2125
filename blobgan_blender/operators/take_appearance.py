"""Take Appearance: the selected blobs become what the active one is."""

from __future__ import annotations

from bpy.props import StringProperty
from bpy.types import Context, Object

from ..core.errors import BlobGANError
from ..scene.appearance import read_appearance
from ..scene.restyling import give_appearance
from .selected import SelectedOperator, active_owner, amount_property, names_of, parts_property, selected_blobs


class BLOBGAN_OT_take_appearance(SelectedOperator):
    """Give the selected blobs the appearance of the active one, which keeps its own"""

    bl_idname = "blobgan.take_appearance"
    bl_label = "Take Appearance of Active"
    bl_options = {"REGISTER", "UNDO"}
    needs_text = "Select blobs, the one they should look like last"

    parts: parts_property()  # type: ignore[valid-type]
    amount: amount_property()  # type: ignore[valid-type]
    source: StringProperty(  # type: ignore[valid-type]
        name="From", description="The blob they should look like; empty for the active one", options={"SKIP_SAVE"}
    )

    @classmethod
    def targets(cls, context: Context) -> list[Object]:
        """The others, where the active one gives."""
        chosen = selected_blobs(context)
        return [blob for blob in chosen if blob != active_owner(context)] or chosen

    def edit(self, context: Context) -> str:
        """Take it."""
        giver = context.view_layer.objects.get(self.source) if self.source else active_owner(context)
        if giver is None or giver.blobgan.role == "NONE":
            raise BlobGANError(f"“{self.source}” is no blob of this scene. Make the blob to look like active.")
        takers: list[Object] = [blob for blob in selected_blobs(context) if blob != giver]
        if not takers:
            raise BlobGANError(f"Only “{giver.name}” is selected. Select the blobs that should look like it as well.")
        give_appearance(takers, read_appearance(giver), self.parts, self.amount)
        return f"{names_of(takers)} took the appearance of {giver.name}"
