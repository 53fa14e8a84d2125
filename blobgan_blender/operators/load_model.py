"""Load Model: the active canvas is drawn by another model from now on."""

from __future__ import annotations

from bpy.props import StringProperty
from bpy.types import Context, Event

from .. import runtime
from ..scene.canvas import Source
from .refill import RefillOperator


class BLOBGAN_OT_load_model(RefillOperator):
    """Give the canvas another model. Appearances belong to a model, so the room is sampled anew from the same seed"""

    bl_idname = "blobgan.load_model"
    bl_label = "Load Model"
    bl_options = {"REGISTER", "UNDO"}
    waiting_for = "Load Model"

    filepath: StringProperty(name="Model", description="A converted model", subtype="FILE_PATH")  # type: ignore[valid-type]
    filter_glob: StringProperty(default="*.safetensors", options={"HIDDEN"})  # type: ignore[valid-type]

    def invoke(self, context: Context, event: Event) -> set[str]:
        """For a person: choose the file first; Blender then calls `execute`."""
        if not self.filepath:
            context.window_manager.fileselect_add(self)
            return {"RUNNING_MODAL"}
        return super().invoke(context, event)

    def source(self, context: Context) -> Source:
        """The new model, the canvas's seed."""
        canvas = self.canvas(context)
        weights, card = runtime.model_at(self.filepath)
        return Source(card, weights, canvas.blobgan.seed, canvas.blobgan.truncation)
