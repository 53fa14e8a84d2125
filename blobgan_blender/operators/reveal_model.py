"""Reveal: a model's folder in the computer's own file browser."""

from __future__ import annotations

import bpy
from bpy.types import Context

from ..core.errors import BlobGANError
from .model_operator import OnModel


class BLOBGAN_OT_reveal_model(OnModel, bpy.types.Operator):
    """Open the folder in which the model's files lie"""

    bl_idname = "blobgan.reveal_model"
    bl_label = "Reveal Model"

    def execute(self, _context: Context) -> set[str]:
        """See the class."""
        try:
            folder = self.model().weights.parent
        except BlobGANError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, str(folder))
        return bpy.ops.wm.path_open(filepath=str(folder))
