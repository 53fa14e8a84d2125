"""Restart Worker: end the process that draws, and start another by the preferences as they are now."""

from __future__ import annotations

import bpy
from bpy.types import Context

from .. import live, runtime


class BLOBGAN_OT_restart_worker(bpy.types.Operator):
    """End the process that draws the pictures and start it anew; nothing in the scene changes"""

    bl_idname = "blobgan.restart_worker"
    bl_label = "Restart Worker"

    def execute(self, _context: Context) -> set[str]:
        """Restart, look for models again, and draw everything again."""
        runtime.restart_worker()
        live.pictures_are_stale()
        return {"FINISHED"}
