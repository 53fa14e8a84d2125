"""Swap Appearance: two blobs trade what they are, and stay where they are."""

from __future__ import annotations

from bpy.types import Context

from ..scene.restyling import swap_appearances
from .selected import SelectedOperator, parts_property, selected_blobs


class BLOBGAN_OT_swap_appearance(SelectedOperator):
    """Two selected blobs trade structure, style, or both; each stays where it is"""

    bl_idname = "blobgan.swap_appearance"
    bl_label = "Swap Appearance"
    bl_options = {"REGISTER", "UNDO"}
    needs_text = "Select two blobs"

    parts: parts_property()  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs two, no more."""
        if len(selected_blobs(context)) != 2:
            cls.poll_message_set(cls.needs_text)
            return False
        return super().poll(context)

    def edit(self, context: Context) -> str:
        """Swap."""
        first, second = selected_blobs(context)
        swap_appearances(first, second, self.parts)
        return f"Swapped {first.name} and {second.name}"
