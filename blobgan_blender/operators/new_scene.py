"""New BlobGAN Scene: a canvas with a sampled room, its blobs, a camera, and the BlobGAN engine."""

from __future__ import annotations

import bpy
import numpy as np
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty
from bpy.types import Context, Event, Object, Scene

from .. import live, runtime
from ..core.layout import Layout
from ..core.seeds import MAX_SEED
from ..render.engine import BlobGANRenderEngine
from ..scene.canvas import Source, create_canvas
from ..scene.output import output_exact_colors
from ..scene.view import face_canvas
from ..worker.jobs import Job
from .waiting import WaitingOperator


class BLOBGAN_OT_new_scene(WaitingOperator):
    """Sample a room from a model and put it on a canvas, with an empty on every blob"""

    bl_idname = "blobgan.new_scene"
    bl_label = "New BlobGAN Scene"
    bl_options = {"REGISTER", "UNDO"}
    waiting_for = "New BlobGAN Scene"

    model: StringProperty(  # type: ignore[valid-type]
        name="Model",
        description="A converted model; empty for the bundled one",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    seed: IntProperty(name="Seed", description="Which room", min=0, max=MAX_SEED)  # type: ignore[valid-type]
    truncation: FloatProperty(  # type: ignore[valid-type]
        name="Truncation",
        description="Towards the average room: 0 is the most varied, 1 always the same room",
        min=0.0,
        max=1.0,
        default=0.4,
    )
    target: EnumProperty(  # type: ignore[valid-type]
        name="In",
        items=[
            ("NEW", "New Scene", "Make a scene for it"),
            ("CURRENT", "This Scene", "Add a canvas to this scene"),
        ],
        default="NEW",
        options={"SKIP_SAVE"},
    )
    exact_colors: BoolProperty(  # type: ignore[valid-type]
        name="Exact Colors on Disk",
        description="Save the new scene's pictures with the colours the model made (a Standard view for the output "
        "only; the view transform stays as it is). A scene of your own keeps its output",
        default=True,
    )

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: the window stays usable while the worker starts."""
        return self.wait(context)

    def begin(self, _context: Context) -> Job[Layout[np.ndarray]]:
        """Ask for the layout."""
        weights, card = runtime.model_at(self.model)
        self._source = Source(card, weights, self.seed, self.truncation)
        return runtime.sample(self._source)

    def finish(self, context: Context, result: Layout[np.ndarray]) -> set[str]:
        """Build the scene and draw its first picture."""
        scene = self._scene(context)
        view_layer = scene.view_layers[0] if self.target == "NEW" else context.view_layer
        canvas = create_canvas(scene, view_layer, self._source, result)
        _select_only(canvas, view_layer)
        if self.target == "NEW":
            if self.exact_colors:
                output_exact_colors(scene)
            face_canvas(context)
        live.refilled(scene, view_layer, canvas)
        return {"FINISHED"}

    def _scene(self, context: Context) -> Scene:
        if self.target == "CURRENT":
            return context.scene
        scene = bpy.data.scenes.new("BlobGAN")
        scene.render.engine = BlobGANRenderEngine.bl_idname  # type: ignore[assignment]  # no stub knows it
        scene.render.resolution_x = scene.render.resolution_y = self._source.card.architecture.resolution
        scene.render.resolution_percentage = 100
        context.window.scene = scene
        return scene


def _select_only(canvas: Object, view_layer: bpy.types.ViewLayer) -> None:
    for item in view_layer.objects:
        item.select_set(False)
    view_layer.objects.active = canvas
