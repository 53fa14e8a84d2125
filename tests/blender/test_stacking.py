"""Which blob lies in front: its height on the canvas, in steps that rounding cannot cross, and then its order."""

from __future__ import annotations

import bpy
import pytest
from bpy.types import Object
from mathutils import Euler, Matrix
from studio import blobs_here, followed, reading_of, settle, shown

from blobgan_blender.core.canvas_space import STACK_QUANTUM, STACK_STEP


def test_new_blobs_stand_in_the_models_order(canvas: Object) -> None:
    assert [blob.location.z for blob in blobs_here()] == pytest.approx([STACK_STEP * (i + 1) for i in range(5)])
    assert reading_of().names == tuple(blob.name for blob in blobs_here())


def test_a_drag_keeps_the_height(canvas: Object) -> None:
    assert all(blob.lock_location[2] for blob in blobs_here())


def test_raising_a_blob_brings_it_to_the_front(canvas: Object) -> None:
    before, blob = shown(), blobs_here()[0]
    blob.location.z = 1
    assert followed(before)
    assert reading_of().names[-1] == blob.name


def test_heights_that_differ_by_rounding_are_a_tie(canvas: Object) -> None:
    names = reading_of().names
    for blob, nudge in zip(blobs_here(), (3e-7, -3e-7, 0, 2e-6, -2e-6), strict=True):
        blob.location.z = 0.05 + nudge
    assert reading_of().names == names


def test_heights_that_differ_by_a_quantum_are_not(canvas: Object) -> None:
    for number, blob in enumerate(blobs_here()):
        blob.location.z = -STACK_QUANTUM * number
    assert reading_of().names == tuple(blob.name for blob in reversed(blobs_here()))


def test_a_tie_is_broken_by_order(canvas: Object) -> None:
    for number, blob in enumerate(blobs_here()):
        blob.location.z, blob.blobgan.order = 0.0, -number
    assert reading_of().names == ("Blob 4", "Blob 3", "Blob 2", "Blob 1", "Blob 0")


def test_a_keyframed_height_reorders(canvas: Object) -> None:
    blob = blobs_here()[0]
    blob.keyframe_insert("location", frame=1)
    blob.location.z = 1
    blob.keyframe_insert("location", frame=2)
    bpy.context.scene.frame_set(1)
    settle()
    before = shown()
    bpy.context.scene.frame_set(2)
    assert followed(before)
    assert reading_of().names[-1] == blob.name


@pytest.mark.parametrize("turns", range(0, 360, 45))
def test_clones_on_a_spinning_canvas_keep_their_order(canvas: Object, turns: int) -> None:
    from math import radians

    blobs = blobs_here()
    for blob in blobs:
        blob.location.z = 0.02
    names = reading_of().names
    canvas.matrix_world = Matrix.Translation((50, 20, -30)) @ Euler((radians(turns), 1.1, 0.4)).to_matrix().to_4x4()
    assert reading_of().names == names


def test_a_canvas_seen_from_behind_is_the_same_picture(canvas: Object) -> None:
    names = reading_of().names
    canvas.rotation_euler.x = 3.14159
    assert reading_of().names == names
