"""The layout network: noise → layout (paper section 3.1, `parity.md` 2–5)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..core.ellipse import COV_EPSILON
from ..core.layout import Layout
from ..library.architecture import LAYERS
from ..library.card import ModelConfig
from .layers import EqualLinear, pixel_norm

LR_MUL = 0.01


class PixelNorm(nn.Module):
    """`pixel_norm` as the first, parameterless entry of the network."""

    def forward(self, x: Tensor) -> Tensor:
        """(…, C) → (…, C)."""
        return pixel_norm(x)


class LayoutNetwork(nn.Module):
    """An MLP of eight equalised linear layers whose output is read as M blobs and a background.

    The parameter names are the official checkpoints'.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        background = 1 + config.d_in + config.d_style
        per_blob = 1 + 2 + 4 + config.d_in + config.d_style
        widths = [config.d_noise, *[config.hidden] * (LAYERS - 1), background + config.blobs * per_blob]
        layers = [EqualLinear(widths[i], widths[i + 1], lr_mul=LR_MUL, activated=i < LAYERS - 1) for i in range(LAYERS)]
        self.mlp = nn.Sequential(PixelNorm(), *layers)

    def latent(self, z: Tensor) -> Tensor:
        """(N, d_noise) → (N, hidden): all layers but the last, where truncation takes place."""
        return self.mlp[:-1](z)

    def forward(self, z: Tensor, truncation: float = 0.0, mean_latent: Tensor | None = None) -> Layout[Tensor]:
        """The layouts of noise z.

        Args:
            z: (N, d_noise), standard normal.
            truncation: t in [0, 1]; 0 leaves the latents alone, 1 gives every z the mean layout.
            mean_latent: (1, hidden), needed where t > 0.
        """
        h = self.latent(z)
        if truncation:
            if mean_latent is None:
                raise ValueError("truncation needs the mean latent")
            h = mean_latent * truncation + h * (1 - truncation)
        return self.read(self.mlp[-1](h))

    def raw(self, vector: Tensor) -> dict[str, Tensor]:
        """The output vector (N, …) cut into named, squashed parts; `covs` are still 4 numbers (N, M, 4)."""
        c = self.config
        m = (vector.shape[1] - (1 + c.d_in + c.d_style)) // (7 + c.d_in + c.d_style)
        sizes, background, blobs = vector.split([m + 1, c.d_in + c.d_style, m * (6 + c.d_in + c.d_style)], dim=1)
        rows = blobs.reshape(len(vector), m, 6 + c.d_in + c.d_style)
        xy, covs, appearance = rows.split([2, 4, c.d_in + c.d_style], dim=2)
        appearance = torch.cat([background[:, None], appearance], dim=1)  # (N, M+1, d_in + d_style)
        features, style = appearance.split([c.d_in, c.d_style], dim=2)
        if c.norm_features:
            features, style = pixel_norm(features), pixel_norm(style)
        x, y = xy.sigmoid().unbind(dim=2)
        return {"xs": x, "ys": y, "covs": covs, "sizes": sizes, "features": features, "spatial_style": style}

    def read(self, vector: Tensor) -> Layout[Tensor]:
        """The output vector (N, …) as a layout with finished covariances."""
        parts = self.raw(vector)
        parts["covs"] = covariance(parts["covs"], self.config.ab_norm)
        return Layout(**parts)


def covariance(numbers: Tensor, ab_norm: float) -> Tensor:
    """Four numbers (…, 4) → covariance (…, 2, 2) of determinant ab_norm² (before 1e-5 is added); `parity.md` 5."""
    a, b = numbers[..., 0].sigmoid(), numbers[..., 1].sigmoid()
    scale = ab_norm * torch.rsqrt(a * b)
    axis = nn.functional.normalize(numbers[..., 2:], dim=-1)
    turned = torch.stack([-axis[..., 1], axis[..., 0]], dim=-1)
    rotation = torch.stack([axis, turned], dim=-1)  # columns are the two axes
    diagonal = torch.stack([a * scale, b * scale], dim=-1)
    cov = (rotation * diagonal[..., None, :]) @ rotation.transpose(-1, -2)
    return cov + COV_EPSILON * torch.eye(2, dtype=cov.dtype, device=cov.device)
