"""Use Variant: the canvas becomes a room of the gallery."""

from __future__ import annotations

import bpy
import numpy as np
from bpy.props import IntProperty
from bpy.types import Context, Object

from .. import gallery, live
from ..core.errors import BlobGANError
from ..core.layout import Layout
from ..scene.canvas import Source, complete_canvas
from ..worker.jobs import Job
from .keyed import goes_to_new_canvas
from .refill import RefillOperator


class BLOBGAN_OT_use_variant(RefillOperator):
    """Put this room on the canvas. Edits of the blobs are lost; after Auto-Complete, pinned ones are kept"""

    bl_idname = "blobgan.use_variant"
    bl_label = "Use Variant"
    bl_options = {"REGISTER", "UNDO"}
    waiting_for = "Use Variant"

    variant: IntProperty(name="Room", description="Number in the gallery", min=0)  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas and a gallery."""
        if not gallery.variants():
            cls.poll_message_set("Press Seeds under Variants first")
            return False
        return super().poll(context)

    def source(self, context: Context) -> Source:
        """The room's own."""
        found = gallery.variant(self.variant)
        canvas = self.canvas(context)
        if found.source.card.sha256 != canvas.blobgan.model_sha256:
            raise BlobGANError(
                f"“{found.name}” is a room of “{found.source.card.name}”, and “{canvas.name}” is drawn by "
                f"“{canvas.blobgan.model_name}”. Press Seeds under Variants."
            )
        return found.source

    def begin(self, context: Context) -> Job[Layout[np.ndarray]]:
        """The gallery has the layout already."""
        self.check(context)
        self._source = self.source(context)
        job: Job[Layout[np.ndarray]] = Job()
        job.succeed(gallery.variant(self.variant).layout)
        return job

    def finish(self, context: Context, result: Layout[np.ndarray]) -> set[str]:
        """A whole room fills the canvas, a completed one what is not pinned."""
        found, canvas = gallery.variant(self.variant), self.canvas(context)
        self.check(context)
        if found.whole is None or goes_to_new_canvas(self._blobs(context), self.keyed):
            return super().finish(context, result)
        complete_canvas(canvas, found.whole, self._pinned(context))
        if bpy.app.background:
            live.update_now(context.scene, context.view_layer, canvas)
        live.mark()
        return {"FINISHED"}

    def _pinned(self, context: Context) -> list[Object]:
        names = gallery.variant(self.variant).pins or ()
        found = [blob for blob in super()._blobs(context) if blob.name in names]
        if len(found) < len(names):
            raise BlobGANError(
                f"“{self.canvas(context).name}” has not all the blobs that this room keeps ({', '.join(names)}): "
                "they were deleted or renamed since, or another canvas is active. Press Auto-Complete again."
            )
        return found

    def _blobs(self, context: Context) -> list[Object]:
        """Those that change: the pinned ones keep their keyframes."""
        pinned = self._pinned(context)
        return [blob for blob in super()._blobs(context) if blob not in pinned]
