"""Between appearances, between rooms, and out of sight."""

from __future__ import annotations

import numpy as np
import pytest

from blobgan_blender.core.canvas_space import Placement, followed
from blobgan_blender.core.ellipse import faded, softplus
from blobgan_blender.core.morph import along, between
from blobgan_blender.core.seeds import z_between, z_from_seed

STAGES = np.random.RandomState(0).standard_normal((4, 96)).astype(np.float32)
STAGES /= np.sqrt(np.square(STAGES).mean(axis=1, keepdims=True))  # as a layout network norms them


@pytest.mark.parametrize("spherical", [True, False])
def test_each_stage_comes_out_bit_for_bit(spherical: bool) -> None:
    for number, stage in enumerate(STAGES):
        assert np.array_equal(along(STAGES, number / 3, spherical), stage)
    assert np.array_equal(along(STAGES, -1, spherical), STAGES[0])
    assert np.array_equal(along(STAGES, 2, spherical), STAGES[3])
    assert np.array_equal(along(STAGES[:1], 0.5, spherical), STAGES[0])


def test_the_sphere_is_never_left_and_the_turn_is_even() -> None:
    way = np.stack([along(STAGES[:2], amount, True) for amount in np.linspace(0, 1, 11)])
    np.testing.assert_allclose(np.square(way).mean(axis=1), 1, rtol=1e-5)
    steps = np.arccos(np.clip((way[1:] * way[:-1]).mean(axis=1), -1, 1))
    np.testing.assert_allclose(steps, steps[0], rtol=1e-3)


def test_many_at_once_go_as_each_alone_does() -> None:
    others = np.stack([STAGES[1], STAGES[0], -STAGES[2], 0 * STAGES[3]])  # also along, opposite and nowhere
    together = between(STAGES[None], others, 0.3, True)
    assert together.shape == (1, *STAGES.shape)
    for found, first, second in zip(together[0], STAGES, others, strict=True):
        np.testing.assert_allclose(found, along(np.stack([first, second]), 0.3, True), rtol=1e-6, atol=1e-7)
    assert np.array_equal(between(STAGES, STAGES[3], 1.0, True), np.stack([STAGES[3]] * 4))


def test_a_model_that_norms_nothing_goes_straight() -> None:
    np.testing.assert_allclose(along(STAGES[:2], 0.25, False), 0.75 * STAGES[0] + 0.25 * STAGES[1], rtol=1e-5)


@pytest.mark.parametrize("other", [STAGES[0], -STAGES[0], 0 * STAGES[0]])
def test_ways_that_a_sphere_does_not_have(other: np.ndarray) -> None:
    assert np.isfinite(along(np.stack([STAGES[0], other]), 0.5, True)).all()


def test_noise_between_seeds_is_as_long_as_noise_is() -> None:
    way = z_between(z_from_seed(3, 1, 256), z_from_seed(8, 1, 256), 9)
    assert np.array_equal(way[[0]], z_from_seed(3, 1, 256))
    assert np.array_equal(way[[-1]], z_from_seed(8, 1, 256))
    assert np.square(way).mean(axis=1).min() > 0.85


def matrix(place: Placement) -> np.ndarray:
    turn = np.array([[np.cos(place.angle), -np.sin(place.angle)], [np.sin(place.angle), np.cos(place.angle)]])
    return turn @ np.diag(place.scale[:2])


def test_an_ellipse_is_followed_the_short_way() -> None:
    before = Placement((0, 0, 0), 1.5, (0.3, 0.2, 0.24))
    for angle, scale in ((-1.5, (0.31, 0.2)), (0.05, (0.21, 0.29)), (4.6, (0.3, 0.2)), (1.4, (0.3, 0.2))):
        after = Placement((1, 2, 3), angle, (*scale, 0.24))
        found = followed(before, after)
        assert abs(found.angle - before.angle) < 0.2
        assert found.location == (1, 2, 3)
        a, b = matrix(found), matrix(after)
        np.testing.assert_allclose(a @ a.T, b @ b.T, atol=1e-12)


def test_opacity_multiplies_what_a_blob_owns_of_the_picture() -> None:
    sizes = np.array([-15.0, -3.0, 0.0, 5.0, 20.0])
    assert np.array_equal(faded(sizes, np.ones(5)), sizes)
    for opacity in (0.9, 0.5, 0.01):
        found = softplus(faded(sizes[1:], np.full(4, opacity)))
        np.testing.assert_allclose(found, opacity * softplus(sizes[1:]), rtol=1e-6)
    assert (faded(sizes, np.zeros(5)) <= -15).all()
