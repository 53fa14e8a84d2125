"""Resample: another room on the same canvas."""

from __future__ import annotations

from bpy.props import FloatProperty, IntProperty
from bpy.types import Context, Event

from .. import runtime
from ..core.seeds import MAX_SEED
from ..scene.canvas import Source
from .refill import RefillOperator


class BLOBGAN_OT_resample(RefillOperator):
    """Put the next seed's room on the canvas. Edits of the blobs are lost"""

    bl_idname = "blobgan.resample"
    bl_label = "Resample"
    bl_options = {"REGISTER", "UNDO"}
    waiting_for = "Resample"

    seed: IntProperty(name="Seed", description="Which room", min=0, max=MAX_SEED)  # type: ignore[valid-type]
    truncation: FloatProperty(  # type: ignore[valid-type]
        name="Truncation",
        description="Towards the average room: 0 is the most varied, 1 always the same room",
        min=0.0,
        max=1.0,
        default=0.4,
    )

    def invoke(self, context: Context, event: Event) -> set[str]:
        """For a person: the next seed, the canvas's truncation."""
        settings = self.canvas(context).blobgan
        if not self.properties.is_property_set("seed"):
            self.seed = settings.seed + 1 if settings.seed < MAX_SEED else 0
        if not self.properties.is_property_set("truncation"):
            self.truncation = settings.truncation
        return super().invoke(context, event)

    def source(self, context: Context) -> Source:
        """The canvas's model, another seed."""
        return runtime.source_of(self.canvas(context), self.seed, self.truncation)
