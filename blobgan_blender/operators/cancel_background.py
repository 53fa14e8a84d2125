"""Cancel: give up on what goes on in the background."""

from __future__ import annotations

import bpy
from bpy.types import Context

from .. import background


class BLOBGAN_OT_cancel_background(bpy.types.Operator):
    """Give up on what goes on in the background. What has been downloaded is kept for the next time"""

    bl_idname = "blobgan.cancel_background"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        """Needs something that goes on."""
        if background.going_on() is None:
            cls.poll_message_set("Nothing goes on in the background")
            return False
        return True

    def execute(self, _context: Context) -> set[str]:
        """Ask it to end; it does so within a moment."""
        background.cancel()
        return {"FINISHED"}
