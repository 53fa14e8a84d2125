"""The generator restructured for editing: the same picture, with everything that a drag leaves alone computed once.

Three identities of the spatially modulated convolution (`parity.md` 9), all exact:
    - its demodulation depends on weights only, so folded weights are made at load;
    - its modulations S (M+1, C) depend on the styles only, so a drag, which moves opacities, reuses them;
    - the mean square over channels of a pixel's style map Sᵀa is aᵀ(SSᵀ/C)a, so the opacities a are divided by its
      root and no C-channel map is ever normalised.
The gain of the activation lets a positive factor pass, so weights, noise and bias take it.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.layout import Layout
from ..library.architecture import COARSEST
from ..model.generator import Generator, SpatiallyModulatedConv, StyledConv, ToRGB
from ..model.layers import FIR
from ..model.splat import composite, pyramid, scores

_REMEMBERED_APPEARANCES = 8  # sets kept: a few canvases, before and after an edit
_GAIN = math.sqrt(2)  # of the scaled leaky ReLU


@dataclass(frozen=True)
class Appearance:
    """What the appearances of N layouts become on the device.

    Attributes:
        features: φ (N, M+1, d_in), float32.
        styles: for each convolution in the order of use S (N, C, M+1), or what `_ColorsByBlob` makes of it.
        grams: for each side from the coarsest on SSᵀ/C (N, L, M+1, M+1) of the L layers that see the opacities of that
            side: one that keeps it and, but for the last side, one that doubles it.
    """

    features: Tensor
    styles: tuple[Tensor, ...]
    grams: tuple[Tensor, ...]

    def tensors(self) -> list[Tensor]:
        """All of them."""
        return [self.features, *self.styles, *self.grams]


def _normalised(splat: Tensor, grams: Tensor) -> Sequence[Tensor]:
    """Opacities (N, M+1, H, W) for each of L layers, with which its style map has a mean square of 1 at each pixel."""
    n, m, h, w = splat.shape
    a = splat.reshape(n, m, h * w)
    products = torch.bmm(grams.flatten(1, 2), a.to(grams.dtype)).reshape(n, -1, m, h * w)
    mean_square = (products * a[:, None]).sum(dim=2, keepdim=True)
    # Pixels first, as products want them, and in the maps' type: a compiler makes one kernel of it all, for all layers.
    weights = (a[:, None] * torch.rsqrt(mean_square + 1e-8)).transpose(2, 3).to(grams.dtype)
    return weights.reshape(n, -1, h, w, m).permute(0, 1, 4, 2, 3).unbind(1)


def _style_map(opacities: Tensor, styles: Tensor) -> Tensor:
    """(N, C, H, W), channels last, of opacities (N, M+1, H, W) and styles (N, C, M+1)."""
    n, _, h, w = opacities.shape
    # Pixels first, so that the product comes out as the convolution wants it.
    pixels = torch.bmm(opacities.flatten(2).transpose(1, 2).to(styles.dtype), styles.transpose(1, 2))
    return pixels.reshape(n, h, w, -1).permute(0, 3, 1, 2)


Phases = tuple[Tensor, Tensor, Tensor, Tensor]


def phases(weight: Tensor) -> Phases:
    """The kernel (C, C', 3, 3) of a transposed convolution of stride 2 as four of ordinary ones.

    (C', C, 2 or 1, 2 or 1) each: for the even rows' even and odd columns, then for the odd rows'.
    """
    kernel = weight.transpose(0, 1)
    around, middle = [2, 0], [1]  # an even pixel lies between two of the input, an odd one on top of one
    even_even, even_odd, odd_even, odd_odd = (
        kernel[:, :, rows][:, :, :, columns].contiguous(memory_format=torch.channels_last)
        for rows in (around, middle)
        for columns in (around, middle)
    )
    return even_even, even_odd, odd_even, odd_odd


def doubled_by_phases(x: Tensor, kernels: Phases) -> Tensor:
    """`F.conv_transpose2d(x, weight, stride=2)`: (N, C, H, W) → (N, C', 2H+1, 2W+1), of `phases(weight)`.

    The same sums in an order of their own. cuDNN's deterministic transposed convolutions in float32 are made of Fourier
    transforms, five times as slow as its plain convolutions, which are deterministic anyway (H100, 2026-11-27).
    """
    n, _, h, w = x.shape
    y = torch.empty(
        n, kernels[0].shape[0], 2 * h + 1, 2 * w + 1, dtype=x.dtype, device=x.device, memory_format=torch.channels_last
    )
    for kernel, (row, column) in zip(kernels, ((0, 0), (0, 1), (1, 0), (1, 1)), strict=True):
        y[:, :, row::2, column::2] = F.conv2d(x, kernel, padding=(1 - row, 1 - column))
    return y


class _Conv:
    """A spatially modulated convolution with its weight folded."""

    def __init__(
        self, conv: SpatiallyModulatedConv, bias: Tensor, gain: float, dtype: torch.dtype, fused: bool = False
    ) -> None:
        self._modulation, self._up, self._dtype = conv.modulation, conv.up, dtype
        self._fused = fused
        weight = conv.folded_weight() * gain
        weight = weight.transpose(0, 1) if conv.up else weight
        self._weight = weight.to(dtype).contiguous(memory_format=torch.channels_last)
        self._bias = (bias.reshape(-1) * gain).to(dtype)
        row = torch.tensor(FIR, device=weight.device, dtype=dtype) / 4  # two passes: gain 2 each, 4 in all
        c_to = conv.weight.shape[1]
        self._row, self._column = row.view(1, 1, 1, 4).repeat(c_to, 1, 1, 1), row.view(1, 1, 4, 1).repeat(c_to, 1, 1, 1)

    def modulate(self, psi: Tensor) -> Tensor:
        """Sᵀ (N, M+1, C), float32, of ψ (N, M+1, d_style)."""
        return self._modulation(psi)

    def styles(self, modulated: Tensor) -> Tensor:
        """S (N, C, M+1) of what `modulate` made."""
        return modulated.transpose(1, 2).to(self._dtype).contiguous()

    def gram(self, modulated: Tensor) -> Tensor:
        """SSᵀ/C (N, M+1, M+1) of the same."""
        return (torch.bmm(modulated, modulated.transpose(1, 2)) / modulated.shape[-1]).to(self._dtype)

    def places(self) -> list[tuple[_Conv, str]]:
        """Where its tensors are: see `Decoder.weights`."""
        filters = ["_row", "_column"] if self._up and not self._fused else []
        return [(self, name) for name in ("_weight", "_bias", *filters)]

    @cached_property
    def _phases(self) -> Phases:
        return phases(self._weight)

    def __call__(self, x: Tensor, opacities: Tensor, styles: Tensor) -> Tensor:
        x = _style_map(opacities, styles).mul_(x)  # into the map, which nobody else holds: the to-RGB reads x again
        if not self._up:
            return F.conv2d(x, self._weight, self._bias, padding=self._weight.shape[-1] // 2)
        if x.is_cuda and torch.are_deterministic_algorithms_enabled():
            x = doubled_by_phases(x, self._phases)
        else:
            x = F.conv_transpose2d(x, self._weight, stride=2)
        if self._fused:
            return _filtered(_filtered(x, 3), 2) + self._bias[:, None, None]
        x = F.conv2d(x, self._row, padding=(0, 1), groups=x.shape[1])
        return F.conv2d(x, self._column, self._bias, padding=(1, 0), groups=x.shape[1])


class _ColorsByBlob:
    """A to-RGB's convolution for a compiler: what each blob would make of every pixel, mixed by the opacities.

    It is linear and has one pixel's filter, so blobs may be summed last: one product of matrices, and no map of styles,
    which would be as large as the features.
    """

    def __init__(self, conv: SpatiallyModulatedConv, bias: Tensor, dtype: torch.dtype) -> None:
        self._modulation, self._dtype = conv.modulation, dtype
        self._weight = conv.folded_weight()[:, :, 0, 0]  # (3, C)
        self._bias = bias.reshape(-1)

    def modulate(self, psi: Tensor) -> Tensor:
        """See `_Conv.modulate`."""
        return self._modulation(psi)

    def styles(self, modulated: Tensor) -> Tensor:
        """Filters (N, 3·(M+1), C), a colour's next to each other."""
        filters = self._weight[:, None] * modulated[:, None]  # (N, 3, M+1, C)
        return filters.flatten(1, 2).to(self._dtype).contiguous()

    def places(self) -> list[tuple[_ColorsByBlob, str]]:
        """See `_Conv.places`: the weight is in the filters."""
        return [(self, "_bias")]

    def __call__(self, x: Tensor, opacities: Tensor, filters: Tensor) -> Tensor:
        n, m, h, w = opacities.shape
        each = torch.bmm(filters, x.flatten(2)).reshape(n, -1, m, h, w)
        return (each.float() * opacities[:, None]).sum(dim=2) + self._bias[:, None, None]


class _Layer:
    """`StyledConv`, folded."""

    def __init__(self, layer: StyledConv, dtype: torch.dtype, fused: bool) -> None:
        self.conv = _Conv(layer.conv, layer.activate.bias, _GAIN, dtype, fused)
        self._noise = layer.noise.weight * _GAIN

    def __call__(self, x: Tensor, opacities: Tensor, styles: Tensor, noise: Tensor) -> Tensor:
        x = self.conv(x, opacities, styles)
        return F.leaky_relu_(x.add_((noise * self._noise).to(x.dtype)), 0.2)


class _Colors:
    """`ToRGB`, folded. Colours are float32 whatever the maps are: sums of them must not round."""

    def __init__(self, layer: ToRGB, dtype: torch.dtype, fused: bool) -> None:
        self.conv = _ColorsByBlob(layer.conv, layer.bias, dtype) if fused else _Conv(layer.conv, layer.bias, 1.0, dtype)

    def __call__(self, x: Tensor, splat: Tensor, styles: Tensor, skip: Tensor | None) -> Tensor:
        rgb = self.conv(x, splat, styles).float()
        return rgb if skip is None else rgb + upsample(skip)


def _filtered(x: Tensor, dim: int) -> Tensor:
    """One pass of the low-pass filter along an axis, as sums that a compiler makes one kernel of."""
    x = F.pad(x, [1, 1] if dim == 3 else [0, 0, 1, 1])
    first, second, third, last = (x.narrow(dim, start, x.shape[dim] - 3) for start in range(4))
    return (first + last) * (FIR[0] / 4) + (second + third) * (FIR[1] / 4)


def upsample(rgb: Tensor) -> Tensor:
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
    """Draws layouts with a generator's weights, folded on the generator's device. Not thread-safe.

    A layout's geometry lies on that device, its appearances on the CPU: they are brought over when they change.
    """

    def __init__(self, generator: Generator, dtype: torch.dtype = torch.float32, fused: bool = False) -> None:
        """Fold the weights.

        Args:
            generator: whose pictures to draw.
            dtype: of weights and maps; opacities and colours are float32 always.
            fused: write the filter after an up-convolution as sums, for a compiler, rather than as convolutions, and
                the to-RGB by blobs.
        """
        self._config = generator.config
        self._dtype = dtype
        self._device = generator.conv1.conv.weight.device
        self._layers = [_Layer(layer, dtype, fused) for layer in (generator.conv1, *generator.convs)]
        self._colors = [_Colors(layer, dtype, fused) for layer in (generator.to_rgb1, *generator.to_rgbs)]
        self._remembered: OrderedDict[bytes, Appearance] = OrderedDict()

    def __call__(self, layout: Layout[Tensor], noise: Sequence[Tensor]) -> Tensor:
        """The picture of `Generator.forward`: (N, 3, H, W), about [-1, 1], unclamped."""
        return self.draw(self.appearance(layout), self.splats(layout), noise)

    def draw(self, appearance: Appearance, splats: dict[int, Tensor], noise: Sequence[Tensor]) -> Tensor:
        """The picture of what `appearance` and `splats` made of a layout."""
        *_, rgb = self.steps(appearance, splats, noise)
        assert rgb is not None
        return rgb

    def splats(self, layout: Layout[Tensor]) -> dict[int, Tensor]:
        """The layout's opacities at each side: float32 (N, M+1, side, side). Its appearances are not looked at."""
        return pyramid(composite(scores(layout, self._config.resolution)))

    def steps(
        self, appearance: Appearance, splats: dict[int, Tensor], noise: Sequence[Tensor]
    ) -> Iterator[Tensor | None]:
        """Draw, stopping after each convolution, so that one may look at the picture so far, or give up.

        Yields:
            After each octave the colours so far, (N, 3, side, side) from 16² on; the last are the picture. None
            between two of an octave's convolutions.
        """
        styles = iter(appearance.styles)
        side = COARSEST
        here = _normalised(splats[side], appearance.grams[0])
        x = torch.bmm(splats[side].flatten(2).transpose(1, 2), appearance.features)  # pixels first: channels-last
        x = x.to(self._dtype).reshape(len(x), side, side, -1).permute(0, 3, 1, 2)
        x = self._layers[0](x, here[0], next(styles), noise[0])
        rgb = self._colors[0](x, splats[side], next(styles), None)
        yield rgb
        for octave in range(self._config.octaves):
            up, same, colors = self._layers[2 * octave + 1], self._layers[2 * octave + 2], self._colors[octave + 1]
            x = up(x, here[1], next(styles), noise[2 * octave + 1])
            yield None
            side *= 2
            here = _normalised(splats[side], appearance.grams[octave + 1])
            x = same(x, here[0], next(styles), noise[2 * octave + 2])
            rgb = colors(x, splats[side], next(styles), rgb)
            yield rgb

    def appearance(self, layout: Layout[Tensor]) -> Appearance:
        """The layout's appearances on the device, remembered by their bytes."""
        features, styles = layout.features, layout.spatial_style
        hashes = (hashlib.blake2b(array.contiguous().numpy().data, digest_size=16) for array in (features, styles))
        key = b"".join(hash_.digest() for hash_ in hashes) + bytes(str(styles.shape), "ascii")
        if key not in self._remembered:
            on_device = styles.to(self._device)
            modulated = {conv: conv.modulate(on_device) for conv in self._convs()}
            grams = [layer.conv.gram(modulated[layer.conv]) for layer in self._layers]
            self._remembered[key] = Appearance(
                features.to(self._device),
                tuple(conv.styles(each) for conv, each in modulated.items()),
                tuple(torch.stack(grams[first : first + 2], dim=1) for first in range(0, len(grams), 2)),
            )
            if len(self._remembered) > _REMEMBERED_APPEARANCES:
                self._remembered.popitem(last=False)
        self._remembered.move_to_end(key)
        return self._remembered[key]

    def weights(self) -> list[Tensor]:
        """All tensors that `draw` reads beside what it is given, in an order of their own."""
        return [getattr(owner, name) for owner, name in self._places()]

    def put(self, weights: Sequence[Tensor]) -> None:
        """Draw with other `weights` of the same shapes from now on: with a trace's stand-ins, say."""
        for (owner, name), tensor in zip(self._places(), weights, strict=True):
            setattr(owner, name, tensor)
            vars(owner).pop("_phases", None)  # made of the old ones

    def _places(self) -> Iterator[tuple[object, str]]:
        for layer in self._layers:
            yield from ((layer, "_noise"), *layer.conv.places())
        for colors in self._colors:
            yield from colors.conv.places()

    def _convs(self) -> Iterator[_Conv | _ColorsByBlob]:
        """Every convolution in the order of use."""
        yield from (self._layers[0].conv, self._colors[0].conv)
        for octave in range(self._config.octaves):
            yield from (self._layers[2 * octave + 1].conv, self._layers[2 * octave + 2].conv)
            yield self._colors[octave + 1].conv
