"""Layouts filled up with blobs that are nowhere, so that a GPU multiplies whole tiles.

Its matrix units take eight rows at once: 31 opacities of a pixel cost more than 32. And layouts of like numbers of
blobs become layouts of one number, for which one recording, and one compiling, does.
"""

from __future__ import annotations

import numpy as np

from ..core.layout import Layout

TILE = 8  # rows: the background's and the blobs'
_NOWHERE = -1e4  # size logit at which an opacity is 0 exactly
_ROUND = np.eye(2, dtype=np.float32)


def padded_blobs(blobs: int) -> int:
    """How many blobs `padded` makes of so many."""
    return blobs + -(blobs + 1) % TILE


def padded(layout: Layout[np.ndarray]) -> Layout[np.ndarray]:
    """The layout with blobs of opacity 0 in front of its own, up to a whole number of tiles: it looks the same."""
    more = padded_blobs(layout.blobs) - layout.blobs

    def with_more(array: np.ndarray, value: float | np.ndarray = 0.0) -> np.ndarray:
        n, rows, *rest = array.shape
        whole = np.empty((n, rows + more, *rest), array.dtype)
        whole[:, :rows], whole[:, rows:] = array, value
        return whole

    return Layout(
        xs=with_more(layout.xs),
        ys=with_more(layout.ys),
        covs=with_more(layout.covs, _ROUND),
        sizes=with_more(layout.sizes, _NOWHERE),
        features=with_more(layout.features),
        spatial_style=with_more(layout.spatial_style),
    )
