"""Ctrl-C and Ctrl-V of blobs and of canvases: Blender's own operators, within a file and from one into another."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from bpy.types import Object
from studio import blobs_here, canvas_here, drawn, new_room, reading_of, same, select, settle, shown

from blobgan_blender.core.canvas_space import STACK_STEP
from blobgan_blender.scene.appearance import read_appearance
from blobgan_blender.scene.canvas import canvases
from blobgan_blender.scene.shape import shape_of

OP = ("EXEC_DEFAULT", True)


def copy(*items: Object) -> None:
    """Select, let the live link see it, Ctrl-C."""
    select(*items)
    settle()
    assert bpy.ops.view3d.copybuffer(*OP) == {"FINISHED"}


def paste() -> list[Object]:
    """Ctrl-V; the blobs that are there now and were not."""
    known = set(bpy.data.objects)
    assert bpy.ops.view3d.pastebuffer(*OP) == {"FINISHED"}
    settle()
    return [item for item in bpy.data.objects if item not in known and item.blobgan.role == "BLOB"]


def another_file() -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def counts() -> dict[str, int]:
    return {kind: len(getattr(bpy.data, kind)) for kind in ("objects", "meshes", "materials", "images")}


def all_canvases() -> list[Object]:
    return canvases(bpy.context.view_layer)


def test_a_blob_pasted_into_another_file_is_a_blob_of_the_canvas_there(canvas: Object, small_model: Path) -> None:
    blob = blobs_here()[2]
    blob.location.x, blob.location.y, blob.rotation_euler.z, blob.scale = 0.3, -0.2, 1.1, (0.5, 0.2, 0.3)
    copy(blob)
    appearance, shape = read_appearance(blob), shape_of(blob)
    another_file()
    canvas = new_room(small_model, seed=8)
    settle()
    before, here = shown(), counts()
    (item,) = paste()
    assert all_canvases() == [canvas]
    assert counts() == {**here, "objects": here["objects"] + 1}  # nothing else stayed
    assert item.blobgan.canvas == canvas
    assert item.parent == canvas
    assert len(blobs_here(canvas)) == 6
    assert all(same(a, b) for a, b in zip(read_appearance(item), appearance, strict=True))
    assert shape_of(item) == pytest.approx(shape, abs=1e-5)
    assert tuple(item.location) == pytest.approx((0.3, -0.2, 6 * STACK_STEP), abs=1e-5)
    assert item.select_get()
    assert reading_of().names[-1] == item.name  # in front of the others
    assert not same(shown(), before)
    assert same(shown(), drawn())


def test_within_its_file_it_is_a_clone(canvas: Object) -> None:
    copy(blobs_here()[1])
    (item,) = paste()
    assert all_canvases() == [canvas]
    assert item.parent == canvas
    assert len(blobs_here()) == 6
    assert same(shown(), drawn())


def test_several_keep_what_lies_in_front_of_what(canvas: Object) -> None:
    blobs = blobs_here()
    blobs[1].location.z = 0.2
    copy(*blobs[:3])
    items = paste()
    assert len(items) == 3
    ahead = [name.split(".")[0] for name in reading_of().names[-3:]]
    assert ahead == ["Blob 0", "Blob 2", "Blob 1"]


def test_of_several_canvases_the_active_one_takes_it(canvas: Object, small_model: Path) -> None:
    bpy.ops.blobgan.new_scene(model=str(small_model), seed=3, target="CURRENT")
    second = next(item for item in all_canvases() if item != canvas)
    second.rotation_euler.x, second.scale = 1.2, (2, 2, 2)
    settle()
    blob = blobs_here(canvas)[1]
    copy(blob)
    select(blobs_here(second)[0])
    settle()
    (item,) = paste()
    assert item.blobgan.canvas == second
    assert tuple(item.location)[:2] == pytest.approx(tuple(blob.location)[:2], abs=1e-6)  # where it lay on its own
    assert shape_of(item) == pytest.approx(shape_of(blob), abs=1e-5)
    assert same(shown(second), drawn(canvas=second))


def test_what_refers_to_its_canvas_refers_to_the_new_one(canvas: Object, small_model: Path) -> None:
    blob = blobs_here()[1]
    limit = blob.constraints.new("COPY_ROTATION")
    limit.target = canvas
    blob.keyframe_insert("location", index=0, frame=1)
    copy(blob)
    another_file()
    canvas = new_room(small_model, seed=8)
    settle()
    (item,) = paste()
    assert item.constraints[0].target == canvas
    assert item.animation_data.action is not None
    assert all_canvases() == [canvas]


def test_a_canvas_copied_on_purpose_is_a_canvas(canvas: Object, small_model: Path) -> None:
    copy(*blobs_here(), canvas)
    another_file()
    here = new_room(small_model, seed=8)
    settle()
    items = paste()
    (other,) = [item for item in all_canvases() if item != here]
    assert {item.blobgan.canvas for item in items} == {other}
    assert len(blobs_here(here)) == 5
    assert same(shown(other), drawn(canvas=other))


def test_a_canvas_alone_is_a_canvas(canvas: Object, small_model: Path) -> None:
    copy(canvas)
    paste()
    assert len(all_canvases()) == 2


def test_where_no_canvas_stands_it_keeps_its_own(canvas: Object) -> None:
    copy(blobs_here()[2])
    another_file()
    (item,) = paste()
    assert all_canvases() == [item.blobgan.canvas]
    assert same(shown(item.blobgan.canvas), drawn(canvas=item.blobgan.canvas))


def test_where_a_canvas_of_another_model_stands_it_keeps_its_own(canvas: Object, bundled_model: Path) -> None:
    copy(blobs_here()[2])
    another_file()
    here = new_room(bundled_model)
    settle()
    before = reading_of(here).signature
    (item,) = paste()
    assert item.blobgan.canvas != here
    assert item.blobgan.canvas in all_canvases()
    assert reading_of(here).signature == before


def test_a_canvas_that_came_in_another_way_is_left_alone(canvas: Object) -> None:
    copy(blobs_here()[1])
    paste()  # the last thing that was done
    blob = blobs_here()[0]
    select(blob)
    settle()
    bpy.ops.scene.new(*OP, type="FULL_COPY")  # copies a canvas that is not selected
    settle()
    copied = canvas_here()
    assert copied != canvas
    assert len(blobs_here(copied)) == 6
    assert copied in all_canvases()


def test_undo_and_redo_pass_by_its_arrival(canvas: Object, small_model: Path) -> None:
    copy(blobs_here()[2])
    another_file()
    new_room(small_model, seed=8)
    settle()
    bpy.ops.ed.undo_push(message="before")
    before = reading_of().signature
    paste()
    pasted = reading_of().signature
    assert pasted != before
    bpy.ops.transform.translate(*OP, value=(0.1, 0, 0))  # so that pasting is not what was done last
    settle()
    for _ in range(2):
        bpy.ops.ed.undo()
        settle()
    assert reading_of().signature == before
    assert len(all_canvases()) == 1
    bpy.ops.ed.redo()
    settle()
    assert reading_of().signature == pasted
    assert len(all_canvases()) == 1
    assert same(shown(), drawn())
