"""Colours of blobs: the same index has the same colour in every blob map, list and overlay."""

from __future__ import annotations

import colorsys

import numpy as np

_GOLDEN = 0.61803398875  # of a full turn of hue: neighbours in the list stay far apart
BACKGROUND = (0.93, 0.92, 0.90)


def palette(blobs: int) -> np.ndarray:
    """Display colours, float32 (blobs + 1, 3) in [0, 1]; row 0 is the background's."""
    rows = [BACKGROUND]
    for index in range(blobs):
        lightness = (0.56, 0.44, 0.68)[index % 3]
        rows.append(colorsys.hls_to_rgb((0.02 + index * _GOLDEN) % 1.0, lightness, 0.62))
    return np.array(rows, np.float32)
