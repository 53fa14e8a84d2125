"""Several canvases in one file, and what becomes of a canvas that is duplicated, deleted, or robbed of its image."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from bpy.types import Object
from studio import (
    blobs_here,
    canvas_here,
    drawn,
    duplicate,
    new_room,
    pump_until,
    reading_of,
    render_still,
    same,
    select,
    settle,
    shown,
)

from blobgan_blender import live
from blobgan_blender.scene.canvas import active_canvas, canvases


@pytest.fixture
def two(canvas: Object, small_model: Path) -> tuple[Object, Object]:
    """Two canvases in one scene."""
    new_room(small_model, seed=2, target="CURRENT")
    other = next(item for item in canvases(bpy.context.view_layer) if item != canvas)
    return canvas, other


def copy_of_the_room(canvas: Object) -> tuple[Object, list[Object]]:
    """Shift-D of a canvas with its blobs: the copies."""
    copies = duplicate(*blobs_here(canvas), canvas)
    settle()
    other = next(item for item in copies if item.type == "MESH")
    return other, blobs_here(other)


def test_two_canvases_stand_beside_each_other(two: tuple[Object, Object]) -> None:
    first, second = two
    assert second.matrix_world.translation.x - first.matrix_world.translation.x > 2


def test_two_canvases_are_live_at_once(two: tuple[Object, Object]) -> None:
    pictures = [shown(canvas) for canvas in two]
    for canvas in two:
        blobs_here(canvas)[1].location.x += 0.3
    settle()
    for canvas, before in zip(two, pictures, strict=True):
        assert not same(shown(canvas), before)
        assert same(shown(canvas), drawn(canvas=canvas))


def test_editing_one_canvas_leaves_the_other_alone(two: tuple[Object, Object]) -> None:
    first, second = two
    settle()
    before, pictures = shown(second), live.link(second).pictures
    blobs_here(first)[1].location.x += 0.3
    settle()
    assert same(shown(second), before)
    assert live.link(second).pictures == pictures


def test_canvases_of_two_models_in_one_scene(canvas: Object, bundled_model: Path) -> None:
    new_room(bundled_model, target="CURRENT")
    big = next(item for item in canvases(bpy.context.view_layer) if item != canvas)
    for item in (canvas, big):
        blobs_here(item)[1].location.x += 0.3
    settle()
    assert shown(canvas).shape == (64, 64, 3)
    assert shown(big).shape == (128, 128, 3)
    assert same(shown(canvas), drawn(canvas=canvas))
    assert same(shown(big), drawn(canvas=big))


def test_f12_renders_the_scenes_own_canvas_whatever_is_selected(two: tuple[Object, Object], tmp_path: Path) -> None:
    first, second = two
    select(second)
    assert same(render_still(tmp_path / "first.png"), shown(first))
    bpy.context.scene.blobgan.canvas = second
    assert same(render_still(tmp_path / "second.png"), shown(second))


def test_the_active_canvas_is_that_of_the_active_object(two: tuple[Object, Object]) -> None:
    first, second = two
    scene, view_layer = bpy.context.scene, bpy.context.view_layer
    select(blobs_here(second)[0])
    assert active_canvas(scene, view_layer) == second
    view_layer.objects.active = None
    assert active_canvas(scene, view_layer) == first  # the scene's


def test_a_blob_moved_over_another_canvas_stays_in_its_own_picture(two: tuple[Object, Object]) -> None:
    first, second = two
    before = shown(second)
    blobs_here(first)[0].location.x += 2.5
    settle()
    assert same(shown(second), before)
    assert reading_of(first).layout.blobs == reading_of(second).layout.blobs == 5


def test_a_blob_handed_to_another_canvas_of_its_model_is_drawn_there(two: tuple[Object, Object]) -> None:
    first, second = two
    blob = blobs_here(first)[0]
    blob.parent = blob.blobgan.canvas = second
    settle()
    assert reading_of(first).layout.blobs == 4
    assert reading_of(second).layout.blobs == 6
    assert same(shown(second), drawn(canvas=second))


def test_a_duplicated_canvas_has_its_own_blobs(canvas: Object) -> None:
    other, blobs = copy_of_the_room(canvas)
    assert len(blobs) == len(blobs_here(canvas)) == 5
    assert {blob.parent for blob in blobs} == {other}


def test_a_duplicated_canvas_is_independent(canvas: Object) -> None:
    before = shown(canvas)
    other, blobs = copy_of_the_room(canvas)
    blobs[2].location.x += 0.4
    settle()
    assert same(shown(canvas), before)
    assert not same(shown(other), before)
    assert same(shown(other), drawn(canvas=other))


def test_editing_the_original_leaves_its_duplicate_alone(canvas: Object) -> None:
    before = shown(canvas)
    other, _ = copy_of_the_room(canvas)
    blobs_here(canvas)[2].location.x += 0.4
    settle()
    assert same(shown(other), before)
    assert not same(shown(canvas), before)


def test_the_material_of_a_duplicated_canvas_shows_its_own_image(canvas: Object) -> None:
    other, _ = copy_of_the_room(canvas)
    for item in (canvas, other):
        nodes = item.active_material.node_tree.nodes
        assert [node.image for node in nodes if node.type == "TEX_IMAGE"] == [item.blobgan.image]
    assert canvas.blobgan.image != other.blobgan.image


def test_a_linked_duplicate_is_independent_too(canvas: Object) -> None:
    before = shown(canvas)
    select(*blobs_here(), canvas)
    bpy.ops.object.duplicate(linked=True)
    other = next(item for item in bpy.context.selected_objects if item.type == "MESH")
    settle()
    blobs_here(other)[2].location.x += 0.4
    settle()
    assert same(shown(canvas), before)
    assert same(shown(other), drawn(canvas=other))


def test_a_duplicate_that_is_not_live_keeps_its_picture(canvas: Object) -> None:
    before = shown(canvas)
    select(*blobs_here(), canvas)
    bpy.ops.object.duplicate()
    other = next(item for item in bpy.context.selected_objects if item.type == "MESH")
    other.blobgan.live = False
    blobs_here(canvas)[2].location.x += 0.4
    settle()
    assert same(shown(other), before)
    assert same(shown(canvas), drawn(canvas=canvas))


def test_a_full_copy_of_the_scene_is_independent(canvas: Object) -> None:
    before = shown(canvas)
    bpy.ops.scene.new(type="FULL_COPY")
    other = canvas_here()
    assert other != canvas
    blobs_here(other)[2].location.x += 0.4
    settle()
    assert same(shown(canvas), before)
    assert same(shown(other), drawn(canvas=other))


def test_a_deleted_canvas_leaves_blender_and_the_other_canvas_well(two: tuple[Object, Object]) -> None:
    first, second = two
    select(first)
    bpy.ops.object.delete()
    blobs_here(second)[0].location.x += 0.3
    settle()
    assert same(shown(second), drawn(canvas=second))


def test_f12_after_the_scenes_canvas_was_deleted_takes_the_only_one_left(
    two: tuple[Object, Object], tmp_path: Path
) -> None:
    first, second = two
    select(first)
    bpy.ops.object.delete()
    assert same(render_still(tmp_path / "f12.png"), shown(second))


def test_a_canvas_deleted_while_its_picture_is_under_way(canvas: Object) -> None:
    blobs_here()[0].location.x += 0.3
    bpy.context.view_layer.update()
    live.pump()
    assert live.link(canvas).waiting
    select(canvas)
    bpy.ops.object.delete()
    pump_until(lambda: not live.pump())
    bpy.data.orphans_purge(do_recursive=True)
    pump_until(lambda: not live.pump())


def test_a_deleted_image_is_made_again(canvas: Object) -> None:
    before = shown()
    bpy.data.images.remove(canvas.blobgan.image)
    settle()
    assert same(shown(), before)
    nodes = canvas.active_material.node_tree.nodes
    assert [node.image for node in nodes if node.type == "TEX_IMAGE"] == [canvas.blobgan.image]


def test_update_picture_makes_a_deleted_image_again(canvas: Object) -> None:
    before = shown()
    bpy.data.images.remove(canvas.blobgan.image)
    bpy.ops.blobgan.update_picture()
    assert same(shown(), before)


def test_f12_needs_no_image(canvas: Object, tmp_path: Path) -> None:
    before = shown()
    bpy.data.images.remove(canvas.blobgan.image)
    assert same(render_still(tmp_path / "f12.png"), before)


def test_a_scaled_image_is_made_anew(canvas: Object) -> None:
    canvas.blobgan.image.scale(10, 10)
    blobs_here()[0].location.x += 0.3
    settle()
    assert same(shown(), drawn())


def test_a_canvas_without_its_material_is_still_drawn(canvas: Object) -> None:
    canvas.data.materials.clear()
    blobs_here()[0].location.x += 0.3
    settle()
    assert same(shown(), drawn())


def test_renaming_everything_changes_nothing(canvas: Object) -> None:
    canvas.name = "Leinwand"
    for number, blob in enumerate(blobs_here()):
        blob.name = f"Möbel {9 - number}"
    before = shown()
    settle()
    assert same(shown(), before)
    blobs_here()[0].location.x += 0.3
    settle()
    assert not same(shown(), before)


def test_canvases_of_two_scenes_are_both_live_when_they_are_shown(canvas: Object, small_model: Path) -> None:
    first = bpy.context.scene
    other = new_room(small_model, seed=2)
    assert bpy.context.scene != first
    blobs_here(other)[0].location.x += 0.3
    settle()
    assert same(shown(other), drawn(canvas=other))
    bpy.context.window.scene = first
    blobs_here(canvas)[0].location.x += 0.3
    settle()
    assert same(shown(canvas), drawn(canvas=canvas))


def test_a_canvas_in_a_scene_that_was_never_evaluated(canvas: Object) -> None:
    scene = bpy.data.scenes.new("Bare")
    scene.collection.children.link(canvas.users_collection[0])
    bpy.context.window.scene = scene
    live.mark()
    pump_until(lambda: not live.pump())
    assert same(shown(canvas), drawn(canvas=canvas))


def test_a_canvas_in_two_windows_is_drawn_once(canvas: Object, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may show view layers in which different blobs are hidden: the first window's picture it is."""
    scene = bpy.context.scene
    views = [(scene, scene.view_layers[0]), (scene, scene.view_layers.new("Other"))]
    blobs_here()[2].hide_set(True, view_layer=views[1][1])
    for _, view_layer in views:
        view_layer.update()
    monkeypatch.setattr(live, "_open_views", lambda: views)
    pictures = live.link(canvas).pictures
    blobs_here()[0].location.x += 0.3
    settle()
    assert live.link(canvas).pictures == pictures + 1
    assert same(shown(), drawn())
