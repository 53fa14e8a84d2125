"""Reset: the room as the model dreamt it up, every edit of its blobs undone."""

from __future__ import annotations

from bpy.types import Context

from .. import runtime
from ..scene.canvas import Source
from .refill import RefillOperator


class BLOBGAN_OT_reset_layout(RefillOperator):
    """Put every blob back to where the model had it; removed ones return, clones go"""

    bl_idname = "blobgan.reset_layout"
    bl_label = "Reset to Model's Layout"
    bl_options = {"REGISTER", "UNDO"}
    waiting_for = "Reset"

    def source(self, context: Context) -> Source:
        """The canvas's own model and seed."""
        return runtime.source_of(self.canvas(context))
