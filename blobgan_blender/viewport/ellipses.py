"""The blobs of a canvas as vertices: six for each, carrying what the overlay's shader needs. numpy only.

A blob's own coordinates u put its area-equivalent ellipse, the one its empty's ring shows, on the unit circle: there
the squared Mahalanobis distance is d² = softplus(s)·|u|², so that its opacity at u is sigmoid(s - softplus(s)·|u|²).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.canvas_space import Geometry
from ..core.ellipse import COV_EPSILON, softplus

# Radii in canvas units, those of circles as large as the rings.
MARKER = 0.04  # of the ring that stands for a blob too faint to be seen, at most
LEAST = 0.012  # of any ring: a smaller one could not be found
_EDGE = 5.5  # opacities below sigmoid(-5.5) = 0.4 % are not drawn
_CORNERS = np.array([(-1, -1), (1, -1), (1, 1), (-1, -1), (1, 1), (-1, 1)], np.float64)


@dataclass(frozen=True, eq=False)
class Vertices:
    """Six vertices for each of M blobs, back to front, float32.

    Attributes:
        position: (6M, 3) canvas space.
        own: (6M, 2) the blob's own coordinates u.
        color: (6M, 3) display colours.
        blob: (6M, 4) size logit s, softplus(s), 1 if selected, 1 if faint (then the ring alone is drawn).
    """

    position: np.ndarray
    own: np.ndarray
    color: np.ndarray
    blob: np.ndarray


def vertices(
    geometry: Geometry, colors: np.ndarray, selected: np.ndarray, ab_norm: float, resolution: int, threshold: float
) -> Vertices:
    """The vertices of a canvas's blobs.

    A marker is as large as the smallest ellipse that the threshold lets be drawn, so that a faint blob never looks
    larger than another. It stands on its blob's empty, to be clicked: there is nothing of the picture to stand on.

    Args:
        geometry: M blobs in stacking order, as `core.canvas_space.geometry_of` makes it.
        colors: (M, 3), in that order.
        selected: (M,) bool, in that order.
        ab_norm: the model's.
        resolution: the model's side in pixels: the picture shows a layout half a pixel to the right and down.
        threshold: size logit below which a blob is marked and not drawn.
    """
    count = len(geometry.xs)
    share = softplus(geometry.sizes)
    faint = geometry.sizes < threshold
    # Any matrix L with LLᵀ = cov turns the unit circle into the ellipse, turned within itself; this one takes no
    # angle and no eigenvalue.
    across = np.sqrt(geometry.covs[:, 0, 0] - COV_EPSILON)
    slant = geometry.covs[:, 0, 1] / across
    down = ab_norm / across
    radius = np.maximum(2 * np.sqrt(share), LEAST / np.sqrt(ab_norm))
    marker = np.clip(2 * np.sqrt(ab_norm * softplus(np.array(threshold))), LEAST, MARKER)
    across, slant, down = (
        np.where(faint, marked, radius * value)[:, None]
        for value, marked in ((across, marker), (slant, 0.0), (down, marker))
    )
    # The ring lies at |u| = 1; beyond it the opacity fades out. A marker's line may be as wide as it is large.
    reach = np.sqrt(np.maximum(geometry.sizes + _EDGE, 0) / np.maximum(share, 1e-12))
    reach = np.where(faint, 2.0, np.maximum(reach, 1.1))
    own = _CORNERS[None] * reach[:, None, None]  # (M, 6, 2)
    position = np.zeros((count, 6, 3))
    shift = np.where(faint, 0.0, 1 / resolution)
    position[..., 0] = (2 * geometry.xs - 1 + shift)[:, None] + across * own[..., 0]
    position[..., 1] = (1 - 2 * geometry.ys - shift)[:, None] - slant * own[..., 0] - down * own[..., 1]
    blob = np.stack([geometry.sizes, share, selected, faint], axis=-1)
    return Vertices(
        position=position.reshape(-1, 3).astype(np.float32),
        own=own.reshape(-1, 2).astype(np.float32),
        color=np.repeat(np.asarray(colors, np.float32), 6, axis=0),
        blob=np.repeat(blob, 6, axis=0).astype(np.float32),
    )
