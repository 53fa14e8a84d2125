"""Random Appearance: each selected blob becomes what the same blob is in another room."""

from __future__ import annotations

import numpy as np
from bpy.types import Context

from ..core.layout import Layout
from ..scene.restyling import give_appearances
from .sampled import RestylingOperator, counterparts, may_change_own
from .selected import names_of


class BLOBGAN_OT_random_appearance(RestylingOperator):
    """Give each selected blob the appearance that the same blob has in another room, chosen by a seed"""

    bl_idname = "blobgan.random_appearance"
    bl_label = "Random Appearance"
    bl_options = {"REGISTER", "UNDO"}
    waiting_for = "Random Appearance"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs selected blobs that can be changed."""
        return may_change_own(cls, context)

    def use(self, context: Context, layout: Layout[np.ndarray]) -> str:
        """The row of each blob's own index."""
        blobs = self.blobs(context)
        give_appearances(counterparts(blobs, layout), self.parts, self.amount)
        return f"{names_of(blobs)} as in the room of seed {self.seed}"
