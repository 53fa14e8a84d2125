"""A linked room beside one of this file: their blobs have the same names, and each is drawn and edited as its own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest
from bpy.types import Object
from exr import read_exr
from studio import blobs_here, new_room, reading_of, same, select

from blobgan_blender.panels.blob_list import BLOBGAN_UL_blobs
from blobgan_blender.render.passes import passes_of
from blobgan_blender.scene.canvas import canvases
from blobgan_blender.scene.maps import map_picture
from blobgan_blender.scene.reading import Reading
from blobgan_blender.viewport.picker import Point, blob_at


@pytest.fixture
def room(canvas: Object, tmp_path: Path) -> Reading:
    """The room that is linked, as its own file has it."""
    for place, blob in enumerate(blobs_here()):
        blob.location.xy, blob.scale = (-0.8 + 0.4 * place, 0.3), (0.15, 0.15, 0.15)
        blob.blobgan.index = 4 - place
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "room.blend"))
    return reading_of()


@pytest.fixture
def two(room: Reading, small_model: Path, tmp_path: Path) -> tuple[Object, Object]:
    """A canvas of this file and a linked one; the first is active."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    own = new_room(small_model)
    with bpy.data.libraries.load(str(tmp_path / "room.blend"), link=True) as (_theirs, mine):
        mine.collections = ["BlobGAN"]
    bpy.context.scene.collection.children.link(mine.collections[0])
    bpy.context.view_layer.update()
    select(own)
    linked = next(item for item in canvases(bpy.context.view_layer) if item.library is not None)
    assert [blob.name for blob in blobs_here(linked)] == [blob.name for blob in blobs_here(own)]
    return own, linked


def test_both_are_read(room: Reading, two: tuple[Object, Object]) -> None:
    own, linked = two
    assert reading_of(linked).signature == room.signature
    assert reading_of(own).uids == tuple(blob.session_uid for blob in blobs_here(own))


def test_a_point_of_the_linked_picture_is_the_linked_blobs(two: tuple[Object, Object]) -> None:
    _, linked = two
    for place, blob in enumerate(blobs_here(linked)):
        assert blob_at(bpy.context, Point(linked, 0.1 + 0.2 * place, 0.35)) == blob


def test_the_blob_map_has_the_linked_blobs_colours(two: tuple[Object, Object]) -> None:
    own, linked = two
    reading = reading_of(linked)
    before = map_picture(linked, reading)
    for blob in blobs_here(own):
        blob.blobgan.index = 0
    assert reading.indices == (4, 3, 2, 1, 0)
    assert same(map_picture(linked, reading_of(linked)), before)


def test_stacking_moves_the_blobs_of_this_file(two: tuple[Object, Object]) -> None:
    own, linked = two
    select(blobs_here(own)[0])
    before = reading_of(linked).signature
    assert bpy.ops.blobgan.reorder_blob(to="FRONT") == {"FINISHED"}
    assert reading_of(own).names[-1] == "Blob 0"
    assert reading_of(linked).signature == before


def test_the_list_shows_the_active_canvass_blobs(two: tuple[Object, Object]) -> None:
    own, _ = two
    objects, stand_in = bpy.context.scene.objects, SimpleNamespace(bitflag_filter_item=1)
    shown, _places = BLOBGAN_UL_blobs.filter_items(stand_in, bpy.context, bpy.context.scene, "objects")
    assert [item for item, mark in zip(objects, shown, strict=True) if mark] == blobs_here(own)


def test_wake_in_the_list_means_the_active_canvass_blob(two: tuple[Object, Object]) -> None:
    own, _ = two
    blob = blobs_here(own)[1]
    blob.scale = (0.001, 0.001, 0.001)
    bpy.context.view_layer.update()
    assert bpy.ops.blobgan.wake_blob(blob=blob.name) == {"FINISHED"}
    assert blob.scale.x > 0.01


def test_a_copy_of_a_linked_blob_has_a_matte_of_its_own(two: tuple[Object, Object], tmp_path: Path) -> None:
    own, linked = two
    scene, view_layer = bpy.context.scene, bpy.context.view_layer
    original = blobs_here(linked)[1]
    copy = original.copy()  # of this file, on the linked canvas
    blobs_here(own)[1].name, copy.name = "other", original.name
    scene.collection.objects.link(copy)
    copy.location.y -= 0.9
    scene.blobgan.canvas, view_layer.blobgan.use_pass_mattes = linked, True
    view_layer.update()
    passes = passes_of(scene, view_layer)
    assert len(passes.mattes) == len(set(passes.mattes.values())) == 6
    image = scene.render.image_settings
    if hasattr(image, "media_type"):  # Blender 5
        image.media_type = "MULTI_LAYER_IMAGE"
    image.file_format, image.color_depth, image.exr_codec = "OPEN_EXR_MULTILAYER", "32", "NONE"
    scene.render.filepath = str(tmp_path / "mattes.exr")
    assert bpy.ops.render.render(write_still=True) == {"FINISHED"}
    file = read_exr(tmp_path / "mattes.exr")
    own_matte, linked_matte = (file.of(passes.mattes[blob.session_uid]) for blob in (copy, original))
    assert own_matte.argmax() != linked_matte.argmax()
