"""The models that are there, to choose one for the canvas."""

from __future__ import annotations

import bpy
from bpy.types import Context

from .. import models


class BLOBGAN_MT_models(bpy.types.Menu):
    """Give the canvas one of the models that are there"""

    bl_idname = "BLOBGAN_MT_models"
    bl_label = "Models"

    def draw(self, _context: Context) -> None:
        """Those that can be used, and a way to any other file."""
        layout = self.layout
        for found in models.standing():
            if not found.problem:
                text = f"{found.name}, {found.card.architecture.resolution}²"
                icon = models.icon_id(found.picture)
                layout.operator("blobgan.load_model", text=text, icon_value=icon).filepath = str(found.weights)
        layout.separator()
        layout.operator("blobgan.load_model", text="Other File …", icon="FILE_FOLDER").filepath = ""
