"""The blob's numbers in the panel are its empty's, read and written."""

from __future__ import annotations

from math import pi

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import blobs_here, drawn, reading_of, same, settle, shown

from blobgan_blender.core.ellipse import ellipse_from_cov


def numbers(blob: Object, canvas: Object) -> tuple[float, float, float]:
    """Size, aspect and angle of what the picture gets."""
    reading = reading_of()
    place = reading.names.index(blob.name)
    eigenvalues, angle = ellipse_from_cov(reading.layout.covs[0, place], canvas.blobgan.ab_norm)
    aspect = float(np.sqrt(eigenvalues[0] / eigenvalues[1]))
    return float(reading.layout.sizes[0, place + 1]), aspect, float(-angle)


def test_they_are_the_pictures(canvas: Object) -> None:
    for blob in blobs_here():
        blob.scale.x *= 1.7
        size, aspect, angle = numbers(blob, canvas)
        assert blob.blobgan.size == pytest.approx(size, abs=1e-4)
        assert blob.blobgan.aspect == pytest.approx(aspect, rel=1e-4)
        assert blob.blobgan.angle == pytest.approx(angle, abs=1e-3)


@pytest.mark.parametrize("parented", [True, False])
def test_writing_one_keeps_the_others(canvas: Object, parented: bool) -> None:
    blob = blobs_here()[2]
    blob.scale.x *= 2
    canvas.location = (1, 2, 3)
    bpy.context.view_layer.update()
    if not parented:
        world = blob.matrix_world.copy()
        blob.parent = None
        blob.matrix_world = world
    before = numbers(blob, canvas)
    centre = reading_of().layout.xs[0, 2]
    wanted = list(before)
    for place, (name, value) in enumerate([("size", 1.5), ("aspect", 3.0), ("angle", 0.4)]):
        setattr(blob.blobgan, name, value)
        wanted[place] = value
        assert numbers(blob, canvas) == pytest.approx(wanted, abs=2e-3)
        bpy.context.view_layer.update()
    assert reading_of().layout.xs[0, 2] == pytest.approx(centre, abs=1e-5)
    settle()
    assert same(shown(), drawn())


def test_a_size_leaves_the_rotation_alone(canvas: Object) -> None:
    blob = blobs_here()[2]
    blob.rotation_euler.z = 4 * pi
    blob.blobgan.size += 1
    assert blob.rotation_euler.z == pytest.approx(4 * pi)
