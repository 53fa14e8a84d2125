"""Resizing, against Pillow's own."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from blobgan_blender.core.filters import FILTERS, resize

PICTURE = np.random.RandomState(0).standard_normal((2, 48, 64)).astype(np.float32)
SIZES = [(150, 97), (40, 33), (64, 96), (128, 96), (7, 9)]
PILLOWS = {"LANCZOS": Image.Resampling.LANCZOS, "LINEAR": Image.Resampling.BILINEAR, "BOX": Image.Resampling.BOX}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PILLOWS)
def test_as_pillow_does_it(name: str, size: tuple[int, int]) -> None:
    for plane, found in zip(PICTURE, resize(PICTURE, size, name), strict=True):
        np.testing.assert_allclose(found, np.asarray(Image.fromarray(plane).resize(size, PILLOWS[name])), atol=2e-6)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", FILTERS)
def test_a_region_is_bit_for_bit_a_piece_of_the_whole(name: str, size: tuple[int, int]) -> None:
    whole = resize(PICTURE, size, name)
    assert whole.shape == (2, size[1], size[0])
    left, top, right, bottom = size[0] // 3, size[1] // 4, size[0] - 1, size[1] - 2
    piece = resize(PICTURE, size, name, (left, top, right, bottom))
    assert np.array_equal(piece, whole[:, top:bottom, left:right])


@pytest.mark.parametrize("name", FILTERS)
def test_the_pictures_own_size_leaves_its_values_alone(name: str) -> None:
    assert np.array_equal(resize(PICTURE, (64, 48), name), PICTURE)
    assert np.array_equal(resize(PICTURE, (64, 48), name, (3, 4, 9, 10)), PICTURE[:, 4:10, 3:9])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", FILTERS)
def test_an_even_colour_stays_even(name: str, size: tuple[int, int]) -> None:
    np.testing.assert_allclose(resize(np.full((48, 64), 0.7), size, name), 0.7, rtol=1e-6)
