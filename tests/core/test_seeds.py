"""Seeds give the same numbers for good, whatever else changes."""

from __future__ import annotations

import numpy as np
import pytest

from blobgan_blender import options
from blobgan_blender.core.seeds import MAX_SEED, noise_count, noise_from_seed, noise_side, z_from_seed, z_near


def test_z_is_frozen() -> None:
    z = z_from_seed(0, 2, 3)
    assert z.dtype == np.float32
    assert z[0] == pytest.approx([1.7640524, 0.4001572, 0.978738])
    assert z[1] == pytest.approx([2.2408931, 1.867558, -0.9772779])
    assert z_from_seed(MAX_SEED, 1, 2)[0] == pytest.approx([1.628681, -1.1083224])


def test_a_row_does_not_depend_on_how_many_are_asked_for() -> None:
    assert np.array_equal(z_from_seed(7, 5, 16)[:2], z_from_seed(7, 2, 16))


def test_noise_is_frozen_and_fits_the_decoder() -> None:
    maps = noise_from_seed(3, 64)
    assert [map_.shape for map_ in maps] == [(1, 1, side, side) for side in (16, 32, 32, 64, 64)]
    assert all(map_.dtype == np.float32 for map_ in maps)
    assert maps[0][0, 0, 0, :2] == pytest.approx([1.7886285, 0.43650985])
    assert maps[4][0, 0, -1, -1] == pytest.approx(0.1727861)


@pytest.mark.parametrize(("resolution", "maps"), [(16, 1), (32, 3), (64, 5), (128, 7), (256, 9)])
def test_a_map_for_each_convolution(resolution: int, maps: int) -> None:
    assert noise_count(resolution) == maps
    assert noise_side(maps - 1) == resolution


def test_the_command_line_takes_the_same_seeds() -> None:
    assert options.MOST == MAX_SEED


def test_noise_near_a_seed_is_as_long_and_not_far() -> None:
    z, near, further = z_from_seed(5, 1, 512), z_near(5, [1], 512), z_near(5, [1, 2, 3], 512)
    lengths = [np.linalg.norm(each) for each in (z, near, further)]
    assert max(lengths) / min(lengths) < 1.15
    angles = [float(np.arccos((z * each).sum() / np.linalg.norm(z) / np.linalg.norm(each))) for each in (near, further)]
    assert 0.3 < angles[0] < 0.6 < angles[1] < 1.2
    assert np.array_equal(z_near(5, [], 512), z)
    assert not np.array_equal(near, z_near(5, [2], 512))
