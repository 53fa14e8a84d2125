"""The generator: a StyleGAN2 synthesis network whose input and styles are maps splatted from a layout.

Paper section 3.2; `parity.md` 9. Written to be read and trained; `inference` folds it for speed.
The parameter names are the official checkpoints'.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.layout import Layout
from ..core.seeds import noise_count, noise_side
from ..library.architecture import COARSEST, channels_at
from ..library.card import ModelConfig
from .layers import EqualLinear, blur, fir_kernel, scaled_leaky_relu, upsample
from .splat import composite, pyramid, scores


class SpatiallyModulatedConv(nn.Module):
    """A convolution whose input is scaled, pixel by pixel and channel by channel, by splatted styles.

    Args:
        c_from, c_to: channels.
        d_style: width of ψ.
        kernel: 1 or 3.
        demodulated: whether the style map is normalised per pixel and the weight demodulated (all but to-RGB).
        up: whether the side doubles.
    """

    def __init__(
        self, c_from: int, c_to: int, d_style: int, kernel: int = 3, demodulated: bool = True, up: bool = False
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1, c_to, c_from, kernel, kernel))
        self.modulation = EqualLinear(d_style, c_from, bias=1.0)
        self.demodulated, self.up = demodulated, up

    def forward(self, x: Tensor, splat: Tensor, styles: Tensor) -> Tensor:
        """x (N, C, H, W), splat (N, M+1, H, W) at x's side, styles (N, M+1, d_style) → (N, C', H or 2H, …)."""
        style_map = torch.einsum("nmhw,nmc->nchw", splat, self.modulation(styles))
        if self.demodulated:
            style_map = style_map * torch.rsqrt(style_map.square().mean(dim=1, keepdim=True) + 1e-8)
        x = x * style_map
        weight = self.folded_weight()
        if self.up:
            x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
            return blur(x, fir_kernel(gain=4.0).to(x), (1, 1))
        return F.conv2d(x, weight, padding=weight.shape[-1] // 2)

    def folded_weight(self) -> Tensor:
        """The weight as it is applied, (C', C, k, k): scaled, and demodulated where it is; no style enters it."""
        weight = self.weight[0]
        weight = weight / math.sqrt(weight[0].numel())
        if self.demodulated:
            weight = weight * torch.rsqrt(weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8)
        return weight


class NoiseInjection(nn.Module):
    """Adds one noise map, scaled by a learned number, to every channel."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor, noise: Tensor) -> Tensor:
        """x (N, C, H, W), noise (N or 1, 1, H, W)."""
        return x + self.weight * noise


class BiasedActivation(nn.Module):
    """A bias for each channel, then the scaled leaky ReLU."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → the same."""
        return scaled_leaky_relu(x + self.bias[:, None, None])


class StyledConv(nn.Module):
    """Modulated convolution, noise, bias, activation."""

    def __init__(self, c_from: int, c_to: int, d_style: int, up: bool = False) -> None:
        super().__init__()
        self.conv = SpatiallyModulatedConv(c_from, c_to, d_style, up=up)
        self.noise = NoiseInjection()
        self.activate = BiasedActivation(c_to)

    def forward(self, x: Tensor, splat: Tensor, styles: Tensor, noise: Tensor) -> Tensor:
        """See `SpatiallyModulatedConv.forward`; noise has the output's side."""
        return self.activate(self.noise(self.conv(x, splat, styles), noise))


class ToRGB(nn.Module):
    """A 1×1 convolution to colours, added to the upsampled colours of the octave before."""

    def __init__(self, channels: int, d_style: int) -> None:
        super().__init__()
        self.conv = SpatiallyModulatedConv(channels, 3, d_style, kernel=1, demodulated=False)
        self.bias = nn.Parameter(torch.zeros(1, 3, 1, 1))

    def forward(self, x: Tensor, splat: Tensor, styles: Tensor, skip: Tensor | None = None) -> Tensor:
        """x (N, C, H, W), skip (N, 3, H/2, W/2) → (N, 3, H, W)."""
        rgb = self.conv(x, splat, styles) + self.bias
        return rgb if skip is None else rgb + upsample(skip, fir_kernel(gain=4.0).to(skip))


class Generator(nn.Module):
    """Layout → picture."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        d_style, width = config.d_style, channels_at(COARSEST, config.c_model)
        self.conv1 = StyledConv(config.d_in, width, d_style)
        self.to_rgb1 = ToRGB(width, d_style)
        self.convs, self.to_rgbs = nn.ModuleList(), nn.ModuleList()
        for octave in range(1, config.octaves + 1):
            wider, width = width, channels_at(COARSEST << octave, config.c_model)
            self.convs.append(StyledConv(wider, width, d_style, up=True))
            self.convs.append(StyledConv(width, width, d_style))
            self.to_rgbs.append(ToRGB(width, d_style))

    def forward(self, layout: Layout[Tensor], noise: Sequence[Tensor] | None = None) -> Tensor:
        """Draw N layouts.

        Args:
            layout: N layouts of any number of blobs, none included.
            noise: the maps of `core.seeds.noise_from_seed`, (N or 1, 1, side, side) each; fresh ones if None.

        Returns:
            (N, 3, H, W), about [-1, 1], unclamped.
        """
        if noise is None:
            noise = self.fresh_noise(layout.xs)
        splats = pyramid(composite(scores(layout, self.config.resolution)))
        styles, side = layout.spatial_style, COARSEST
        x = torch.einsum("nmhw,nmc->nchw", splats[side], layout.features)
        x = self.conv1(x, splats[side], styles, noise[0])
        rgb = self.to_rgb1(x, splats[side], styles)
        for octave, to_rgb in enumerate(self.to_rgbs):
            x = self.convs[2 * octave](x, splats[side], styles, noise[2 * octave + 1])
            side *= 2
            x = self.convs[2 * octave + 1](x, splats[side], styles, noise[2 * octave + 2])
            rgb = to_rgb(x, splats[side], styles, rgb)
        return rgb

    def fresh_noise(self, like: Tensor) -> list[Tensor]:
        """New noise maps for N = len(like) pictures, from torch's generator: training only."""
        sides = (noise_side(index) for index in range(noise_count(self.config.resolution)))
        return [torch.randn(len(like), 1, side, side, dtype=like.dtype, device=like.device) for side in sides]
