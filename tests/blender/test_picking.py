"""A point of the picture belongs to a blob; the overlay's vertices stand where the empties' rings are drawn."""

from __future__ import annotations

import time

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import blobs_here, duplicate, reading_of, select, settle

from blobgan_blender.core.blob_map import owner_at
from blobgan_blender.core.canvas_space import Geometry
from blobgan_blender.core.ellipse import cov_from_ellipse, softplus
from blobgan_blender.core.palette import palette
from blobgan_blender.scene.reading import evaluated_geometry
from blobgan_blender.viewport import overlay
from blobgan_blender.viewport.ellipses import LEAST, MARKER, Vertices, vertices
from blobgan_blender.viewport.picker import Point, blob_at


@pytest.fixture
def plain(canvas: Object) -> Object:
    """The canvas with five round blobs in a row."""
    for place, blob in enumerate(blobs_here()):
        blob.location.xy = (-0.8 + 0.4 * place, 0.3)
        blob.scale = (0.15, 0.15, 0.15)
    bpy.context.view_layer.update()
    return canvas


def test_a_point_on_a_blob_selects_it(plain: Object) -> None:
    for place, blob in enumerate(blobs_here()):
        assert bpy.ops.blobgan.select_in_picture(x=0.1 + 0.2 * place, y=0.35) == {"FINISHED"}
        assert bpy.context.selected_objects == [blob]
        assert bpy.context.view_layer.objects.active == blob


def test_the_background_is_the_canvas(plain: Object) -> None:
    select(blobs_here()[0])
    bpy.ops.blobgan.select_in_picture(x=0.5, y=0.95)
    assert bpy.context.selected_objects == [plain]


def test_extending_adds_and_takes_away(plain: Object) -> None:
    blobs = blobs_here()
    select(blobs[0])
    bpy.ops.blobgan.select_in_picture(x=0.5, y=0.35, extend=True)
    assert set(bpy.context.selected_objects) == {blobs[0], blobs[2]}
    bpy.ops.blobgan.select_in_picture(x=0.5, y=0.35, extend=True)
    assert bpy.context.selected_objects == [blobs[0]]


def test_the_operator_is_the_function(plain: Object) -> None:
    reading = reading_of()
    for x, y in np.random.RandomState(0).rand(30, 2):
        bpy.ops.blobgan.select_in_picture(x=x, y=y)
        place = owner_at(reading.layout, float(np.float32(x)), float(np.float32(y)), plain.blobgan.resolution)
        wanted = plain.name if place < 0 else reading.names[place]
        assert [item.name for item in bpy.context.selected_objects] == [wanted]


def test_picking_follows_the_stack_and_what_is_hidden(plain: Object) -> None:
    below, above = blobs_here()[1:3]
    above.location.xy = below.location.xy
    point = Point(plain, 0.3, 0.35)
    bpy.context.view_layer.update()
    assert blob_at(bpy.context, point) == above
    select(below)
    bpy.ops.blobgan.reorder_blob(to="FRONT")
    assert blob_at(bpy.context, point) == below
    below.hide_set(True)
    assert blob_at(bpy.context, point) == above


def test_it_is_grey_without_a_canvas() -> None:
    assert not bpy.ops.blobgan.select_in_picture.poll()


def test_a_click_takes_at_most_20_ms(plain: Object) -> None:
    for _ in range(2):
        duplicate(*blobs_here())
    settle()
    assert len(blobs_here()) == 20
    times = []
    for _ in range(20):
        began = time.perf_counter()
        blob_at(bpy.context, Point(plain, 0.3, 0.35))
        times.append(time.perf_counter() - began)
    assert min(times) < 0.02


def test_the_ring_of_the_overlay_is_the_ring_of_the_empty(canvas: Object) -> None:
    blobs = blobs_here()
    blobs[0].rotation_euler.z, blobs[0].scale = 0.7, (0.4, 0.2, 0.2)
    canvas.location.x = 3
    bpy.context.view_layer.update()
    geometry = evaluated_geometry(canvas, blobs, bpy.context.evaluated_depsgraph_get())
    made = vertices(geometry, palette(5)[1:], np.zeros(5, bool), canvas.blobgan.ab_norm, 64, -15)
    for place, row in enumerate(geometry.order):
        corners, own = made.position[6 * place : 6 * place + 6], made.own[6 * place : 6 * place + 6]
        # The map from the blob's own coordinates to the canvas, from three corners of its quad
        solved = np.linalg.lstsq(np.c_[own[:3], np.ones(3)], corners[:3, :2], rcond=None)[0]
        local = np.array(canvas.matrix_world.inverted() @ blobs[row].matrix_world)
        np.testing.assert_allclose(solved[:2].T @ solved[:2], local[:2, :2] @ local[:2, :2].T, atol=1e-5)
        np.testing.assert_allclose(solved[2], local[:2, 3] + [1 / 64, -1 / 64], atol=1e-5)
    sizes = made.blob[::6, 0]
    assert made.blob[::6, 1] == pytest.approx(softplus(sizes), rel=1e-5)


def test_a_faint_blob_is_a_small_ring_on_its_empty(canvas: Object) -> None:
    """Where a click selects it: half a pixel of the model may be more than such a ring."""
    blobs = blobs_here()
    blobs[2].scale *= 0.02
    bpy.context.view_layer.update()
    geometry = evaluated_geometry(canvas, blobs, bpy.context.evaluated_depsgraph_get())
    made = vertices(geometry, palette(5)[1:], np.zeros(5, bool), canvas.blobgan.ab_norm, 64, -3.0)
    place = geometry.order.tolist().index(2)
    assert made.blob[6 * place, 3] == 1
    quad = made.position[6 * place : 6 * place + 6, :2]
    assert np.ptp(quad, axis=0).max() < 5 * MARKER
    assert np.isfinite(made.position).all()
    assert quad.mean(axis=0) == pytest.approx(blobs[2].location.xy, abs=1e-5)


def rings(made: Vertices) -> np.ndarray:
    """(M,) the radii of circles as large as the rings, in canvas units."""
    corners, own = made.position.reshape(-1, 6, 3)[:, :3, :2], made.own.reshape(-1, 6, 2)[:, :3]
    sides, own_sides = corners[:, 1:] - corners[:, :1], own[:, 1:] - own[:, :1]
    return np.sqrt(np.abs(np.linalg.det(sides) / np.linalg.det(own_sides)))


@pytest.mark.parametrize("threshold", [-15.0, -8.0, -3.0, -1.0, 5.0])
@pytest.mark.parametrize("ab_norm", [0.02, 0.006, 0.001, 0.0002])
def test_a_faint_blob_never_looks_larger_than_another(ab_norm: float, threshold: float) -> None:
    sizes = np.sort(np.r_[np.linspace(-15, 20, 71), threshold + np.array([-1e-3, 0, 1e-3])])
    count = len(sizes)
    aspects = ab_norm * np.array([3.0, 1 / 3])
    covs = cov_from_ellipse(np.tile(aspects, (count, 1)), np.linspace(0, 3, count))
    middle = np.full(count, 0.5)
    geometry = Geometry(middle, middle, sizes, covs, np.arange(count), np.zeros(count, bool))
    made = vertices(geometry, np.ones((count, 3)), np.zeros(count, bool), ab_norm, 64, threshold)
    radii, faint = rings(made), made.blob[::6, 3] == 1
    assert np.array_equal(faint, sizes < threshold)
    assert radii[faint].max() <= radii[~faint].min() * (1 + 1e-4)
    assert LEAST * 0.999 <= radii.min() <= radii[faint].max() <= MARKER * 1.001
    own_rings = 2 * np.sqrt(ab_norm * softplus(sizes))
    seen = ~faint & (own_rings > LEAST)
    np.testing.assert_allclose(radii[seen], own_rings[seen], rtol=1e-4)


def test_the_overlay_follows_the_frame(plain: Object) -> None:
    """Playback and `frame_set` call no depsgraph handler."""
    blob = blobs_here()[0]
    blob.keyframe_insert("location", frame=1)
    blob.location.x += 1
    blob.keyframe_insert("location", frame=2)
    seen = []
    for frame in (1, 2):
        bpy.context.scene.frame_set(frame)
        (shown,) = overlay._of_view_layer(bpy.context)
        seen.append(float(shown.geometry.xs[shown.blobs.index(blob)]))
    assert seen == pytest.approx([0.1, 0.6])


def test_a_faint_blob_is_named_while_it_is_selected(plain: Object) -> None:
    settings, (faint, *others) = bpy.context.scene.blobgan, blobs_here()
    settings.map_names, settings.map_stacking = True, False
    faint.blobgan.size = settings.map_threshold - 1

    def texts() -> list[str]:
        (shown,) = overlay._of_view_layer(bpy.context)
        return [text for _x, _y, text in overlay.labels(bpy.context, shown, np.eye(4), (100, 100))]

    select(others[0])
    bpy.context.view_layer.update()
    assert texts() == [blob.name for blob in others]
    select(faint)
    assert texts() == [f"{faint.name} (faint)", *(blob.name for blob in others)]
