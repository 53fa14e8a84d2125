"""Saving, opening, appending: a .blend holds all that its picture needs but the weights."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from bpy.types import Object
from studio import blobs_here, canvas_here, drawn, duplicate, followed, reading_of, same, settle, shown

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


def test_a_file_opened_where_the_model_is_missing_keeps_its_picture(
    saved: Path, small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shown()
    monkeypatch.setattr(runtime, "_loaded_from", set())
    reopen(saved)
    blobs_here()[0].location.x += 0.3
    settle()
    assert same(shown(), before)
    problem = live.link(canvas_here()).problem
    assert "“small”" in problem
    assert "press Load Model" in problem


def test_a_model_beside_the_blend_is_found(
    saved: Path, small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in (small_model, small_model.with_suffix(".json")):
        (saved.parent / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(runtime, "_loaded_from", set())
    reopen(saved)
    assert runtime.model_of(canvas_here()).path.parent == saved.parent


def test_a_model_in_the_preferred_folder_is_found(
    saved: Path, small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "_loaded_from", set())
    addons = bpy.context.preferences.addons
    addon = addons.new()
    addon.module = "blobgan_blender"
    try:
        addon.preferences.models_folder = str(small_model.parent)
        reopen(saved)
        assert runtime.model_of(canvas_here()).path == small_model
    finally:
        addons.remove(addon)


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
    assert canvas.blobgan.role == "CANVAS"
    if canvas.name in bpy.context.view_layer.objects:  # where it is, it shows that one blob
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
