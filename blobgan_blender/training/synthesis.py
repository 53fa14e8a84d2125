"""Noise → pictures for training: the model's own parameters, arranged to compile well and to run in bfloat16.

The layout network and the splat are float32; the convolutions and their style maps are of the type asked for. The
pictures are those of `model.generator` up to rounding: a pixel's style normalisation goes into its opacities, since
mean_channels((Sᵀa)²) = aᵀ(SSᵀ/C)a (`parity.md` 9), and filters are shifted sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.layout import Layout
from ..core.seeds import noise_count, noise_side
from ..library.architecture import COARSEST
from ..model.blobgan import BlobGAN
from ..model.discriminator import smooth
from ..model.generator import Generator, SpatiallyModulatedConv, StyledConv, ToRGB
from ..model.layers import scaled_leaky_relu
from ..model.splat import composite, pyramid, scores
from .independence import Twins, disagreement, mixed, paired, random_twins, twins_of


@dataclass(frozen=True)
class Jitter:
    """How far blobs are displaced while training: uniform within ± these.

    Attributes:
        xy: of the picture.
        size: added to the size logits.
        angle: radians.
    """

    xy: float
    size: float
    angle: float


@dataclass(frozen=True)
class Numbers:
    """All that is random about a batch of N pictures, T of them twins: N - T layouts, of K mixed blobs.

    Attributes:
        z: (N - T, d_noise).
        jitter: (4, N - T, M) in [-1, 1).
        order: int64 (K, M), see `independence.mixed`.
        twins: of T.
        noise: a map for each convolution, (N - T, 1, side, side); a twin has its original's.
    """

    z: Tensor
    jitter: Tensor
    order: Tensor
    twins: Twins
    noise: list[Tensor]


def random_numbers(
    model: BlobGAN, count: int, generator: torch.Generator, mix: float = 0.0, twins: bool = False
) -> Numbers:
    """What `paint` needs for `count` pictures, the share `mix` of whose layouts is mixed, some of them twins."""
    config, device = model.config, generator.device
    second = twins_of(count) if twins else 0
    first = count - second
    z = torch.randn(first, config.d_noise, generator=generator, device=device)
    jitter = torch.rand(4, first, config.blobs, generator=generator, device=device) * 2 - 1
    order = torch.rand(round(first * mix), config.blobs, generator=generator, device=device).argsort(dim=0)
    sides = [noise_side(index) for index in range(noise_count(config.resolution))]
    noise = [torch.randn(first, 1, side, side, generator=generator, device=device) for side in sides]
    return Numbers(z, jitter, order, random_twins(second, generator), noise)


def paint(model: BlobGAN, jitter: Jitter, numbers: Numbers, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """New pictures of `random_numbers`, with convolutions of type `dtype`.

    Returns:
        (N, 3, H, W) float32, about [-1, 1], the twins last; and the scalar of `independence.disagreement`.
    """
    layout = displaced(mixed(model.layout_net(numbers.z), numbers.order), numbers.jitter, jitter)
    count = len(numbers.twins.blob)
    if not count:
        return draw(model.generator, layout, numbers.noise, dtype), numbers.z.new_zeros(())
    pairs = paired(layout, numbers.twins, model.config.resolution)
    both = Layout(*(torch.cat([getattr(layout, name), getattr(pairs.twins, name)]) for name in Layout.FIELDS))
    noise = [torch.cat([map_, map_[pairs.originals]]) for map_ in numbers.noise]
    pictures = draw(model.generator, both, noise, dtype)
    return pictures, disagreement(pairs, pictures[pairs.originals], pictures[-count:])


def displaced(layout: Layout[Tensor], displacement: Tensor, jitter: Jitter) -> Layout[Tensor]:
    """A layout with its blobs moved, sized and turned by `jitter` times numbers (4, N, M) in [-1, 1]."""
    x, y, size, turn = displacement.unbind()
    angle = turn * jitter.angle
    cosine, sine = torch.cos(angle), torch.sin(angle)
    rotation = torch.stack([torch.stack([cosine, -sine], dim=-1), torch.stack([sine, cosine], dim=-1)], dim=-2)
    return Layout(
        xs=layout.xs + x * jitter.xy,
        ys=layout.ys + y * jitter.xy,
        covs=rotation @ layout.covs @ rotation.transpose(-1, -2),
        sizes=torch.cat([layout.sizes[:, :1], layout.sizes[:, 1:] + size * jitter.size], dim=1),
        features=layout.features,
        spatial_style=layout.spatial_style,
    )


def draw(generator: Generator, layout: Layout[Tensor], noise: Sequence[Tensor], dtype: torch.dtype) -> Tensor:
    """`Generator.forward` with convolutions of type `dtype`: (N, 3, H, W) float32."""
    splats = pyramid(composite(scores(layout, generator.config.resolution)))
    styles, side = layout.spatial_style, COARSEST
    x = _splatted(splats[side], layout.features, dtype)
    x = _styled(generator.conv1, x, splats[side], styles, noise[0])
    rgb = _rgb(generator.to_rgb1, x, splats[side], styles)
    convs, to_rgbs = cast("list[StyledConv]", generator.convs), cast("list[ToRGB]", generator.to_rgbs)
    for octave, to_rgb in enumerate(to_rgbs):
        x = _styled(convs[2 * octave], x, splats[side], styles, noise[2 * octave + 1])
        side *= 2
        x = _styled(convs[2 * octave + 1], x, splats[side], styles, noise[2 * octave + 2])
        rgb = _rgb(to_rgb, x, splats[side], styles) + _doubled(rgb)
    return rgb


def _splatted(splat: Tensor, rows: Tensor, dtype: torch.dtype) -> Tensor:
    """Σ over blobs of opacities (N, M+1, H, W) times rows (N, M+1, C): (N, C, H, W), channels last in memory."""
    n, m, h, w = splat.shape
    pixels = torch.bmm(splat.reshape(n, m, h * w).transpose(1, 2).to(dtype), rows.to(dtype))  # (N, HW, C)
    return pixels.reshape(n, h, w, rows.shape[2]).permute(0, 3, 1, 2)


def _style_map(conv: SpatiallyModulatedConv, splat: Tensor, styles: Tensor, dtype: torch.dtype) -> Tensor:
    """What the convolution's input is multiplied by: (N, C, H, W)."""
    modulations = conv.modulation(styles)  # (N, M+1, C)
    if conv.demodulated:
        n, m, h, w = splat.shape
        gram = torch.bmm(modulations, modulations.transpose(1, 2)) / modulations.shape[2]
        flat = splat.reshape(n, m, h * w)
        mean_square = (torch.bmm(gram, flat) * flat).sum(dim=1)  # (N, HW)
        splat = splat * torch.rsqrt(mean_square + 1e-8).reshape(n, 1, h, w)
    return _splatted(splat, modulations, dtype)


def _convolved(conv: SpatiallyModulatedConv, x: Tensor, splat: Tensor, styles: Tensor) -> Tensor:
    x = x * _style_map(conv, splat, styles, x.dtype)
    weight = conv.folded_weight().to(x.dtype)
    if conv.up:
        return smooth(F.conv_transpose2d(x, weight.transpose(0, 1), stride=2), 1, 1, gain=4.0)
    return F.conv2d(x, weight, padding=weight.shape[-1] // 2)


def _styled(layer: StyledConv, x: Tensor, splat: Tensor, styles: Tensor, noise: Tensor) -> Tensor:
    x = _convolved(layer.conv, x, splat, styles)
    x = x + (layer.noise.weight * noise).to(x.dtype)
    return scaled_leaky_relu(x + layer.activate.bias.to(x.dtype)[:, None, None])


def _rgb(layer: ToRGB, x: Tensor, splat: Tensor, styles: Tensor) -> Tensor:
    return _convolved(layer.conv, x, splat, styles).float() + layer.bias


def _doubled(rgb: Tensor) -> Tensor:
    """`model.layers.upsample` by its two phases: pixels 2i are (x[i-1] + 3x[i])/4, pixels 2i+1 (3x[i] + x[i+1])/4."""
    n, c, h, w = rgb.shape
    padded = F.pad(rgb, (0, 0, 1, 1))
    even, odd = padded[:, :, :-2] + 3 * rgb, 3 * rgb + padded[:, :, 2:]
    rgb = torch.stack([even, odd], dim=3).reshape(n, c, 2 * h, w) / 4
    padded = F.pad(rgb, (1, 1))
    even, odd = padded[..., :-2] + 3 * rgb, 3 * rgb + padded[..., 2:]
    return torch.stack([even, odd], dim=4).reshape(n, c, 2 * h, 2 * w) / 4
