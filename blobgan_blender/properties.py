"""What the add-on keeps on Blender's own data, one property group for each kind of it."""

from __future__ import annotations

import logging
from math import pi
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)
from bpy.types import Context, Object, PropertyGroup

from .core.ellipse import SIZE_RANGE
from .core.errors import BlobGANError
from .core.filters import DEFAULT, FILTERS
from .core.seeds import MAX_SEED
from .scene.shape import set_shape, shape_of

logger = logging.getLogger(__name__)


def _picture_changed(self: BlobGANObject, _context: Context) -> None:
    """A property is no transform: without a tag no depsgraph update follows, and the picture would stay."""
    self.id_data.update_tag()


def _active_blob_changed(self: BlobGANObject, context: Context) -> None:
    """The row clicked in the panel's list is the blob selected in the viewport."""
    objects = context.scene.objects
    if not 0 <= self.active_blob < len(objects):
        return
    blob = objects[self.active_blob]
    if blob.name not in context.view_layer.objects or not blob.visible_get():
        return
    for other in context.selected_objects:
        other.select_set(False)
    blob.select_set(True)
    context.view_layer.objects.active = blob


def _gallery_truncated(self: BlobGANWindowManager, _context: Context) -> None:
    """The gallery's rooms are sampled again while the slider moves. Late: the gallery needs these properties."""
    from . import gallery

    gallery.truncate(self.gallery_truncation)


# By name, since a lambda inside an annotation loses this module's globals where Blender evaluates it.


def _owner(self: BlobGANObject) -> Object:
    owner: Any = self.id_data
    return owner


def _size(self: BlobGANObject) -> float:
    return shape_of(_owner(self)).size


def _set(self: BlobGANObject, **number: float) -> None:
    """Blender greys the numbers of a linked blob out and says why; a script's write changes nothing, and is told."""
    try:
        set_shape(_owner(self), **number)
    except BlobGANError as error:
        logger.error("%s", error)


def _set_size(self: BlobGANObject, value: float) -> None:
    _set(self, size=value)


def _aspect(self: BlobGANObject) -> float:
    return shape_of(_owner(self)).aspect


def _set_aspect(self: BlobGANObject, value: float) -> None:
    _set(self, aspect=value)


def _angle(self: BlobGANObject) -> float:
    return shape_of(_owner(self)).angle


def _set_angle(self: BlobGANObject, value: float) -> None:
    _set(self, angle=value)


class BlobGANTrainingObject(PropertyGroup):
    """`Object.blobgan.training`: whether a training set shows the object varied, and how far it goes."""

    marked: BoolProperty(  # type: ignore[valid-type]
        name="In Training Set",
        description="Render Training Set varies this object and numbers it in the masks, its children with it. "
        "Alt-click to mark all selected objects",
        options=set(),
    )
    label: StringProperty(  # type: ignore[valid-type]
        name="Class",
        description="What it is called in the masks; empty for its own name, or that of the collection it instances. "
        "Objects may share a class",
        options=set(),
    )
    location: FloatVectorProperty(  # type: ignore[valid-type]
        name="Location",
        description="How far it may go from where it stands, to either side along its parent's axes",
        subtype="XYZ_LENGTH",
        unit="LENGTH",
        min=0.0,
        soft_max=10.0,
        options=set(),
    )
    rotation: FloatVectorProperty(  # type: ignore[valid-type]
        name="Rotation",
        description="How far it may turn to either side about its parent's axes; cameras and lights about their own",
        subtype="EULER",
        min=0.0,
        max=pi,
        options=set(),
    )
    scale_min: FloatProperty(  # type: ignore[valid-type]
        name="Scale Min", description="Smallest factor of its size", default=1.0, min=0.01, soft_max=2.0, options=set()
    )
    scale_max: FloatProperty(  # type: ignore[valid-type]
        name="Max", description="Largest factor of its size", default=1.0, min=0.01, soft_max=2.0, options=set()
    )
    presence: FloatProperty(  # type: ignore[valid-type]
        name="Presence",
        description="Chance that a picture has it; an object that is always there can hardly be learned as one",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        options=set(),
    )
    hue: FloatProperty(  # type: ignore[valid-type]
        name="Hue",
        description="How far its materials' base colours may turn to either side; 0.5 is all round the colour circle",
        min=0.0,
        max=0.5,
        subtype="FACTOR",
        options=set(),
    )
    value: FloatProperty(  # type: ignore[valid-type]
        name="Value",
        description="How much brighter or darker its materials' base colours may become, as a share",
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        options=set(),
    )
    strength_min: FloatProperty(  # type: ignore[valid-type]
        name="Strength Min", description="Smallest factor of the light's power", default=1.0, min=0.0, options=set()
    )
    strength_max: FloatProperty(  # type: ignore[valid-type]
        name="Max", description="Largest factor of the light's power", default=1.0, min=0.0, options=set()
    )
    keep_apart: BoolProperty(  # type: ignore[valid-type]
        name="Keep Apart",
        description="Where it can be avoided, its bounding box meets no other marked object's. Off for what others "
        "stand on or under, such as a rug",
        default=True,
        options=set(),
    )


class BlobGANTrainingScene(PropertyGroup):
    """`Scene.blobgan.training`: the training set that is rendered of the scene."""

    folder: StringProperty(  # type: ignore[valid-type]
        name="Folder",
        description="Where pictures, masks and the manifest go; a set that was begun there goes on",
        subtype="DIR_PATH",
        default="//training_set/",
        options=set(),
    )
    count: IntProperty(  # type: ignore[valid-type]
        name="Pictures",
        description="How many; a model wants thousands. Those that are there already are kept",
        default=1000,
        min=1,
        max=9_999_999,
        options=set(),
    )
    seed: IntProperty(  # type: ignore[valid-type]
        name="First Seed",
        description="Seed of the first picture; the same seed makes the same picture",
        min=0,
        max=9_999_999,
        options=set(),
    )
    resolution: IntProperty(  # type: ignore[valid-type]
        name="Resolution",
        description="Side of the square pictures in pixels",
        default=256,
        min=16,
        max=4096,
        subtype="PIXEL",
        options=set(),
    )


class BlobGANObject(PropertyGroup):
    """`Object.blobgan`: what makes a plane a canvas, and an empty a blob."""

    role: EnumProperty(  # type: ignore[valid-type]
        items=[
            ("NONE", "None", "Not part of a BlobGAN"),
            ("CANVAS", "Canvas", "Shows a generated picture"),
            ("BLOB", "Blob", "One object of a generated picture"),
            ("ASSET", "Asset", "A blob of no canvas yet: one that it is dropped on makes it its own"),
        ],
        default="NONE",
    )
    canvas: PointerProperty(type=Object, name="Canvas", description="The canvas this blob belongs to")  # type: ignore[valid-type]
    index: IntProperty(  # type: ignore[valid-type]
        name="Index", description="Which of the model's blobs this is, or was before it was duplicated", min=0
    )
    order: IntProperty(  # type: ignore[valid-type]
        name="Order", description="Decides between blobs at the same height: the larger lies in front"
    )
    pinned: BoolProperty(  # type: ignore[valid-type]
        name="Pinned",
        description="Auto-Complete keeps this blob as it is and makes the rest of the room to fit it",
        options=set(),
    )
    # Another way to write the empty's scale and rotation: they hold nothing themselves, so nothing can disagree.
    size: FloatProperty(  # type: ignore[valid-type]
        name="Size",
        description="How much picture the blob owns: below -3 it is too faint to be seen. Scales the empty",
        min=SIZE_RANGE[0],
        max=SIZE_RANGE[1],
        soft_min=-5.0,
        soft_max=20.0,
        get=_size,
        set=_set_size,
        options=set(),
    )
    aspect: FloatProperty(  # type: ignore[valid-type]
        name="Aspect",
        description="Longer over shorter axis of the ellipse. Scales the empty, the longer axis first",
        min=1.0,
        max=100.0,
        soft_max=6.0,
        get=_aspect,
        set=_set_aspect,
        options=set(),
    )
    angle: FloatProperty(  # type: ignore[valid-type]
        name="Angle",
        description="Of the longer axis, counter-clockwise. Turns the empty",
        subtype="ANGLE",
        get=_angle,
        set=_set_angle,
        options=set(),
    )
    asset_angle: FloatProperty(  # type: ignore[valid-type]
        name="Angle as an Asset", description="Its turn on a canvas that it is dropped on", options={"HIDDEN"}
    )
    training: PointerProperty(type=BlobGANTrainingObject)  # type: ignore[valid-type]
    put_away: BoolProperty(  # type: ignore[valid-type]
        name="Put Away", description="Hidden by Empty Room, which brings it back", options={"HIDDEN"}
    )
    opacity: FloatProperty(  # type: ignore[valid-type]
        name="Opacity",
        description="How much of its part of the picture the blob keeps: less makes it smaller and fainter, 0 is none",
        min=0.0,
        max=1.0,
        default=1.0,
        subtype="FACTOR",
        update=_picture_changed,
    )
    morph: FloatProperty(  # type: ignore[valid-type]
        name="Morph",
        description="From the appearance of its own, 0, to the one it morphs to, 1",
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=_picture_changed,
    )

    chosen: BoolProperty(  # type: ignore[valid-type]
        name="Chosen",
        description="Whether the canvas itself is selected: a copy of one that is not came along with its blobs",
        default=True,
        options={"HIDDEN"},
    )
    model_name: StringProperty(name="Model", description="The model that draws this canvas")  # type: ignore[valid-type]
    model_file: StringProperty(  # type: ignore[valid-type]
        name="Model File", description="Where the model lay when it was loaded: looked at first, trusted by its hash"
    )
    model_sha256: StringProperty(name="Model Hash", description="SHA-256 of the model's weights")  # type: ignore[valid-type]
    resolution: IntProperty(name="Resolution", description="Side of the picture in pixels", min=16, default=128)  # type: ignore[valid-type]
    ab_norm: FloatProperty(
        name="Area Norm", description="The model's square root of the blobs' determinant", default=0.02
    )  # type: ignore[valid-type]
    norm_features: BoolProperty(  # type: ignore[valid-type]
        name="Normed Features", description="Whether the model norms appearances", default=True, options={"HIDDEN"}
    )
    seed: IntProperty(  # type: ignore[valid-type]
        name="Seed", description="Which room the model dreamt up", min=0, max=MAX_SEED
    )
    truncation: FloatProperty(  # type: ignore[valid-type]
        name="Truncation",
        description="Towards the average room: 0 is the most varied, 1 always the same room",
        min=0.0,
        max=1.0,
        default=0.4,
    )
    variation: StringProperty(  # type: ignore[valid-type]
        name="Variation", description="The seeds that More Like This turned this room towards, one after the other"
    )
    noise_seed: IntProperty(  # type: ignore[valid-type]
        name="Noise Seed",
        description="The fine texture; fixed, so that frames do not flicker",
        min=0,
        max=MAX_SEED,
        update=_picture_changed,
        options=set(),
    )
    live: BoolProperty(  # type: ignore[valid-type]
        name="Live",
        description="The picture follows the empties while they move",
        default=True,
        update=_picture_changed,
        options=set(),
    )
    image: PointerProperty(type=bpy.types.Image, name="Picture")  # type: ignore[valid-type]
    baked_image: PointerProperty(  # type: ignore[valid-type]
        type=bpy.types.Image, name="Baked Frames", description="What the canvas shows in its picture's place"
    )
    shown: StringProperty(  # type: ignore[valid-type]
        name="Shown", description="Which layout the saved picture shows", options={"HIDDEN"}
    )
    made_by: StringProperty(  # type: ignore[valid-type]
        name="Made By",
        description="Engine, version and device of its latest final picture: by F12, a bake or Update Picture",
        options={"HIDDEN"},
    )
    active_blob: IntProperty(name="Active Blob", update=_active_blob_changed, options={"HIDDEN"})  # type: ignore[valid-type]


class BlobGANFavourite(PropertyGroup):
    """A room to come back to: an entry of `Scene.blobgan.favourites`."""

    model_sha256: StringProperty()  # type: ignore[valid-type]
    seed: IntProperty(min=0, max=MAX_SEED)  # type: ignore[valid-type]
    truncation: FloatProperty()  # type: ignore[valid-type]
    variation: StringProperty()  # type: ignore[valid-type]


class BlobGANScene(PropertyGroup):
    """`Scene.blobgan`."""

    canvas: PointerProperty(  # type: ignore[valid-type]
        type=Object,
        name="Canvas",
        description="The canvas that the BlobGAN render engine renders",
        poll=lambda _self, candidate: candidate.blobgan.role == "CANVAS",
    )
    resampling: EnumProperty(  # type: ignore[valid-type]
        name="Resampling",
        description="How a frame that is not of the model's own size is made of the model's picture",
        items=[(name, found.label, found.description) for name, found in FILTERS.items()],
        default=DEFAULT,
        options=set(),
    )
    show_map: BoolProperty(  # type: ignore[valid-type]
        name="Blob Map",
        description="Draw the blobs over the canvas: soft where they fade, a ring that owns as much of the picture",
        options=set(),
    )
    map_opacity: FloatProperty(  # type: ignore[valid-type]
        name="Opacity",
        description="Of the ellipses; their rings stay",
        min=0.0,
        max=1.0,
        default=0.5,
        subtype="FACTOR",
        options=set(),
    )
    map_threshold: FloatProperty(  # type: ignore[valid-type]
        name="Faint Below",
        description="Size below which the blob map shows a blob as a small ring, named only while it is selected",
        min=-15.0,
        max=5.0,
        default=-3.0,
        options=set(),
    )
    wipe: FloatProperty(  # type: ignore[valid-type]
        name="Before | After",
        description="How much of the canvas shows the model's own room, from the left",
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        options=set(),
    )
    training: PointerProperty(type=BlobGANTrainingScene)  # type: ignore[valid-type]
    favourites: CollectionProperty(type=BlobGANFavourite)  # type: ignore[valid-type]
    map_names: BoolProperty(name="Names", description="Write each blob's name", default=True, options=set())  # type: ignore[valid-type]
    map_stacking: BoolProperty(  # type: ignore[valid-type]
        name="Stacking", description="Write each blob's place in the stack, 1 at the back", options=set()
    )


def _passes_changed(_self: BlobGANViewLayer, context: Context) -> None:
    """Blender asks an engine for its passes when it is told to; the compositor's sockets follow."""
    context.view_layer.update_render_passes()


class BlobGANViewLayer(PropertyGroup):
    """`ViewLayer.blobgan`: the passes of the BlobGAN render engine. The Cryptomatte is Blender's own setting."""

    use_pass_blob_map: BoolProperty(  # type: ignore[valid-type]
        name="Blob Map", description="Each blob in its own colour", update=_passes_changed
    )
    use_pass_blob_index: BoolProperty(  # type: ignore[valid-type]
        name="Blob Index",
        description="The number of the blob that has most of a pixel; 0 is the background",
        update=_passes_changed,
    )
    use_pass_mattes: BoolProperty(  # type: ignore[valid-type]
        name="Mattes",
        description="One pass for each blob, named after its empty: what is seen of it behind those in front",
        update=_passes_changed,
    )


class BlobGANWindowManager(PropertyGroup):
    """`WindowManager.blobgan`: run-time state, saved nowhere."""

    check_report: StringProperty(name="Check", description="What Check found out of the worker's Python")  # type: ignore[valid-type]
    gallery_truncation: FloatProperty(  # type: ignore[valid-type]
        name="Truncation",
        description="Of the gallery's rooms, which follow: 0 is the most varied, 1 always the average room",
        min=0.0,
        max=1.0,
        default=0.4,
        subtype="FACTOR",
        update=_gallery_truncated,
    )


_CLASSES = (
    BlobGANTrainingObject,
    BlobGANTrainingScene,
    BlobGANObject,
    BlobGANFavourite,
    BlobGANScene,
    BlobGANViewLayer,
    BlobGANWindowManager,
)


def register() -> None:
    """Add the groups to Blender's types."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Object.blobgan = PointerProperty(type=BlobGANObject)
    bpy.types.Scene.blobgan = PointerProperty(type=BlobGANScene)
    bpy.types.ViewLayer.blobgan = PointerProperty(type=BlobGANViewLayer)
    bpy.types.WindowManager.blobgan = PointerProperty(type=BlobGANWindowManager)


def unregister() -> None:
    """Take them back; what files hold of them stays in the files."""
    del bpy.types.ViewLayer.blobgan
    del bpy.types.WindowManager.blobgan, bpy.types.Scene.blobgan, bpy.types.Object.blobgan
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
