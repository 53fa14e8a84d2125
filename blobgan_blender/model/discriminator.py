"""The discriminator: StyleGAN2's residual one, by the official checkpoints' parameter names (`parity.md` 13).

It computes its convolutions in the type of the pictures it is given, so bfloat16 pictures make it fast, and its last
layers in float32. Filtering is written as shifted sums, which a compiler fuses and which differentiate twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import FIR, EqualLinear, scaled_leaky_relu

LAST_SIDE = 4  # pixels: side of the map that the linear layers read
GROUP = 4  # pictures whose spread the last map is told


@dataclass(frozen=True)
class DiscriminatorConfig:
    """The width of a discriminator.

    Attributes:
        resolution: side of the pictures in pixels.
        width: channels at 256²; twice as many at each halving, and half as many at 512².
        most: channels at most.
    """

    resolution: int
    width: int = 128
    most: int = 512

    def channels(self, side: int) -> int:
        """Channels of the map of a side in pixels."""
        return min(self.most, self.width * 256 // side)


def smooth(x: Tensor, before: int, after: int, gain: float = 1.0, stride: int = 1) -> Tensor:
    """The 4×4 FIR filter of sum `gain` on (N, C, H, W) padded with zeros, at every `stride`-th pixel."""
    taps = [tap * math.sqrt(gain) / sum(FIR) for tap in FIR]
    x = F.pad(x, (before, after, before, after))
    high, wide = x.shape[2] - 3, x.shape[3] - 3
    a, b, c, d = (tap * x[:, :, i : i + high : stride] for i, tap in enumerate(taps))
    x = a + b + c + d
    a, b, c, d = (tap * x[:, :, :, i : i + wide : stride] for i, tap in enumerate(taps))
    return a + b + c + d


class EqualConv(nn.Module):
    """A convolution with equalised learning rate, without bias."""

    def __init__(self, c_from: int, c_to: int, kernel: int, stride: int = 1, padding: int = 0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(c_to, c_from, kernel, kernel))
        self.stride, self.padding = stride, padding

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C', H', W')."""
        weight = self.weight / math.sqrt(self.weight[0].numel())
        return F.conv2d(x, weight.to(x.dtype), stride=self.stride, padding=self.padding)


class Activation(nn.Module):
    """A bias for each channel, then the scaled leaky ReLU."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → the same."""
        return scaled_leaky_relu(x + self.bias.to(x.dtype)[:, None, None])


class Smooth(nn.Module):
    """`smooth` as a module without parameters: the official names count it."""

    def __init__(self, before: int, after: int, stride: int = 1) -> None:
        super().__init__()
        self.before, self.after, self.stride = before, after, stride

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C, H', W')."""
        return smooth(x, self.before, self.after, stride=self.stride)


class ResidualBlock(nn.Module):
    """Two convolutions, the second at half the side, beside a linear road."""

    def __init__(self, c_from: int, c_to: int) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(EqualConv(c_from, c_from, 3, padding=1), Activation(c_from))
        self.conv2 = nn.Sequential(Smooth(2, 2), EqualConv(c_from, c_to, 3, stride=2), Activation(c_to))
        # Filtered at every second pixel only: what a 1×1 convolution of stride 2 reads.
        self.skip = nn.Sequential(Smooth(1, 1, stride=2), EqualConv(c_from, c_to, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C', H/2, W/2)."""
        return (self.conv2(self.conv1(x)) + self.skip(x)) / math.sqrt(2)


class Discriminator(nn.Module):
    """Picture → how real it looks."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        side, channels = config.resolution, config.channels(config.resolution)
        blocks: list[nn.Module] = [nn.Sequential(EqualConv(3, channels, 1), Activation(channels))]
        while side > LAST_SIDE:
            side //= 2
            narrow, channels = channels, config.channels(side)
            blocks.append(ResidualBlock(narrow, channels))
        self.convs = nn.Sequential(*blocks)
        self.final_conv = nn.Sequential(EqualConv(channels + 1, channels, 3, padding=1), Activation(channels))
        self.final_linear = nn.Sequential(
            EqualLinear(channels * LAST_SIDE**2, channels, activated=True), EqualLinear(channels, 1)
        )

    def forward(self, images: Tensor, sets: int = 1) -> Tensor:
        """Judge pictures.

        Args:
            images: (N, 3, H, W) in about [-1, 1], of the type that the convolutions shall compute in.
            sets: how many sets of N/sets pictures the batch holds one behind the other (real and generated ones,
                say): no set has a part in another's spread.

        Returns:
            (N, 1) logits, float32: high for real.
        """
        x = self.convs(images).float()
        x = self.final_conv(torch.cat([x, spread(x, sets)], dim=1))
        return self.final_linear(x.flatten(1))


def spread(x: Tensor, sets: int = 1) -> Tensor:
    """StyleGAN2's minibatch standard deviation: (N, C, H, W) → (N, 1, H, W), one number for each group of pictures.

    A group takes every n-th picture of its set, and has `GROUP` of them or the largest number below that fits.
    """
    n, c, h, w = x.shape
    each = n // sets
    group = next(size for size in range(min(each, GROUP), 0, -1) if each % size == 0)
    grouped = x.reshape(sets, group, each // group, c, h, w)
    deviation = torch.sqrt(grouped.var(dim=1, correction=0) + 1e-8).mean(dim=(2, 3, 4))  # (sets, each/group)
    return deviation[:, None].expand(-1, group, -1).reshape(n, 1, 1, 1).expand(n, 1, h, w)
