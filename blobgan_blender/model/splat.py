"""The splat: blobs → opacities on a grid, composited, at every resolution of the decoder (`parity.md` 6–8, 12)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.blob_map import GAIN
from ..core.layout import Layout
from ..library.architecture import COARSEST


def scores(layout: Layout[Tensor], side: int) -> Tensor:
    """Opacity of each blob alone: (N, M+1, side, side) in [0, 1]; the background's (row 0) is 1 everywhere.

    The grid is pixel / side, with no half pixel, as in the official implementation.
    """
    n = layout.xs.shape[0]
    grid = torch.arange(side, dtype=layout.xs.dtype, device=layout.xs.device) / side
    dx = grid - layout.xs[..., None]  # (N, M, W)
    dy = grid - layout.ys[..., None]  # (N, M, H)
    a, b, d = layout.covs[..., 0, 0], layout.covs[..., 0, 1], layout.covs[..., 1, 1]
    b2 = b + layout.covs[..., 1, 0]
    det = a * d - b * layout.covs[..., 1, 0]
    # vᵀ cov⁻¹ v with the closed-form inverse of a 2×2 matrix
    across = (d / det)[..., None] * dx.square()
    down = (a / det)[..., None] * dy.square()
    mixed = (b2 / det)[..., None, None] * dy[..., :, None] * dx[..., None, :]
    distance = across[..., None, :] + down[..., :, None] - mixed  # (N, M, H, W)
    blobs = torch.sigmoid(layout.sizes[:, 1:, None, None] - distance)
    return torch.cat([blobs.new_ones(n, 1, side, side), blobs], dim=1)


def composite(alone: Tensor) -> Tensor:
    """Opacities (N, M+1, H, W) of blobs alone → what is seen of each behind those in front; sums to 1 over M+1."""
    through = 1 - alone[:, 1:]
    # ∏ over the blobs in front of each: a reversed cumulative product, shifted by one
    in_front = torch.flip(torch.cumprod(torch.flip(through, [1]), dim=1), [1])
    in_front = torch.cat([in_front, torch.ones_like(alone[:, :1])], dim=1)
    return alone * in_front


def pyramid(splat: Tensor) -> dict[int, Tensor]:
    """The splat at every power of two from its own side down to 16, by exact 2×2 means."""
    levels = {splat.shape[-1]: splat}
    while splat.shape[-1] > COARSEST:
        splat = F.avg_pool2d(splat, 2)
        levels[splat.shape[-1]] = splat
    return levels


def blob_map(layout: Layout[Tensor], colors: Tensor, side: int, gain: float = GAIN) -> Tensor:
    """A picture of the layout: (N, 3, side, side), each blob in its colour of `colors` (at least M+1, 3)."""
    alone = (scores(layout, side) * gain).clamp(max=1)
    return torch.einsum("nmhw,mc->nchw", composite(alone), colors[: layout.sizes.shape[1]])
