"""One rule of what is in the picture: what shows in the viewport and in renders, here, in F12 and in the background."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import pytest
from bpy.types import LayerCollection, Object
from studio import blobs_here, drawn, followed, reading_of, render_still, same, select, settle, shown


def layer_of(blob: Object, root: LayerCollection | None = None) -> LayerCollection:
    """The layer collection that holds a blob."""
    root = root or bpy.context.view_layer.layer_collection
    if blob.name in root.collection.objects:
        return root
    return next(found for child in root.children if (found := layer_of(blob, child)) is not None)


def into_a_collection(blob: Object) -> LayerCollection:
    """Move a blob into a collection of its own, inside the canvas's."""
    home = blob.users_collection[0]
    collection = bpy.data.collections.new("Apart")
    home.children.link(collection)
    collection.objects.link(blob)
    home.objects.unlink(blob)
    bpy.context.view_layer.update()
    return layer_of_collection("Apart", bpy.context.view_layer.layer_collection)


def layer_of_collection(name: str, root: LayerCollection) -> LayerCollection:
    """The layer collection of a collection."""
    return next(layer for layer in walk(root) if layer.collection.name == name)


def walk(root: LayerCollection) -> list[LayerCollection]:
    """All layer collections below one, and itself."""
    return [root, *(layer for child in root.children for layer in walk(child))]


def by_h(blob: Object) -> None:
    select(blob)
    area = next(area for area in bpy.context.window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(area=area, region=region):
        bpy.ops.object.hide_view_set(unselected=False)


def by_eye(blob: Object) -> None:
    blob.hide_set(True)


def by_monitor(blob: Object) -> None:
    blob.hide_viewport = True


def by_camera(blob: Object) -> None:
    blob.hide_render = True


def by_collection_camera(blob: Object) -> None:
    into_a_collection(blob).collection.hide_render = True


def by_collection_monitor(blob: Object) -> None:
    into_a_collection(blob).collection.hide_viewport = True


def by_collection_eye(blob: Object) -> None:
    into_a_collection(blob).hide_viewport = True


def by_exclusion(blob: Object) -> None:
    into_a_collection(blob).exclude = True


def by_a_parent_collections_camera(blob: Object) -> None:
    inner = into_a_collection(blob)
    outer = bpy.data.collections.new("Outer")
    home = next(c for c in bpy.data.collections if inner.collection.name in c.children)
    home.children.link(outer)
    outer.children.link(inner.collection)
    home.children.unlink(inner.collection)
    outer.hide_render = True


def by_keyframed_monitor(blob: Object) -> None:
    blob.hide_viewport = True
    blob.keyframe_insert("hide_viewport", frame=5)
    blob.hide_viewport = False
    blob.keyframe_insert("hide_viewport", frame=1)
    bpy.context.scene.frame_set(5)


def by_keyframed_camera(blob: Object) -> None:
    blob.hide_render = True
    blob.keyframe_insert("hide_render", frame=5)
    blob.hide_render = False
    blob.keyframe_insert("hide_render", frame=1)
    bpy.context.scene.frame_set(5)


def by_driven_camera(blob: Object) -> None:
    blob.driver_add("hide_render").driver.expression = "1"


WAYS = (
    by_h,
    by_eye,
    by_monitor,
    by_camera,
    by_collection_camera,
    by_collection_monitor,
    by_collection_eye,
    by_exclusion,
    by_a_parent_collections_camera,
    by_keyframed_monitor,
    by_keyframed_camera,
    by_driven_camera,
)
hidden = pytest.mark.parametrize("hide", WAYS, ids=lambda way: way.__name__)


@hidden
def test_a_hidden_blob_is_not_in_the_live_picture(canvas: Object, hide: Callable[[Object], None]) -> None:
    blob, before = blobs_here()[2], shown()
    hide(blob)
    assert followed(before)
    assert blob.name not in reading_of().names
    assert reading_of().layout.blobs == 4


@hidden
def test_a_hidden_blob_is_not_in_the_render(canvas: Object, tmp_path: Path, hide: Callable[[Object], None]) -> None:
    hide(blobs_here()[2])
    settle()
    assert same(render_still(tmp_path / "f12.png"), drawn())


@pytest.mark.parametrize("attribute", ["hide_viewport", "hide_render"])
def test_frames_follow_animated_hiding(canvas: Object, tmp_path: Path, attribute: str) -> None:
    blob, scene = blobs_here()[2], bpy.context.scene
    for frame, value in ((1, False), (2, True), (3, False)):
        setattr(blob, attribute, value)
        blob.keyframe_insert(attribute, frame=frame)
    pictures = []
    for frame in (1, 2, 3):
        scene.frame_set(frame)
        settle()
        pictures.append(shown())
        assert same(render_still(tmp_path / f"{frame}.png"), pictures[-1])
    assert same(pictures[0], pictures[2])
    assert not same(pictures[0], pictures[1])


def test_a_blob_shown_in_one_of_two_collections_is_in_the_picture(canvas: Object, tmp_path: Path) -> None:
    blob = blobs_here()[2]
    other = bpy.data.collections.new("Other")
    canvas.users_collection[0].children.link(other)
    other.objects.link(blob)
    other.hide_render = True
    settle()
    assert reading_of().layout.blobs == 5
    assert same(render_still(tmp_path / "f12.png"), shown())


def test_a_collection_included_inside_an_excluded_one_is_in_the_picture(canvas: Object) -> None:
    inner = into_a_collection(blobs_here()[2])
    outer = layer_of(canvas)
    outer.exclude = True
    layer_of_collection("Apart", bpy.context.view_layer.layer_collection).exclude = False
    bpy.context.view_layer.update()
    assert inner.collection.objects[0].visible_get()
    assert reading_of(canvas).layout.blobs == 1


def test_a_hidden_parent_still_moves_its_blob(canvas: Object, tmp_path: Path) -> None:
    handle = bpy.data.objects.new("Handle", None)
    bpy.context.scene.collection.objects.link(handle)
    blobs_here()[2].parent = handle
    handle.hide_set(True)
    handle.hide_render = True
    settle()
    before = shown()
    handle.location.x += 0.4
    assert followed(before)
    assert same(render_still(tmp_path / "f12.png"), shown())


def test_a_hidden_canvas_still_shows_its_picture_on_disk(canvas: Object, tmp_path: Path) -> None:
    canvas.hide_set(True)
    settle()
    assert same(render_still(tmp_path / "f12.png"), shown())


def test_unhiding_brings_the_same_picture_back(canvas: Object) -> None:
    blob, before = blobs_here()[2], shown()
    blob.hide_set(True)
    settle()
    blob.hide_set(False)
    settle()
    assert same(before, shown())
