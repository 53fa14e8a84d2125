"""The ellipse algebra of the design: round trips in its domain, projection and clamping outside it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from blobgan_blender.core import ellipse
from blobgan_blender.core.canvas_space import Placement, geometry_of, placements

AB_NORM = 0.02


def spread(low: float, high: float) -> st.SearchStrategy[float]:
    """Floats spread evenly in the logarithm."""
    return st.floats(math.log(low), math.log(high)).map(math.exp)


angles = st.floats(-math.pi, math.pi)
sizes = st.floats(*ellipse.SIZE_RANGE)
aspects = spread(1.0, ellipse.MAX_ASPECT)


def covariance(aspect: float, angle: float, area: float = 1.0) -> np.ndarray:
    """(2, 2) with λ1/λ2 = aspect, its major axis at `angle` in the picture, `area` times the model's area."""
    root = math.sqrt(aspect)
    return ellipse.cov_from_ellipse(AB_NORM * area * np.array([root, 1 / root]), np.array(angle))


def homogeneous(linear: np.ndarray, location: np.ndarray) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = linear, location
    return matrix


def matrix_of(placement: Placement) -> np.ndarray:
    """(4, 4) of an empty that stands as told."""
    c, s = math.cos(placement.angle), math.sin(placement.angle)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    return homogeneous(turn @ np.diag(placement.scale), np.array(placement.location))


def rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    """(3, 3), Rodrigues' formula."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross


@st.composite
def rotations(draw: DrawFn) -> np.ndarray:
    axis = np.array([draw(st.floats(-1, 1)) for _ in range(3)])
    assume(np.linalg.norm(axis) > 0.1)
    return rotation(axis, draw(angles))


@st.composite
def canvases(draw: DrawFn) -> np.ndarray:
    """World matrices of canvases: within 100 units, scales in [0.1, 10] of either sign, shear condition ≤ 100."""
    scale = np.diag([draw(spread(0.1, 10)) * draw(st.sampled_from([-1, 1])) for _ in range(3)])
    stretch = draw(rotations())
    condition = draw(spread(1, 100))
    # A shear is a stretch along other axes than the own ones.
    shear = stretch @ np.diag([1, 1 / condition, 1 / math.sqrt(condition)]) @ stretch.T
    location = np.array([draw(st.floats(-100, 100)) for _ in range(3)])
    return homogeneous(draw(rotations()) @ scale @ shear, location)


@settings(max_examples=300)
@given(
    x=st.floats(-2, 3),
    y=st.floats(-2, 3),
    size=sizes,
    aspect=aspects,
    angle=angles,
    canvas=canvases(),
    parents=st.lists(canvases(), max_size=2),
)
@example(x=0.5, y=0.5, size=-15, aspect=1e4, angle=0.3, canvas=np.eye(4), parents=[])
@example(x=0, y=1, size=400, aspect=1, angle=0, canvas=np.eye(4), parents=[])
def test_layout_to_empties_to_layout(
    x: float, y: float, size: float, aspect: float, angle: float, canvas: np.ndarray, parents: list[np.ndarray]
) -> None:
    cov = covariance(aspect, angle)
    (placed,) = placements(np.array([x]), np.array([y]), np.array([size]), cov[None], AB_NORM)
    local = matrix_of(placed)
    # Parented with its transform kept: what the parents do is undone in its own matrix.
    world = canvas
    for parent in parents:
        world, local = world @ parent, np.linalg.inv(parent) @ local
    seen = np.linalg.inv(canvas) @ (world @ local)

    geometry = geometry_of(seen[None], np.zeros(1, int), AB_NORM)

    assert geometry.xs[0] == pytest.approx(x, abs=1e-5)
    assert geometry.ys[0] == pytest.approx(y, abs=1e-5)
    assert geometry.sizes[0] == pytest.approx(size, abs=1e-5)
    assert np.abs(geometry.covs[0] - cov).max() <= 1e-5 * max(1, np.abs(cov).max())
    assert not geometry.clamped[0]


@given(size=sizes, aspect=aspects, angle=angles)
def test_float32_layouts_of_the_network_need_no_projection(size: float, aspect: float, angle: float) -> None:
    size, cov = float(np.float32(size)), covariance(aspect, angle).astype(np.float32)

    assert ellipse.has_model_determinant(cov, AB_NORM)
    turn, scales = ellipse.matrix_from_blob(np.float32(size), cov, AB_NORM)
    back_size, back_cov, clamped = ellipse.blob_from_matrix(matrix_2d(turn, scales), AB_NORM)

    assert back_size == pytest.approx(size, abs=1e-5)
    assert np.abs(back_cov - cov).max() <= 1e-5 * max(1, np.abs(cov).max())
    assert not clamped


def matrix_2d(turn: np.ndarray, scales: np.ndarray) -> np.ndarray:
    c, s = math.cos(turn), math.sin(turn)
    return np.array([[c, -s], [s, c]]) @ np.diag(scales)


@given(size=st.floats(-8, 8), aspect=spread(1.1, 1e3), angle=angles, area=spread(0.02, 50))
def test_a_free_determinant_is_projected_with_its_area_angle_and_aspect(
    size: float, aspect: float, angle: float, area: float
) -> None:
    cov = covariance(aspect, angle, area)
    share = ellipse.softplus(size) * area
    assume(ellipse.softplus(-15.0) < share < ellipse.SIZE_RANGE[1])
    assume(not ellipse.has_model_determinant(cov, AB_NORM))
    turn, scales = ellipse.matrix_from_blob(np.array(size), cov, AB_NORM)
    new_size, new_cov, clamped = ellipse.blob_from_matrix(matrix_2d(turn, scales), AB_NORM)

    assert not clamped
    assert ellipse.area_scale(new_cov, AB_NORM) == pytest.approx(1, rel=1e-6)
    assert ellipse.softplus(new_size) == pytest.approx(share, rel=1e-6)
    old, new = principal(cov), principal(new_cov)
    assert new.aspect == pytest.approx(old.aspect, rel=1e-6)
    assert abs(math.sin(new.angle - old.angle)) < 1e-6


class principal:
    """Aspect λ1/λ2 of cov - 1e-5·I and the angle of its major axis, by numpy's eigenvectors."""

    def __init__(self, cov: np.ndarray) -> None:
        values, vectors = np.linalg.eigh(cov - ellipse.COV_EPSILON * np.eye(2))
        self.aspect = values[1] / values[0]
        self.angle = math.atan2(vectors[1, 1], vectors[0, 1])


def test_a_large_sharp_blob_can_be_made_as_large_as_the_picture() -> None:
    """A model of small covariances has beds of size logit 20 and more."""
    ab_norm, sizes = 0.001, np.array([12.0, 24.0, 34.0])
    cov = ellipse.cov_from_ellipse(ab_norm * np.array([2.0, 0.5]), np.array(0.3))
    turn, scales = ellipse.matrix_from_blob(sizes[1], cov, ab_norm)
    for size in sizes:
        factor = math.sqrt(size / sizes[1])
        found, _, clamped = ellipse.blob_from_matrix(factor * matrix_2d(turn, scales), ab_norm)
        assert found == pytest.approx(size, abs=1e-4)
        assert not clamped
    whole, _, clamped = ellipse.blob_from_matrix(math.sqrt(4 / math.pi) * np.eye(2), ab_norm)
    assert ellipse.owned(whole, ab_norm) == pytest.approx(1)
    assert not clamped


@given(size=st.floats(-40, -15), angle=angles)
def test_a_size_below_the_range_is_stored_as_the_least_with_its_angle(size: float, angle: float) -> None:
    turn, scales = ellipse.matrix_from_blob(np.array(size), covariance(9, angle), AB_NORM)
    new_size, new_cov, clamped = ellipse.blob_from_matrix(matrix_2d(turn, scales), AB_NORM)

    assert new_size == pytest.approx(-15, abs=1e-5)
    assert abs(math.sin(principal(new_cov).angle - angle)) < 1e-6
    assert not clamped


@pytest.mark.parametrize(
    "matrix",
    [
        pytest.param(np.zeros((2, 2)), id="zero"),
        pytest.param(np.full((2, 2), np.nan), id="NaN"),
        pytest.param(np.array([[np.inf, 0], [0, 1]]), id="infinite"),
        pytest.param(np.diag([1e9, 1e9]), id="1e9"),
        pytest.param(np.diag([1e300, 1e300]), id="beyond squaring"),
        pytest.param(np.diag([1e-300, 1e-300]), id="below squaring"),
        pytest.param(np.diag([1.0, 0.0]), id="flat"),
        pytest.param(np.array([[1.0, 1.0], [1.0, 1.0]]), id="flat and turned"),
        pytest.param(np.diag([1.0, 1e-3]), id="too long"),
    ],
)
def test_what_no_blob_can_be_is_clamped_and_named(matrix: np.ndarray) -> None:
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        size, cov, clamped = ellipse.blob_from_matrix(matrix, AB_NORM)

    assert clamped
    assert ellipse.SIZE_RANGE[0] <= size <= ellipse.SIZE_RANGE[1]
    assert np.linalg.eigvalsh(cov).min() > 0
    assert principal(cov).aspect <= ellipse.MAX_ASPECT * (1 + 1e-6)
    assert ellipse.area_scale(cov, AB_NORM) == pytest.approx(1, rel=1e-6)


@given(st.lists(st.floats(width=64), min_size=4, max_size=4))
def test_any_four_numbers_make_an_ellipse(numbers: list[float]) -> None:
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        size, cov, _ = ellipse.blob_from_matrix(np.array(numbers).reshape(2, 2), AB_NORM)
    assert np.isfinite(size)
    assert np.isfinite(cov).all()
    assert np.linalg.eigvalsh(cov).min() > 0


def test_a_quarter_turn_and_a_mirror_mean_what_they_look_like() -> None:
    """Counter-clockwise on the canvas is clockwise in the picture, whose y points down."""
    wide = np.diag([0.4, 0.2])
    up_right = matrix_2d(np.array(math.pi / 4), np.array([0.4, 0.2]))
    _, level, _ = ellipse.blob_from_matrix(wide, AB_NORM)
    _, tilted, _ = ellipse.blob_from_matrix(up_right, AB_NORM)
    _, mirrored, _ = ellipse.blob_from_matrix(np.diag([-1, 1]) @ up_right, AB_NORM)

    assert level[0, 0] > level[1, 1]
    assert level[0, 1] == 0
    assert tilted[0, 1] < 0, "its right end is higher, so x grows as y falls"
    assert mirrored[0, 1] == pytest.approx(-tilted[0, 1])


def test_a_uniform_scale_is_the_size_and_an_aspect_the_covariance() -> None:
    size, cov, _ = ellipse.blob_from_matrix(np.diag([0.1, 0.05]), AB_NORM)
    larger_size, same_cov, _ = ellipse.blob_from_matrix(np.diag([0.2, 0.1]), AB_NORM)
    same_size, other_cov, _ = ellipse.blob_from_matrix(np.diag([0.05, 0.1]), AB_NORM)

    assert ellipse.softplus(larger_size) == pytest.approx(4 * ellipse.softplus(size))
    assert np.allclose(same_cov, cov)
    assert same_size == pytest.approx(size)
    assert np.allclose(other_cov, cov[::-1, ::-1])


@pytest.mark.parametrize("size", [-6.0, -1.0, 0.0, 3.0, 12.0])
@pytest.mark.parametrize("aspect", [1.0, 7.0])
def test_the_area_is_the_integral_of_the_opacity(size: float, aspect: float) -> None:
    cov = covariance(aspect, 0.4)
    reach = np.sqrt(np.diag(cov) * (size + 40 if size > 0 else 40))
    x, y = (np.linspace(-r, r, 1601) for r in reach)
    offsets = np.stack(np.meshgrid(x, y), axis=-1)
    distance = np.einsum("hwi,ij,hwj->hw", offsets, np.linalg.inv(cov), offsets)
    integral = (1 / (1 + np.exp(np.clip(distance - size, None, 700)))).sum() * (x[1] - x[0]) * (y[1] - y[0])

    assert integral == pytest.approx(ellipse.owned(size, math.sqrt(np.linalg.det(cov))), rel=1e-3)


@given(size=sizes)
def test_softplus_is_undone(size: float) -> None:
    assert ellipse.softplus_inverse(ellipse.softplus(size)) == pytest.approx(size, abs=1e-9)
    assert ellipse.size_that_owns(ellipse.owned(size, AB_NORM), AB_NORM) == pytest.approx(size, abs=1e-9)
