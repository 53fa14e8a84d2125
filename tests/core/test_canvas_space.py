"""Layouts on a canvas: centres, stacking, what lies nowhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobgan_blender.core.canvas_space import STACK_QUANTUM, STACK_STEP, affine_inverse, geometry_of, placements
from blobgan_blender.core.ellipse import cov_from_ellipse

AB_NORM = 0.02
ROUND = cov_from_ellipse(np.array([AB_NORM, AB_NORM]), np.array(0.0))


def empties(heights: list[float]) -> np.ndarray:
    """(M, 4, 4) at the given heights; blob i has its centre at x = i on the canvas."""
    matrices = np.tile(np.diag([0.1, 0.1, 0.1, 1.0]), (len(heights), 1, 1))
    matrices[:, 0, 3], matrices[:, 2, 3] = np.arange(len(heights)), heights
    return matrices


def order_of(heights: list[float], ties: list[int]) -> list[int]:
    return geometry_of(empties(heights), np.array(ties, int), AB_NORM).order.tolist()


def test_the_picture_spans_two_units_with_y_up() -> None:
    placed = placements(np.array([0, 1, 0.5]), np.array([0, 1, 0.5]), np.zeros(3), np.tile(ROUND, (3, 1, 1)), AB_NORM)
    assert [p.location for p in placed] == [(-1, 1, STACK_STEP), (1, -1, 2 * STACK_STEP), (0, 0, 3 * STACK_STEP)]


def test_a_new_layout_keeps_its_stacking_order() -> None:
    blobs = 40
    placed = placements(np.zeros(blobs), np.zeros(blobs), np.zeros(blobs), np.tile(ROUND, (blobs, 1, 1)), AB_NORM)
    assert order_of([p.location[2] for p in placed], [0] * blobs) == list(range(blobs))


def test_the_higher_lies_in_front_and_ties_go_by_order() -> None:
    assert order_of([0.3, 0.1, 0.2], [0, 0, 0]) == [1, 2, 0]
    assert order_of([0.1, 0.1, 0.1], [5, 7, 6]) == [0, 2, 1]
    assert order_of([0.1, 0.1], [3, 3]) == [0, 1], "the first stays behind where nothing decides"


def test_differences_of_rounding_do_not_stack() -> None:
    rounding = STACK_QUANTUM / 3
    assert order_of([0.01 + rounding, 0.01], [0, 1]) == [0, 1]
    assert order_of([0.01 + 2 * STACK_QUANTUM, 0.01], [0, 1]) == [1, 0]


def test_rows_follow_the_stacking_order() -> None:
    geometry = geometry_of(empties([0.2, 0.1]), np.zeros(2, int), AB_NORM)
    assert geometry.xs.tolist() == [1.0, 0.5]  # canvas x = 1, then 0


def test_no_blobs_make_no_rows() -> None:
    geometry = geometry_of(np.zeros((0, 4, 4)), np.zeros(0, int), AB_NORM)
    assert geometry.xs.shape == geometry.order.shape == (0,)
    assert geometry.covs.shape == (0, 2, 2)


@given(st.lists(st.floats(width=64), min_size=16, max_size=16))
def test_any_matrix_gives_a_finite_blob(numbers: list[float]) -> None:
    matrix = np.array(numbers).reshape(1, 4, 4)
    geometry = geometry_of(matrix, np.zeros(1, int), AB_NORM)

    for values in (geometry.xs, geometry.ys, geometry.sizes, geometry.covs):
        assert np.isfinite(values.astype(np.float32)).all()
    if not np.isfinite(matrix[:, :3, 3]).all():
        assert geometry.clamped[0]
        assert abs(geometry.xs[0]) > 1000, "outside the picture"


@given(st.integers(0, 2**32 - 1))
def test_the_inverse_undoes_a_canvass_place(seed: int) -> None:
    random = np.random.RandomState(seed)
    matrix = np.eye(4)
    turned, _ = np.linalg.qr(random.standard_normal((3, 3)))
    matrix[:3, :3] = turned * random.uniform(0.1, 10, 3) + np.triu(random.uniform(-0.05, 0.05, (3, 3)), 1)
    matrix[:3, 3] = random.uniform(-100, 100, 3)
    np.testing.assert_allclose(affine_inverse(matrix) @ matrix, np.eye(4), atol=1e-10)
    np.testing.assert_allclose(affine_inverse(matrix), np.linalg.inv(matrix), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("scale", [0.0, np.nan, np.inf])
def test_a_canvas_scaled_to_nothing_has_no_inverse(scale: float) -> None:
    assert np.isnan(affine_inverse(np.diag([1.0, scale, 1.0, 1.0]))).all()
