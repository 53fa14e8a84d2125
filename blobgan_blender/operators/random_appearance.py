"""Random Appearance: each selected blob becomes what the same blob is in another room."""

from __future__ import annotations

import numpy as np
from bpy.types import Context, Event

from .. import runtime
from ..core.layout import Layout
from ..core.seeds import MAX_SEED
from ..scene.canvas import Source, active_canvas
from ..scene.restyling import give_appearances
from .sampled import SampledOperator, counterparts, may_change_own, own_blobs, seed_property, truncation_property
from .selected import amount_property, names_of, parts_property


class BLOBGAN_OT_random_appearance(SampledOperator):
    """Give each selected blob the appearance that the same blob has in another room, chosen by a seed"""

    bl_idname = "blobgan.random_appearance"
    bl_label = "Random Appearance"
    bl_options = {"REGISTER", "UNDO"}
    waiting_for = "Random Appearance"

    seed: seed_property()  # type: ignore[valid-type]
    parts: parts_property()  # type: ignore[valid-type]
    amount: amount_property()  # type: ignore[valid-type]
    truncation: truncation_property()  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs selected blobs that can be changed."""
        return may_change_own(cls, context)

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
        """The row of each blob's own index."""
        blobs = own_blobs(context)
        give_appearances(counterparts(blobs, layout), self.parts, self.amount)
        return f"{names_of(blobs)} as in the room of seed {self.seed}"
