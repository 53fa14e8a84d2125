"""Restyle Background: walls, floor and light of another room, the furniture left alone."""

from __future__ import annotations

import numpy as np
from bpy.types import Context

from ..core.layout import Layout
from ..scene.restyling import give_appearance
from .canvas_operator import may_change_canvas
from .sampled import RestylingOperator


class BLOBGAN_OT_restyle_background(RestylingOperator):
    """Give the canvas the background of another room, chosen by a seed; Amount blends the two"""

    bl_idname = "blobgan.restyle_background"
    bl_label = "Restyle Background"
    bl_options = {"REGISTER", "UNDO"}
    waiting_for = "Restyle Background"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas that can be changed."""
        return may_change_canvas(cls, context)

    def use(self, context: Context, layout: Layout[np.ndarray]) -> str:
        """Row 0 is the background's."""
        canvas = self.canvas(context)
        give_appearance([canvas], (layout.features[0, 0], layout.spatial_style[0, 0]), self.parts, self.amount)
        return f"{canvas.name} has the background of seed {self.seed}"
