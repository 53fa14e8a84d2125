"""Colours that can be told apart."""

from __future__ import annotations

import itertools

import numpy as np

from blobgan_blender.core.palette import palette


def test_colours_are_distinct_and_lasting() -> None:
    colors = palette(40)
    assert colors.shape == (41, 3)
    assert colors.dtype == np.float32
    assert colors.min() >= 0
    assert colors.max() <= 1
    nearest = min(float(np.abs(a - b).max()) for a, b in itertools.combinations(colors, 2))
    assert nearest > 4 / 255, "no two of 40 blobs look the same in 8 bits"
    neighbours = np.abs(np.diff(colors[1:], axis=0)).max(axis=1)
    assert neighbours.min() > 0.2
    assert np.array_equal(palette(10), colors[:11]), "a blob keeps its colour when others come"
