"""Saving, opening, appending: a .blend holds all that its picture needs but the weights."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import bpy
import pytest
from bpy.types import Object
from studio import (
    blobs_here,
    canvas_here,
    drawn,
    duplicate,
    followed,
    new_room,
    preferences,
    reading_of,
    same,
    settle,
    shown,
)

from blobgan_blender import live, runtime


@pytest.fixture
def saved(canvas: Object, tmp_path: Path) -> Path:
    """A room with an edit, on disk."""
    blobs_here()[2].location.x += 0.4
    duplicate(blobs_here()[1])[0].location.y += 0.3
    settle()
    path = tmp_path / "room.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def reopen(path: Path) -> Object:
    """File > Open; the canvas."""
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return canvas_here()


def test_a_reopened_file_shows_its_picture_before_any_worker_starts(saved: Path, own_worker: None) -> None:
    before = shown()
    reopen(saved)
    assert same(shown(), before)
    assert runtime.existing_worker() is None


def test_opening_a_file_starts_no_worker_and_draws_nothing(saved: Path, own_worker: None) -> None:
    reopen(saved)
    settle()
    assert runtime.existing_worker() is None
    assert live.link(canvas_here()).pictures == 0


def test_the_reopened_layout_is_the_saved_one(saved: Path) -> None:
    before = reading_of()
    reopen(saved)
    after = reading_of()
    assert after.signature == before.signature
    assert after.names == before.names


def test_after_reopening_the_picture_follows_again(saved: Path) -> None:
    reopen(saved)
    before = shown()
    blobs_here()[0].location.x += 0.3
    assert followed(before)


def test_a_second_save_keeps_the_newer_picture(saved: Path) -> None:
    reopen(saved)
    blobs_here()[0].location.x += 0.3
    settle()
    newer = shown()
    bpy.ops.wm.save_mainfile()
    reopen(saved)
    assert same(shown(), newer)


def test_a_file_saved_with_a_stale_picture_draws_it_when_it_is_opened(canvas: Object, tmp_path: Path) -> None:
    before = shown()
    blobs_here()[0].location.x += 0.3  # saved before the live link had a turn
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "room.blend"))
    reopen(tmp_path / "room.blend")
    assert same(shown(), before)
    settle()
    assert not same(shown(), before)
    assert same(shown(), drawn())


def test_the_picture_is_packed_into_the_file(saved: Path, tmp_path: Path) -> None:
    reopen(saved)
    assert canvas_here().blobgan.image.packed_file is not None


@pytest.fixture
def lost_model(small_model: Path, tmp_path: Path) -> Path:
    """A saved room whose model lies nowhere any more; where it lay."""
    home = tmp_path / "elsewhere"
    home.mkdir()
    new_room(move_model(small_model, home, shutil.copy))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "room.blend"))
    shutil.rmtree(home)
    reopen(tmp_path / "room.blend")
    return home


def move_model(weights: Path, folder: Path, how: Callable[[Path, Path], object]) -> Path:
    """A model and its card, in another folder."""
    for file in (weights, weights.with_suffix(".json")):
        how(file, folder / file.name)
    return folder / weights.name


def test_a_file_opened_where_the_model_is_missing_keeps_its_picture(lost_model: Path) -> None:
    before = shown()
    blobs_here()[0].location.x += 0.3
    settle()
    assert same(shown(), before)
    problem = live.link(canvas_here()).problem
    assert "“small”" in problem
    assert "press the folder beside the model's name" in problem


def test_load_model_mends_a_file_whose_model_is_missing(lost_model: Path, small_model: Path) -> None:
    before = shown()
    bpy.ops.blobgan.load_model(filepath=str(small_model))
    assert same(shown(), before)
    assert live.link(canvas_here()).problem == ""


def test_a_model_beside_the_blend_is_found(lost_model: Path, small_model: Path) -> None:
    found = move_model(small_model, lost_model.parent, shutil.copy)
    assert runtime.model_of(canvas_here()).path == found


def test_a_model_that_was_renamed_is_found_by_its_hash(lost_model: Path, small_model: Path) -> None:
    for file in (small_model, small_model.with_suffix(".json")):
        shutil.copy(file, lost_model.parent / f"renamed{file.suffix}")
    assert runtime.model_of(canvas_here()).path.stem == "renamed"


def test_a_model_in_the_preferred_folder_is_found(lost_model: Path, small_model: Path) -> None:
    with preferences() as own:
        own.models_folder = str(small_model.parent)
        assert runtime.model_of(canvas_here()).path == small_model


def test_a_restored_model_is_drawn_after_restart_worker(lost_model: Path, small_model: Path, own_worker: None) -> None:
    before = shown()
    blobs_here()[0].location.x += 0.3
    settle()
    move_model(small_model, lost_model.parent, shutil.copy)
    bpy.ops.blobgan.restart_worker()
    assert followed(before)


def append(path: Path, kind: str, name: str) -> None:
    """File > Append."""
    bpy.ops.wm.append(filepath=f"{path}/{kind}/{name}", directory=f"{path}/{kind}/", filename=name)


def test_an_appended_collection_is_the_same_room(saved: Path) -> None:
    layout, picture = reading_of().layout, shown()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    append(saved, "Collection", "BlobGAN")
    canvas = bpy.data.objects["Canvas"]
    settle()
    assert same(shown(canvas), picture)
    for name, array in reading_of(canvas).layout.arrays().items():
        assert same(array, layout.arrays()[name])


def test_an_appended_room_is_live(saved: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    append(saved, "Collection", "BlobGAN")
    canvas = bpy.data.objects["Canvas"]
    settle()
    before = shown(canvas)
    bpy.data.objects["Blob 0"].location.x += 0.3
    settle()
    assert not same(before, shown(canvas))
    assert same(shown(canvas), drawn(canvas=canvas))


def test_a_room_appended_beside_another_leaves_that_alone(saved: Path, small_model: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.blobgan.new_scene(model=str(small_model), seed=5)
    first, before = canvas_here(), shown()
    append(saved, "Collection", "BlobGAN")
    second = bpy.data.objects["Canvas.001"]
    settle()
    assert same(shown(first), before)
    assert same(shown(second), drawn(canvas=second))
    assert not same(shown(first), shown(second))


def test_a_canvas_appended_alone_is_an_empty_room(saved: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    append(saved, "Object", "Canvas")
    canvas = bpy.data.objects["Canvas"]
    settle()
    assert reading_of(canvas).layout.blobs == 0
    assert same(shown(canvas), drawn(canvas=canvas))
    assert live.link(canvas).problem == ""


def test_reset_fills_a_canvas_appended_alone(saved: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    append(saved, "Object", "Canvas")
    canvas = bpy.data.objects["Canvas"]
    bpy.context.view_layer.objects.active = canvas
    assert bpy.ops.blobgan.reset_layout() == {"FINISHED"}
    assert reading_of(canvas).layout.blobs == 5


def test_a_blob_appended_alone_brings_its_canvas(saved: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    append(saved, "Object", "Blob 2")
    settle()
    canvas = bpy.data.objects["Blob 2"].blobgan.canvas
    assert canvas.name in bpy.context.view_layer.objects
    assert reading_of(canvas).names == ("Blob 2",)
    assert same(shown(canvas), drawn(canvas=canvas))


def test_a_linked_room_is_drawn(saved: Path) -> None:
    layout = reading_of().layout
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(saved), link=True) as (_, wanted):
        wanted.collections = ["BlobGAN"]
    bpy.context.scene.collection.children.link(wanted.collections[0])
    canvas = bpy.data.objects["Canvas"]
    settle()
    assert same(reading_of(canvas).layout.xs, layout.xs)
    assert same(shown(canvas), drawn(canvas=canvas))
