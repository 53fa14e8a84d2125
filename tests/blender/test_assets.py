"""A blob as an asset: from one real file into another, as the asset browser's operators bring it there."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy.types import Object
from mathutils import Euler, Matrix
from studio import (
    blobs_here,
    canvas_here,
    drawn,
    new_room,
    other_blender,
    ran,
    reading_of,
    same,
    select,
    settle,
    shown,
)
from test_panels import draw

from blobgan_blender.core.canvas_space import STACK_STEP
from blobgan_blender.panels import main
from blobgan_blender.scene.appearance import read_appearance
from blobgan_blender.scene.shape import shape_of

OP = ("EXEC_DEFAULT", True)


def bring(path: Path, name: str, *, link: bool = False) -> Object:
    """What the asset browser does before it moves the object to the mouse: append, or link."""
    operator = bpy.ops.wm.link if link else bpy.ops.wm.append
    known = set(bpy.data.objects)
    operator(filepath=f"{path}/Object/{name}", directory=f"{path}/Object/", filename=name, instance_collections=False)
    (found,) = set(bpy.data.objects) - known
    return found


def drop(item: Object, matrix: Matrix) -> None:
    """What it does then."""
    select(item)
    bpy.ops.object.transform_to_mouse(*OP, name=item.name, matrix=[list(row) for row in matrix.transposed()])


@pytest.fixture
def library(canvas: Object, tmp_path: Path) -> Path:
    """A saved file whose Blob 2, turned and stretched, is an asset."""
    blob = blobs_here()[2]
    blob.rotation_euler.z, blob.scale = 1.1, (0.5, 0.2, 0.3)
    settle()
    select(blob)
    assert bpy.ops.blobgan.mark_asset() == {"FINISHED"}
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def test_marking_changes_nothing_here(canvas: Object) -> None:
    before, count = reading_of(), len(bpy.context.view_layer.objects)
    select(*blobs_here()[:2])
    assert bpy.ops.blobgan.mark_asset() == {"FINISHED"}
    settle()
    assert reading_of().signature == before.signature
    assert len(bpy.context.view_layer.objects) == count
    assert bpy.data.objects["Blob 1 Asset"].asset_data is not None
    bpy.ops.blobgan.mark_asset()  # again: no second one
    assert [item.name for item in bpy.data.objects if item.blobgan.role == "ASSET"] == ["Blob 0 Asset", "Blob 1 Asset"]


def test_its_preview_is_the_picture_under_the_blob(canvas: Object) -> None:
    settle()
    blob = blobs_here()[1]
    blob.location.x, blob.location.y, blob.scale = 0.5, 0.25, (0.2, 0.2, 0.2)
    settle()
    select(blob)
    bpy.ops.blobgan.mark_asset()
    preview = bpy.data.objects["Blob 1 Asset"].preview
    assert tuple(preview.image_size) == (128, 128)
    found = np.array(preview.image_pixels_float).reshape(128, 128, 4)[::-1, :, :3]
    picture = shown()
    # 0.25 canvas units around (0.5, 0.25): columns 40 … 56 and rows 16 … 32 of 64.
    wanted = np.repeat(np.repeat(picture[16:32, 40:56], 8, axis=0), 8, axis=1)
    assert np.abs(found * 255 - wanted).max() <= 1


def test_dropped_into_another_file_it_is_a_blob_of_the_canvas_there(library: Path, small_model: Path) -> None:
    original = blobs_here()[2]
    appearance, shape = read_appearance(original), shape_of(original)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    canvas = new_room(small_model, seed=8)
    settle()
    before = shown()
    item = bring(library, "Blob 2 Asset")
    drop(item, Matrix.LocRotScale((0.3, -0.2, 0.0), Euler((0, 0, 0)), None))
    settle()
    assert item.blobgan.canvas == canvas
    assert item.parent == canvas
    assert item in blobs_here(canvas)
    assert len(blobs_here(canvas)) == 6
    assert all(same(a, b) for a, b in zip(read_appearance(item), appearance, strict=True))
    assert shape_of(item) == pytest.approx(shape, abs=1e-4)
    assert tuple(item.location) == pytest.approx((0.3, -0.2, 6 * STACK_STEP), abs=1e-5)
    assert reading_of().names[-1] == item.name  # in front of the others
    assert not same(shown(), before)
    assert same(shown(), drawn())
    assert [found for found in bpy.data.objects if found.blobgan.role == "CANVAS"] == [canvas]  # it came alone


def test_it_becomes_a_blob_of_the_canvas_that_it_was_dropped_on(library: Path, small_model: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    first = new_room(small_model, seed=8)
    bpy.ops.blobgan.new_scene(model=str(small_model), seed=3, target="CURRENT")
    second = next(item for item in bpy.context.scene.objects if item.blobgan.role == "CANVAS" and item != first)
    second.rotation_euler.x = 1.2
    second.scale = (2, 2, 2)
    second.location.x += 2
    bpy.context.view_layer.update()
    item = bring(library, "Blob 2 Asset")
    drop(item, second.matrix_world @ Matrix.Translation((0.4, 0.1, 0)))
    bpy.context.view_layer.objects.active = first
    settle()
    assert item.blobgan.canvas == second
    assert tuple(item.location)[:2] == pytest.approx((0.4, 0.1), abs=1e-5)
    assert shape_of(item).aspect == pytest.approx(2.5, rel=1e-3)


def test_dropped_beside_all_canvases_the_active_one_takes_it(library: Path, small_model: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    canvas = new_room(small_model, seed=8)
    item = bring(library, "Blob 2 Asset")
    drop(item, Matrix.Translation((7, 5, 3)))
    settle()
    assert item.blobgan.canvas == canvas
    assert tuple(item.location)[:2] == pytest.approx((7, 5), abs=1e-5)


def test_within_one_file_a_drop_is_a_blob_as_well(library: Path, small_model: Path) -> None:
    canvas = new_room(small_model, seed=5)
    known = set(bpy.data.objects)
    matrix = [list(row) for row in Matrix.Translation((0.1, 0.2, 0)).transposed()]
    bpy.ops.object.add_named(*OP, name="Blob 2 Asset", matrix=matrix)
    (item,) = set(bpy.data.objects) - known
    settle()
    assert item.blobgan.canvas == canvas
    assert item in blobs_here(canvas)
    assert bpy.data.objects["Blob 2 Asset"].blobgan.role == "ASSET"


def test_undo_and_redo_pass_by_its_arrival(library: Path, small_model: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    new_room(small_model, seed=8)
    settle()
    bpy.ops.ed.undo_push(message="before")
    before = reading_of().signature
    drop(bring(library, "Blob 2 Asset"), Matrix.Translation((0.3, -0.2, 0)))
    settle()
    dropped = reading_of().signature
    assert dropped != before
    bpy.ops.ed.undo()
    settle()
    for _ in range(2):  # bringing it and moving it are two steps here
        if reading_of().signature != before:
            bpy.ops.ed.undo()
            settle()
    assert reading_of().signature == before
    for _ in range(2):
        if reading_of().signature != dropped:
            bpy.ops.ed.redo()
            settle()
    assert reading_of().signature == dropped
    assert same(shown(), drawn())


def test_blenders_own_mark_becomes_one_when_the_file_is_saved(
    canvas: Object, tmp_path: Path, small_model: Path
) -> None:
    blobs_here()[3].asset_mark()
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    assert blobs_here()[3].asset_data is None
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(path), assets_only=True) as (theirs, _):
        assert theirs.objects == ["Blob 3 Asset"]
    new_room(small_model, seed=8)
    item = bring(path, "Blob 3 Asset")
    settle()
    assert item in blobs_here()


def test_another_blender_finds_it_in_the_file(library: Path, small_model: Path, tmp_path: Path) -> None:
    code = """
        canvas = new_room(Path(sys.argv[2]), seed=8)
        path = sys.argv[1]
        bpy.ops.wm.append(filepath=f"{path}/Object/Blob 2 Asset", directory=f"{path}/Object/", filename="Blob 2 Asset")
        settle()
        print("blobs", len(blobs_here()), same(shown(), drawn()), flush=True)
        blobgan_blender.unregister()
    """
    status, output, errors = ran(other_blender(code, library, small_model))
    assert "blobs 6 True" in output, errors
    assert status == 0


def test_a_linked_asset_gets_a_clear_word(library: Path, small_model: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    new_room(small_model, seed=8)
    before = reading_of().signature
    item = bring(library, "Blob 2 Asset", link=True)
    settle()
    assert item.blobgan.role == "ASSET"
    assert reading_of().signature == before
    text = draw(main.BLOBGAN_PT_main).text
    assert "is linked from library.blend and cannot be changed here: append it" in text


def test_an_asset_of_another_model_gets_a_clear_word(library: Path, bundled_model: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    new_room(bundled_model)
    settle()
    before, picture = reading_of().signature, shown()
    bring(library, "Blob 2 Asset")
    settle()
    assert reading_of().signature == before
    assert same(shown(), picture)
    assert "belongs to another model" in draw(main.BLOBGAN_PT_main).text


def test_without_a_canvas_it_waits_for_one(library: Path, small_model: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    item = bring(library, "Blob 2 Asset")
    settle()
    assert "waits for a canvas" in draw(main.BLOBGAN_PT_main).text
    bpy.ops.blobgan.new_scene(model=str(small_model), target="CURRENT")
    settle()
    assert item in blobs_here(canvas_here())
    assert "waits" not in draw(main.BLOBGAN_PT_main).text


def test_a_turn_in_quaternions_is_an_assets_too(canvas: Object) -> None:
    blob = blobs_here()[2]
    blob.rotation_mode = "QUATERNION"
    blob.rotation_quaternion = Euler((0, 0, 0.75)).to_quaternion()
    settle()
    select(blob)
    bpy.ops.blobgan.mark_asset()
    assert bpy.data.objects[f"{blob.name} Asset"].blobgan.asset_angle == pytest.approx(0.75, abs=1e-6)
