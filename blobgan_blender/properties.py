"""What the add-on keeps on Blender's own data, one property group for each kind of it."""

from __future__ import annotations

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)
from bpy.types import Context, Object, PropertyGroup

from .core.seeds import MAX_SEED


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


class BlobGANObject(PropertyGroup):
    """`Object.blobgan`: what makes a plane a canvas, and an empty a blob."""

    role: EnumProperty(  # type: ignore[valid-type]
        items=[
            ("NONE", "None", "Not part of a BlobGAN"),
            ("CANVAS", "Canvas", "Shows a generated picture"),
            ("BLOB", "Blob", "One object of a generated picture"),
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
    put_away: BoolProperty(  # type: ignore[valid-type]
        name="Put Away", description="Hidden by Empty Room, which brings it back", options={"HIDDEN"}
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
    shown: StringProperty(  # type: ignore[valid-type]
        name="Shown", description="Which layout the saved picture shows", options={"HIDDEN"}
    )
    active_blob: IntProperty(name="Active Blob", update=_active_blob_changed, options={"HIDDEN"})  # type: ignore[valid-type]


class BlobGANScene(PropertyGroup):
    """`Scene.blobgan`."""

    canvas: PointerProperty(  # type: ignore[valid-type]
        type=Object,
        name="Canvas",
        description="The canvas that the BlobGAN render engine renders",
        poll=lambda _self, candidate: candidate.blobgan.role == "CANVAS",
    )


class BlobGANWindowManager(PropertyGroup):
    """`WindowManager.blobgan`: run-time state, saved nowhere."""

    check_report: StringProperty(name="Check", description="What Check found out of the worker's Python")  # type: ignore[valid-type]


_CLASSES = (BlobGANObject, BlobGANScene, BlobGANWindowManager)


def register() -> None:
    """Add the groups to Blender's types."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Object.blobgan = PointerProperty(type=BlobGANObject)
    bpy.types.Scene.blobgan = PointerProperty(type=BlobGANScene)
    bpy.types.WindowManager.blobgan = PointerProperty(type=BlobGANWindowManager)


def unregister() -> None:
    """Take them back; what files hold of them stays in the files."""
    del bpy.types.WindowManager.blobgan, bpy.types.Scene.blobgan, bpy.types.Object.blobgan
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
