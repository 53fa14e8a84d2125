"""Paste Appearance: the selected blobs become what was copied, and stay where they are."""

from __future__ import annotations

from bpy.types import Context, Object

from ..scene.restyling import give_appearance
from .selected import SelectedOperator, amount_property, model_hash, names_of, parts_property, selected_owners


class BLOBGAN_OT_paste_appearance(SelectedOperator):
    """Give the selected blobs the copied appearance, of this file or another; a canvas gets it as its background"""

    bl_idname = "blobgan.paste_appearance"
    bl_label = "Paste Appearance"
    bl_options = {"REGISTER", "UNDO"}
    needs_text = "Select one or more blobs, or a canvas for its background"

    parts: parts_property()  # type: ignore[valid-type]
    amount: amount_property()  # type: ignore[valid-type]

    @classmethod
    def targets(cls, context: Context) -> list[Object]:
        """Blobs and canvases."""
        return selected_owners(context)

    def edit(self, context: Context) -> str:
        """Paste; an appearance of the same widths but of another model is pasted with a warning."""
        from ..scene.appearance_file import read_copied  # not when the extension is enabled

        copied, owners = read_copied(), self.targets(context)
        give_appearance(owners, (copied.phi, copied.psi), self.parts, self.amount)
        if any(model_hash(owner) != copied.model_sha256 for owner in owners):
            self.report({"WARNING"}, "The copied appearance belongs to another model: it may mean something else here")
        return f"Pasted onto {names_of(owners)}"
