"""Reset Blob: the selected blobs as the model had them, the others left alone."""

from __future__ import annotations

import numpy as np
from bpy.types import Context

from .. import runtime
from ..core.canvas_space import placements
from ..core.layout import Layout
from ..scene.blobs import set_placements
from ..scene.canvas import Source, active_canvas
from ..scene.restyling import give_appearances
from .sampled import SampledOperator, counterparts, may_change_own
from .selected import names_of


class BLOBGAN_OT_reset_blob(SampledOperator):
    """Put the selected blobs back to where and what the model had them; the others stay as you edited them"""

    bl_idname = "blobgan.reset_blob"
    bl_label = "Reset Blob"
    bl_options = {"REGISTER", "UNDO"}
    waiting_for = "Reset Blob"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs selected blobs that can be changed."""
        return may_change_own(cls, context)

    def source(self, context: Context) -> Source:
        """The canvas's own room."""
        return runtime.source_of(active_canvas(context.scene, context.view_layer))

    def use(self, context: Context, layout: Layout[np.ndarray]) -> str:
        """Place, size, shape, stacking and appearance of each blob's own index."""
        blobs = self.blobs(context)
        give_appearances(counterparts(blobs, layout), "BOTH")
        ab_norm = blobs[0].blobgan.canvas.blobgan.ab_norm
        places = placements(layout.xs[0], layout.ys[0], layout.sizes[0, 1:], layout.covs[0], ab_norm)
        set_placements((blob, places[blob.blobgan.index]) for blob in blobs)
        return f"Reset {names_of(blobs)}"
