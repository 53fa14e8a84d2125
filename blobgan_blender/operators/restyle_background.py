"""Restyle Background: walls, floor and light of another room, the furniture left alone."""

from __future__ import annotations

import numpy as np
from bpy.types import Context, Event

from .. import runtime
from ..core.layout import Layout
from ..core.seeds import MAX_SEED
from ..scene.canvas import Source, active_canvas
from ..scene.restyling import give_appearance
from .canvas_operator import may_change_canvas
from .sampled import SampledOperator, seed_property, truncation_property
from .selected import amount_property, parts_property


class BLOBGAN_OT_restyle_background(SampledOperator):
    """Give the canvas the background of another room, chosen by a seed; Amount blends the two"""

    bl_idname = "blobgan.restyle_background"
    bl_label = "Restyle Background"
    bl_options = {"REGISTER", "UNDO"}
    waiting_for = "Restyle Background"

    seed: seed_property()  # type: ignore[valid-type]
    parts: parts_property()  # type: ignore[valid-type]
    amount: amount_property()  # type: ignore[valid-type]
    truncation: truncation_property()  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas that can be changed."""
        return may_change_canvas(cls, context)

    def invoke(self, context: Context, event: Event) -> set[str]:
        """For a person: another seed at every press."""
        if not self.properties.is_property_set("seed"):
            self.seed = int(np.random.default_rng().integers(MAX_SEED))
        return super().invoke(context, event)

    def source(self, context: Context) -> Source:
        """The canvas's model."""
        canvas = active_canvas(context.scene, context.view_layer)
        return runtime.source_of(canvas, self.seed, None if self.truncation < 0 else self.truncation)

    def use(self, context: Context, layout: Layout[np.ndarray]) -> str:
        """Row 0 is the background's."""
        canvas = active_canvas(context.scene, context.view_layer)
        give_appearance([canvas], (layout.features[0, 0], layout.spatial_style[0, 0]), self.parts, self.amount)
        return f"{canvas.name} has the background of seed {self.seed}"
