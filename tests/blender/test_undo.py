"""Ctrl-Z and Ctrl-Shift-Z: the picture follows the empties there too, though an image's pixels are no part of undo."""

from __future__ import annotations

import bpy
import numpy as np
from bpy.types import Object
from studio import blobs_here, canvas_here, drawn, duplicate, new_room, reading_of, same, select, settle, shown


def step(name: str) -> np.ndarray:
    """What Blender does after an artist's edit; the picture then."""
    settle()
    bpy.ops.ed.undo_push(message=name)
    return shown()


def test_undo_and_redo_of_a_move(canvas: Object) -> None:
    before = step("as sampled")
    blobs_here()[2].location.x += 0.4
    moved = step("move")
    bpy.ops.ed.undo()
    settle()
    assert same(shown(), before)
    bpy.ops.ed.redo()
    settle()
    assert same(shown(), moved)
    assert not same(before, moved)


def test_undo_of_several_steps(canvas: Object) -> None:
    pictures = [step("as sampled")]
    for number in range(3):
        blobs_here()[number].location.x += 0.3
        pictures.append(step(f"move {number}"))
    for wanted in reversed(pictures[:-1]):
        bpy.ops.ed.undo()
        settle()
        assert same(shown(), wanted)


def test_undo_brings_a_deleted_blob_back(canvas: Object) -> None:
    before = step("as sampled")
    select(blobs_here()[2])
    bpy.ops.object.delete()
    step("delete")
    bpy.ops.ed.undo()
    settle()
    assert same(shown(), before)
    assert reading_of().layout.blobs == 5


def test_undo_takes_a_clone_back(canvas: Object) -> None:
    before = step("as sampled")
    (clone,) = duplicate(blobs_here()[2])
    clone.location.x += 0.4
    step("duplicate")
    bpy.ops.ed.undo()
    settle()
    assert same(shown(), before)


def test_undo_of_remove_blob(canvas: Object) -> None:
    before = step("as sampled")
    select(blobs_here()[2])
    bpy.ops.blobgan.remove_blob("EXEC_DEFAULT", True)
    settle()
    assert not same(shown(), before)
    bpy.ops.ed.undo()
    settle()
    assert same(shown(), before)


def test_undo_of_resample(canvas: Object) -> None:
    before = step("as sampled")
    bpy.ops.blobgan.resample("EXEC_DEFAULT", True, seed=9, truncation=0.4)
    settle()
    assert not same(shown(), before)
    bpy.ops.ed.undo()
    settle()
    assert canvas_here().blobgan.seed == 1
    assert same(shown(), before)


def test_undo_of_load_model_brings_the_old_model_back(canvas: Object, bundled_model) -> None:
    before = step("as sampled")
    bpy.ops.blobgan.load_model("EXEC_DEFAULT", True, filepath=str(bundled_model))
    settle()
    assert shown().shape == (128, 128, 3)
    bpy.ops.ed.undo()
    settle()
    assert canvas_here().blobgan.model_name == "small"
    assert same(shown(), before)


def test_undo_of_new_scene_and_redo(canvas: Object, small_model) -> None:
    step("first")
    new_room(small_model, seed=2, target="CURRENT")
    second = next(item for item in bpy.context.scene.objects if item.blobgan.seed == 2 and item.type == "MESH").name
    pictures = [step("second"), shown(bpy.data.objects[second])]
    bpy.ops.ed.undo()
    settle()
    assert second not in bpy.context.scene.objects
    bpy.ops.ed.redo()
    settle()
    assert same(shown(), pictures[0])
    assert same(shown(bpy.data.objects[second]), pictures[1])


def test_undo_while_a_picture_is_under_way(canvas: Object) -> None:
    from blobgan_blender import live

    before = step("as sampled")
    blobs_here()[2].location.x += 0.4
    bpy.context.view_layer.update()
    live.pump()
    assert live.link(canvas_here()).waiting
    bpy.ops.ed.undo_push(message="move")
    bpy.ops.ed.undo()
    settle()
    assert same(shown(), before)
    assert same(shown(), drawn())
