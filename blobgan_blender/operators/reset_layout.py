"""Reset: the room as the model dreamt it up, every edit of its blobs undone."""

from __future__ import annotations

import numpy as np
from bpy.types import Context

from .. import runtime
from ..core.layout import Layout
from ..library.card import read_card
from ..worker.jobs import Job
from .refill import RefillOperator


class BLOBGAN_OT_reset_layout(RefillOperator):
    """Put every blob back to where the model had it; removed ones return, clones go"""

    bl_idname = "blobgan.reset_layout"
    bl_label = "Reset to Model's Layout"
    bl_options = {"REGISTER", "UNDO"}
    waiting_for = "Reset"

    def request(self, context: Context) -> Job[Layout[np.ndarray]]:
        """Ask for the canvas's own seed again."""
        canvas = self.canvas(context)
        ref = runtime.model_of(canvas)
        self._card = read_card(ref.path)
        self._seed, self._truncation = canvas.blobgan.seed, canvas.blobgan.truncation
        return runtime.worker().sample(ref, seed=self._seed, truncation=self._truncation)
