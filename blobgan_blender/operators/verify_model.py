"""Verify: is a model's file still what its card says?"""

from __future__ import annotations

from bpy.types import Context

from .. import background
from .in_background import BackgroundOperator
from .model_operator import OnModel


class BLOBGAN_OT_verify_model(OnModel, BackgroundOperator):
    """Read every byte of the model and compare its SHA-256 with that of its card"""

    bl_idname = "blobgan.verify_model"
    bl_label = "Verify Model"

    def task(self, _context: Context) -> background.Task:
        """See the class."""
        from .. import model_tasks  # not when the extension is enabled

        return model_tasks.verify_task(self.model().weights)
