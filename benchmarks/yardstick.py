"""What others are measured by: BlobGAN's decoder written down as the paper has it, and nothing else done to it.

Every weight is scaled and demodulated when it is used, every style map is made and normalised channel by channel, every
pixel's distance is what a solver says, up-convolutions are filtered by the 4×4 kernel, colours are enlarged between
zeros. No cache, no folding; eager, float32. It shares no code with `model` and `inference`: it reads the weights by
their names.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from blobgan_blender.core.layout import Layout

Weights = dict[str, Tensor]  # of a model file, on the device


def set_up() -> None:
    """cuDNN as torch ships it: convolutions may use TF32, matrix products may not."""
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cuda.matmul.allow_tf32 = False


def picture(weights: Weights, layout: Layout[Tensor], noise: Sequence[Tensor], resolution: int) -> Tensor:
    """Layouts → uint8 (N, H, W, 3) on the device."""
    image = draw(weights, layout, noise, resolution)
    return ((image + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def draw(weights: Weights, layout: Layout[Tensor], noise: Sequence[Tensor], resolution: int) -> Tensor:
    """Layouts → (N, 3, H, W), about [-1, 1]."""
    splats = {resolution: splat(layout, resolution)}
    while min(splats) > 16:
        splats[min(splats) // 2] = F.avg_pool2d(splats[min(splats)], 2)
    styles, side = layout.spatial_style, 16
    x = torch.einsum("nmhw,nmc->nchw", splats[side], layout.features)
    x = layer(weights, "generator.conv1", x, splats[side], styles, noise[0], up=False)
    rgb = colors(weights, "generator.to_rgb1", x, splats[side], styles)
    octave = 0
    while side < resolution:
        first, second = f"generator.convs.{2 * octave}", f"generator.convs.{2 * octave + 1}"
        x = layer(weights, first, x, splats[side], styles, noise[2 * octave + 1], up=True)
        side *= 2
        x = layer(weights, second, x, splats[side], styles, noise[2 * octave + 2], up=False)
        wide = F.pad(between_zeros(rgb), (2, 1, 2, 1))
        rgb = filtered(wide) + colors(weights, f"generator.to_rgbs.{octave}", x, splats[side], styles)
        octave += 1
    return rgb


def blob_map(layout: Layout[Tensor], colors: Tensor, side: int) -> Tensor:
    """(N, 3, side, side), which the official demo draws with every edit; colors (M+1, 3)."""
    return torch.einsum("nmhw,mc->nchw", splat(layout, side, gain=2.0), colors)


def splat(layout: Layout[Tensor], side: int, gain: float = 1.0) -> Tensor:
    """(N, M+1, side, side): what is seen of each blob."""
    n, m = layout.xs.shape
    axis = torch.arange(side, device=layout.xs.device) / side
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    pixels = torch.stack([x, y], dim=-1).reshape(1, 1, side * side, 2)
    centres = torch.stack([layout.xs, layout.ys], dim=-1)[:, :, None]
    away = pixels - centres  # (N, M, H·W, 2)
    solved = torch.linalg.solve(layout.covs, away.transpose(-1, -2)).transpose(-1, -2)
    alone = torch.sigmoid(layout.sizes[:, 1:, None] - (away * solved).sum(-1)).reshape(n, m, side, side)
    alone = (alone * gain).clamp(max=1)
    seen, left = [], torch.ones_like(alone[:, 0]) if m else layout.xs.new_ones(n, side, side)
    for blob in reversed(range(m)):
        seen.append(alone[:, blob] * left)
        left = left * (1 - alone[:, blob])
    return torch.stack([left, *reversed(seen)], dim=1)


def layer(weights: Weights, name: str, x: Tensor, splat: Tensor, styles: Tensor, noise: Tensor, up: bool) -> Tensor:
    """Modulated convolution, noise, bias, leaky ReLU."""
    x = x * normalised(style_map(weights, name, splat, styles))
    weight = weights[f"{name}.conv.weight"][0]
    weight = weight / math.sqrt(weight[0].numel())
    weight = weight * torch.rsqrt(weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8)
    if up:
        x = filtered(F.pad(F.conv_transpose2d(x, weight.transpose(0, 1), stride=2), (1, 1, 1, 1)))
    else:
        x = F.conv2d(x, weight, padding=1)
    x = x + weights[f"{name}.noise.weight"] * noise
    x = x + weights[f"{name}.activate.bias"][:, None, None]
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


def colors(weights: Weights, name: str, x: Tensor, splat: Tensor, styles: Tensor) -> Tensor:
    """To-RGB: (N, 3, H, W)."""
    x = x * style_map(weights, name, splat, styles)
    weight = weights[f"{name}.conv.weight"][0]
    return F.conv2d(x, weight / math.sqrt(weight[0].numel())) + weights[f"{name}.bias"]


def style_map(weights: Weights, name: str, splat: Tensor, styles: Tensor) -> Tensor:
    """(N, C, H, W)."""
    weight, bias = (weights[f"{name}.conv.modulation.{which}"] for which in ("weight", "bias"))
    return torch.einsum("nmhw,nmc->nchw", splat, F.linear(styles, weight / math.sqrt(weight.shape[1]), bias))


def normalised(styles: Tensor) -> Tensor:
    """Over a root mean square of channels of 1."""
    return styles * torch.rsqrt(styles.square().mean(dim=1, keepdim=True) + 1e-8)


def between_zeros(x: Tensor) -> Tensor:
    """(N, C, H, W) → (N, C, 2H, 2W), its pixels at the even places."""
    n, c, h, w = x.shape
    wide = x.new_zeros(n, c, 2 * h, 2 * w)
    wide[:, :, ::2, ::2] = x
    return wide


def filtered(x: Tensor) -> Tensor:
    """The 4×4 low-pass filter of gain 4, no padding."""
    row = torch.tensor([1.0, 3.0, 3.0, 1.0], device=x.device)
    kernel = torch.outer(row, row) / 16
    return F.conv2d(x, kernel.expand(x.shape[1], 1, 4, 4), groups=x.shape[1])
