"""Copy Appearance: remember what the active blob is and looks like, for this file and others."""

from __future__ import annotations

import bpy
from bpy.types import Context

from ..core.errors import BlobGANError
from ..scene.appearance import read_appearance
from .selected import active_owner, model_hash


class BLOBGAN_OT_copy_appearance(bpy.types.Operator):
    """Copy structure and style of the active blob, or of the background if the canvas is active"""

    bl_idname = "blobgan.copy_appearance"
    bl_label = "Copy Appearance"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs an active blob or canvas."""
        if active_owner(context) is None:
            cls.poll_message_set("Make a blob or a canvas active")
            return False
        return True

    def execute(self, context: Context) -> set[str]:
        """Write it to where every Blender of this user finds it."""
        from ..scene.appearance_file import Copied, write_copied  # not when the extension is enabled

        owner = active_owner(context)
        try:
            write_copied(Copied(*read_appearance(owner), model_hash(owner)))
        except BlobGANError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Copied the appearance of {owner.name}")
        return {"FINISHED"}
