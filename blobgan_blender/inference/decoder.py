"""The generator restructured for editing: the same picture, with everything that a drag leaves alone computed once.

Three identities of the spatially modulated convolution (`parity.md` 9), all exact:
    - its demodulation depends on weights only, so folded weights are made at load;
    - its modulations S (M+1, C) depend on the styles only, so a drag, which moves opacities, reuses them;
    - the mean square over channels of a pixel's style map Sᵀa is aᵀ(SSᵀ/C)a, so the opacities a are divided by its
      root and no C-channel map is ever normalised.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.layout import Layout
from ..library.architecture import COARSEST
from ..model.generator import Generator, SpatiallyModulatedConv, StyledConv, ToRGB
from ..model.layers import FIR
from ..model.splat import composite, pyramid, scores

_REMEMBERED_STYLES = 8  # sets of modulations kept: a few canvases, before and after an edit


@dataclass(frozen=True)
class Modulation:
    """One layer's styles: S (N, C, M+1), and the Gram matrix SSᵀ/C (N, M+1, M+1) of a layer that normalises."""

    styles: Tensor
    gram: Tensor | None

    def map(self, splat: Tensor) -> Tensor:
        """The layer's style map (N, C, H, W) for opacities (N, M+1, H, W), normalised per pixel where the layer is."""
        n, m, h, w = splat.shape
        a = splat.reshape(n, m, h * w)
        if self.gram is not None:
            mean_square = (torch.bmm(self.gram, a) * a).sum(dim=1, keepdim=True)
            a = a * torch.rsqrt(mean_square + 1e-8)
        # Pixels first, so that the product comes out channels-last, as the convolution wants it.
        pixels = torch.bmm(a.transpose(1, 2), self.styles.transpose(1, 2))
        return pixels.reshape(n, h, w, -1).permute(0, 3, 1, 2)


class _Conv:
    """A spatially modulated convolution with its weight folded."""

    def __init__(self, conv: SpatiallyModulatedConv) -> None:
        self._modulation, self._demodulated, self._up = conv.modulation, conv.demodulated, conv.up
        weight = conv.folded_weight()
        self._weight = (weight.transpose(0, 1) if conv.up else weight).contiguous(memory_format=torch.channels_last)
        row = torch.tensor(FIR, device=weight.device, dtype=weight.dtype) / 4  # two passes: gain 2 each, 4 in all
        c_to = conv.weight.shape[1]
        self._row, self._column = row.view(1, 1, 1, 4).repeat(c_to, 1, 1, 1), row.view(1, 1, 4, 1).repeat(c_to, 1, 1, 1)

    def modulate(self, styles: Tensor) -> Modulation:
        s = self._modulation(styles)  # (N, M+1, C)
        gram = torch.bmm(s, s.transpose(1, 2)) / s.shape[-1] if self._demodulated else None
        return Modulation(s.transpose(1, 2).contiguous(), gram)

    def __call__(self, x: Tensor, splat: Tensor, modulation: Modulation) -> Tensor:
        x = x * modulation.map(splat)
        if not self._up:
            return F.conv2d(x, self._weight, padding=self._weight.shape[-1] // 2)
        x = F.conv_transpose2d(x, self._weight, stride=2)
        x = F.conv2d(x, self._row, padding=(0, 1), groups=x.shape[1])
        return F.conv2d(x, self._column, padding=(1, 0), groups=x.shape[1])


class _Layer:
    """`StyledConv`, folded."""

    def __init__(self, layer: StyledConv) -> None:
        self.conv = _Conv(layer.conv)
        self._noise, self._bias = layer.noise.weight, layer.activate.bias[:, None, None]

    def __call__(self, x: Tensor, splat: Tensor, modulation: Modulation, noise: Tensor) -> Tensor:
        x = self.conv(x, splat, modulation)
        x = x.add_(noise * self._noise).add_(self._bias)
        return F.leaky_relu_(x, 0.2).mul_(math.sqrt(2))


class _Colors:
    """`ToRGB`, folded."""

    def __init__(self, layer: ToRGB) -> None:
        self.conv = _Conv(layer.conv)
        self._bias = layer.bias

    def __call__(self, x: Tensor, splat: Tensor, modulation: Modulation, skip: Tensor | None) -> Tensor:
        rgb = self.conv(x, splat, modulation) + self._bias
        return rgb if skip is None else rgb + _upsample(skip)


def _upsample(rgb: Tensor) -> Tensor:
    """`model.layers.upsample` without the zeros: each output pixel is 1:3 of its two nearest neighbours, each way."""
    for dim in (2, 3):
        n = rgb.shape[dim]
        pad = [0, 0, 1, 1] if dim == 2 else [1, 1, 0, 0]
        wide = F.pad(rgb, pad)
        before, here, after = (wide.narrow(dim, start, n) for start in range(3))
        pair = torch.stack([before * 0.25 + here * 0.75, here * 0.75 + after * 0.25], dim=dim + 1)
        rgb = pair.flatten(dim, dim + 1)
    return rgb


class Decoder:
    """Draws layouts with a generator's weights, folded on the generator's device. Not thread-safe."""

    def __init__(self, generator: Generator) -> None:
        self._config = generator.config
        self._layers = [_Layer(layer) for layer in (generator.conv1, *generator.convs)]
        self._colors = [_Colors(layer) for layer in (generator.to_rgb1, *generator.to_rgbs)]
        self._remembered: OrderedDict[bytes, list[Modulation]] = OrderedDict()

    def __call__(self, layout: Layout[Tensor], noise: Sequence[Tensor]) -> Tensor:
        """The picture of `Generator.forward`: (N, 3, H, W), about [-1, 1], unclamped."""
        splats = pyramid(composite(scores(layout, self._config.resolution)))
        modulations = iter(self._modulations(layout.spatial_style))
        side = COARSEST
        x = torch.einsum("nmhw,nmc->nchw", splats[side], layout.features).contiguous(memory_format=torch.channels_last)
        x = self._layers[0](x, splats[side], next(modulations), noise[0])
        rgb = self._colors[0](x, splats[side], next(modulations), None)
        for octave in range(self._config.octaves):
            up, same, colors = self._layers[2 * octave + 1], self._layers[2 * octave + 2], self._colors[octave + 1]
            x = up(x, splats[side], next(modulations), noise[2 * octave + 1])
            side *= 2
            x = same(x, splats[side], next(modulations), noise[2 * octave + 2])
            rgb = colors(x, splats[side], next(modulations), rgb)
        return rgb

    def _modulations(self, styles: Tensor) -> list[Modulation]:
        """Every layer's modulation in the order of use, remembered by the styles' bytes."""
        content = hashlib.blake2b(styles.cpu().numpy().tobytes(), digest_size=16).digest()
        key = content + bytes(str(styles.shape), "ascii")
        if key not in self._remembered:
            convs = [self._layers[0].conv, self._colors[0].conv]
            for octave in range(self._config.octaves):
                convs += [self._layers[2 * octave + 1].conv, self._layers[2 * octave + 2].conv]
                convs += [self._colors[octave + 1].conv]
            self._remembered[key] = [conv.modulate(styles) for conv in convs]
            if len(self._remembered) > _REMEMBERED_STYLES:
                self._remembered.popitem(last=False)
        self._remembered.move_to_end(key)
        return self._remembered[key]
