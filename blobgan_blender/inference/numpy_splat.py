"""The splat in numpy: `model.splat` for a machine without torch (`parity.md` 6–8, 12). All float32."""

from __future__ import annotations

import numpy as np

from ..core.layout import Layout
from ..library.architecture import COARSEST


@np.errstate(divide="ignore", invalid="ignore")  # a flat blob makes values that are not finite: `render` refuses them
def scores(layout: Layout[np.ndarray], side: int) -> np.ndarray:
    """Opacity of each blob alone: (N, M+1, side, side) in [0, 1]; the background's (row 0) is 1 everywhere."""
    n, m = layout.xs.shape
    grid = np.arange(side, dtype=np.float32) / np.float32(side)
    dx, dy = grid - layout.xs[..., None], grid - layout.ys[..., None]  # (N, M, side)
    a, b, c, d = (layout.covs[..., i, j] for i in (0, 1) for j in (0, 1))
    det = a * d - b * c
    inverse = 1 / det
    across = (d * inverse)[..., None] * dx * dx
    down = (a * inverse)[..., None] * dy * dy
    mixed = ((b + c) * inverse)[..., None] * dy
    result = np.ones((n, m + 1, side, side), np.float32)
    exponent = result[:, 1:]
    np.multiply(mixed[..., :, None], dx[..., None, :], out=exponent)
    exponent -= across[..., None, :]
    exponent -= down[..., :, None]
    exponent += layout.sizes[:, 1:, None, None]
    # sigmoid, in place: tanh neither overflows nor loses the tails
    exponent *= 0.5
    np.tanh(exponent, out=exponent)
    exponent += 1
    exponent *= 0.5
    return result


def composite(alone: np.ndarray) -> np.ndarray:
    """Opacities (N, M+1, H, W) of blobs alone → what is seen of each behind those in front; sums to 1 over M+1."""
    seen = alone.copy()
    through = np.ones_like(alone[:, 0])
    for index in range(alone.shape[1] - 1, 0, -1):
        seen[:, index] *= through
        through *= 1 - alone[:, index]
    seen[:, 0] *= through
    return seen


def pyramid(splat: np.ndarray) -> dict[int, np.ndarray]:
    """The splat at every power of two from its own side down to 16, by exact 2×2 means."""
    levels = {splat.shape[-1]: splat}
    while splat.shape[-1] > COARSEST:
        rows = splat[..., 0::2, :] + splat[..., 1::2, :]
        splat = (rows[..., 0::2] + rows[..., 1::2]) * np.float32(0.25)
        levels[splat.shape[-1]] = splat
    return levels


def blob_map(layout: Layout[np.ndarray], colors: np.ndarray, side: int, gain: float) -> np.ndarray:
    """A picture of the layout: (N, 3, side, side), each blob in its colour of `colors` (at least M+1, 3)."""
    alone = np.minimum(scores(layout, side) * np.float32(gain), 1)
    return np.einsum("nmhw,mc->nchw", composite(alone), np.asarray(colors, np.float32)[: alone.shape[1]])
