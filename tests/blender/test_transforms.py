"""Blender's own ways to move an empty: parents, constraints, drivers, keyframes. And canvases that stand in any way."""

from __future__ import annotations

from math import radians
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy.types import Object
from mathutils import Matrix
from studio import (
    blobs_here,
    drawn,
    followed,
    pump_until,
    read_image,
    reading_of,
    render_frames,
    render_still,
    same,
    select,
    settle,
    shown,
)

from blobgan_blender import live
from blobgan_blender.core.layout import Layout

CLOSE = 2e-5  # float32 matrices of Blender, a few units from the origin


def handle(name: str = "Handle") -> Object:
    """An empty that is no blob."""
    made = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(made)
    return made


def assert_close(found: Layout[np.ndarray], wanted: Layout[np.ndarray], tolerance: float = CLOSE) -> None:
    """The same layout but for rounding."""
    for name, array in found.arrays().items():
        expected = wanted.arrays()[name]
        np.testing.assert_allclose(array, expected, atol=tolerance, rtol=tolerance, err_msg=name)


def test_a_blob_follows_its_new_parent(canvas: Object) -> None:
    parent, blob, x = handle(), blobs_here()[2], reading_of().layout.xs[0, 2]
    select(blob, parent)
    bpy.ops.object.parent_set(type="OBJECT", keep_transform=True)
    settle()
    before = shown()
    parent.location.x += 0.4
    assert followed(before)
    assert reading_of().layout.xs[0, 2] == pytest.approx(x + 0.2, abs=1e-5)


def test_parenting_with_keep_transform_keeps_the_layout(canvas: Object) -> None:
    parent, wanted = handle(), reading_of().layout
    parent.location, parent.rotation_euler, parent.scale = (1, 2, 3), (0, 0, 0.7), (2, 2, 2)
    select(blobs_here()[2], parent)
    bpy.ops.object.parent_set(type="OBJECT", keep_transform=True)
    assert_close(reading_of().layout, wanted)


def test_a_blob_follows_its_constraint(canvas: Object) -> None:
    target, before = handle(), shown()
    constraint = blobs_here()[2].constraints.new("COPY_LOCATION")
    constraint.target, constraint.use_z = target, False
    target.location.x = 0.5
    assert followed(before)
    assert reading_of().layout.xs[0, reading_of().names.index("Blob 2")] == pytest.approx(0.75, abs=1e-6)


def test_a_blob_follows_its_driver(canvas: Object) -> None:
    source, blob, before = handle(), blobs_here()[2], shown()
    driver = blob.driver_add("location", 0).driver
    variable = driver.variables.new()
    variable.name, variable.type = "x", "SINGLE_PROP"
    variable.targets[0].id, variable.targets[0].data_path = source, "location.y"
    driver.expression = "2 * x"
    source.location.y = 0.25
    assert followed(before)
    assert reading_of().layout.xs[0, reading_of().names.index("Blob 2")] == pytest.approx(0.75, abs=1e-6)


@pytest.mark.parametrize("path", ["location", "rotation_euler", "scale"])
def test_the_picture_is_that_of_the_frame(canvas: Object, path: str) -> None:
    blob, scene = blobs_here()[2], bpy.context.scene
    blob.keyframe_insert(path, frame=1)
    values = getattr(blob, path)
    values[1 if path != "rotation_euler" else 2] += 0.5
    blob.keyframe_insert(path, frame=11)
    pictures = {}
    for frame in (1, 6, 11):
        scene.frame_set(frame)
        settle()
        pictures[frame] = shown()
        assert same(pictures[frame], drawn())
        assert live.link(canvas).frame == frame
    assert not same(pictures[1], pictures[6])
    assert not same(pictures[6], pictures[11])


def test_scrubbing_back_shows_the_same_bytes(canvas: Object) -> None:
    blob, scene = blobs_here()[2], bpy.context.scene
    blob.keyframe_insert("location", frame=1)
    blob.location.x += 0.5
    blob.keyframe_insert("location", frame=9)
    seen: dict[int, np.ndarray] = {}
    for frame in (1, 9, 4, 7, 4, 9, 1, 7):
        scene.frame_set(frame)
        settle()
        assert same(seen.setdefault(frame, shown()), shown())


def test_playback_drops_frames_and_ends_on_the_last(canvas: Object) -> None:
    blob, scene = blobs_here()[2], bpy.context.scene
    blob.keyframe_insert("location", frame=1)
    blob.location.x += 0.5
    blob.keyframe_insert("location", frame=40)
    pictures = live.link(canvas).pictures
    for frame in range(1, 41):
        scene.frame_set(frame)
        live.pump()
    pump_until(lambda: not live.pump())
    assert live.link(canvas).pictures - pictures < 40
    assert live.link(canvas).frame == 40
    assert same(shown(), drawn())


def test_an_animated_parent_is_read_in_rendered_frames(canvas: Object, tmp_path: Path) -> None:
    parent, scene = handle(), bpy.context.scene
    blobs_here()[2].parent = parent
    parent.keyframe_insert("location", frame=1)
    parent.location.x = 0.6
    parent.keyframe_insert("location", frame=3)
    files = render_frames(tmp_path, 1, 3)
    for frame, file in enumerate(files, 1):
        scene.frame_set(frame)
        assert same(read_image(file), drawn())


def test_constraints_and_drivers_are_read_in_renders(canvas: Object, tmp_path: Path) -> None:
    target = handle()
    blobs_here()[1].constraints.new("COPY_LOCATION").target = target
    blobs_here()[2].driver_add("scale", 0).driver.expression = "0.1 + frame / 10"
    target.location = (0.3, 0.3, 0.1)
    bpy.context.scene.frame_set(3)
    settle()
    assert same(render_still(tmp_path / "f12.png"), shown())


@pytest.mark.parametrize(
    "matrix",
    [
        Matrix.Translation((30, -20, 10)),
        Matrix.Rotation(radians(70), 4, (1, 2, 3)),
        Matrix.Diagonal((3, 3, 3, 1)),
        Matrix.Diagonal((0.2, 4, 1, 1)),
        Matrix.Diagonal((-1, 1, 1, 1)),
        Matrix.Diagonal((-1, -1, -1, 1)),
        Matrix.Translation((5, 6, 7)) @ Matrix.Rotation(2.2, 4, "X") @ Matrix.Diagonal((-2, 0.5, 3, 1)),
    ],
    ids=["moved", "turned", "larger", "stretched", "mirrored", "inside out", "all of it"],
)
def test_however_the_canvas_stands_the_layout_is_the_same(canvas: Object, matrix: Matrix) -> None:
    wanted = reading_of().layout
    canvas.matrix_world = matrix
    assert_close(reading_of().layout, wanted, tolerance=1e-4 if matrix.translation.length > 20 else CLOSE)


def test_a_canvas_sheared_by_its_parent_means_the_same_layout(canvas: Object) -> None:
    wanted, parent, tilted = reading_of().layout, handle("Stretched"), handle("Tilted")
    parent.scale = (3, 1, 1)
    tilted.parent, tilted.rotation_euler.z = parent, radians(35)
    canvas.parent = tilted
    assert_close(reading_of().layout, wanted)


def test_a_blob_sheared_by_its_parent_is_the_ellipse_that_it_looks_like(canvas: Object) -> None:
    parent, blob = handle(), blobs_here()[2]
    parent.scale = (2, 0.5, 1)
    blob.parent, blob.rotation_euler.z = parent, radians(40)
    reading = reading_of()
    row = reading.names.index(blob.name)
    block = np.array(blob.matrix_world, np.float64)[:2, :2]
    flip = np.diag([1.0, -1.0])
    share = abs(np.linalg.det(block)) / (4 * canvas.blobgan.ab_norm)
    ellipse = flip @ block @ block.T @ flip / 4 / share + 1e-5 * np.eye(2)
    np.testing.assert_allclose(reading.layout.covs[0, row], ellipse, atol=CLOSE)
    assert np.logaddexp(0, reading.layout.sizes[0, row + 1]) == pytest.approx(share, rel=1e-5)


def test_a_mirrored_blob_is_the_mirrored_ellipse(canvas: Object) -> None:
    blob = blobs_here()[2]
    before = reading_of().layout
    blob.matrix_world = Matrix.Diagonal((-1, 1, 1, 1)) @ blob.matrix_world
    after = reading_of().layout
    assert after.xs[0, 2] == pytest.approx(1 - before.xs[0, 2], abs=1e-5)
    assert after.covs[0, 2, 0, 1] == pytest.approx(-before.covs[0, 2, 0, 1], abs=1e-5)
    assert after.sizes[0, 3] == pytest.approx(before.sizes[0, 3], abs=1e-4)


def test_delta_transforms_count(canvas: Object) -> None:
    before = shown()
    blobs_here()[2].delta_location.x += 0.4
    assert followed(before)


def test_a_camera_moved_by_hand_does_not_change_the_picture(canvas: Object, tmp_path: Path) -> None:
    bpy.context.scene.camera.location.x += 1
    settle()
    assert same(render_still(tmp_path / "f12.png"), shown())
