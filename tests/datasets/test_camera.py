"""The pinhole camera: what it projects, it finds again."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobgan_blender.datasets.camera import Box, Camera

CAMERA = Camera(x=0.1, y=-6.3, z=1.6, pitch=0.04, yaw=-0.02, fov=math.radians(50))


@given(u=st.floats(0, 1), v=st.floats(0, 1), y=st.floats(-3, 0))
def test_a_picture_point_comes_back(u: float, v: float, y: float) -> None:
    assert CAMERA.project(CAMERA.at(u, v, y))[:2] == pytest.approx((u, v), abs=1e-9)


def test_right_is_right_and_up_is_up() -> None:
    level = Camera(0.0, -6.0, 1.5, 0.0, 0.0, math.radians(50))
    assert level.project((0.0, 0.0, 1.5)) == pytest.approx((0.5, 0.5, 6.0))
    u, v, _ = level.project((1.0, 0.0, 2.5))
    assert u > 0.5 > v


def test_boxes_meet_in_what_they_share() -> None:
    assert Box(0, 0, 2, 2).meet(Box(1, 1, 3, 3)) == Box(1, 1, 2, 2)
    assert Box(0, 0, 1, 1).meet(Box(2, 2, 3, 3)).area == 0
    assert Box(-1, 0.5, 0.5, 2).clipped() == Box(0, 0.5, 0.5, 1)
