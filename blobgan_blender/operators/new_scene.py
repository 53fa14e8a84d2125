"""New BlobGAN Scene: a canvas with a sampled room, its blobs, a camera, and the BlobGAN engine."""

from __future__ import annotations

import functools
from typing import Any

import bpy
import numpy as np
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty
from bpy.types import Context, Event, Object, Scene

from .. import live, runtime
from ..core.errors import BlobGANError
from ..core.layout import Layout
from ..core.seeds import MAX_SEED
from ..library.card import ANY_ROOM, Card, StartingRoom
from ..render.engine import BlobGANRenderEngine
from ..scene.canvas import Source, create_canvas
from ..scene.output import output_exact_colors
from ..scene.view import face_canvas
from ..worker.jobs import Job
from .waiting import WaitingOperator


def _rooms(operator: Any, _context: Context | None) -> list[tuple[str, str, str]]:
    """The choices of `room`: those of the model that the operator would use."""
    return _items(tuple(runtime.starting_rooms(operator.model).items()))


@functools.cache  # for good: Blender keeps pointers to these strings
def _items(rooms: tuple[tuple[str, StartingRoom], ...]) -> list[tuple[str, str, str]]:
    named = [(name, name, _description(room)) for name, room in rooms]
    return [(ANY_ROOM, "Any", "The room of the seed and the truncation below"), *named]


def _description(room: StartingRoom) -> str:
    return f"Start with seed {room.seed} at truncation {room.truncation:.2f}, a room that the model's maker chose"


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
    room: EnumProperty(  # type: ignore[valid-type]
        name="Room",
        description="One that the model's maker chose, instead of a seed and a truncation",
        items=_rooms,
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

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        """Which room the button makes that is pointed at; nothing, and so the class's words, where it names none."""
        room = runtime.starting_rooms(properties.model).get(properties.room)
        return "" if room is None else _description(room)

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: the window stays usable while the worker starts.

        Who asks for no room in particular gets the first that the model's maker chose, not seed 0 and what that is.
        """
        if not any(self.properties.is_property_set(name) for name in ("room", "seed", "truncation")):
            self.room = next(iter(runtime.starting_rooms(self.model)), ANY_ROOM)
        return self.wait(context)

    def begin(self, _context: Context) -> Job[Layout[np.ndarray]]:
        """Ask for the layout."""
        weights, card = runtime.model_at(self.model)
        self._source = Source(card, weights, *self._seed_and_truncation(card))
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

    def draw(self, _context: Context) -> None:
        """The redo panel: a room with a name has a seed and a truncation already."""
        layout = self.layout
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.prop(self, "model")
        layout.prop(self, "room")
        column = layout.column()
        column.enabled = self.room == ANY_ROOM
        column.prop(self, "seed")
        column.prop(self, "truncation")
        layout.prop(self, "target")
        layout.prop(self, "exact_colors")

    def _seed_and_truncation(self, card: Card) -> tuple[int, float]:
        if self.room == ANY_ROOM:
            return self.seed, self.truncation
        room = card.rooms.get(self.room)
        if room is None:  # the card, or the model in the redo panel, is another meanwhile
            raise BlobGANError(f"The model “{card.name}” names no such room. Choose another one under Room, or Any.")
        # Rounded as the field rounds what is typed, and the canvas what it keeps: Reset brings back this very room.
        return room.seed, float(np.float32(room.truncation))

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
