"""The layers that both networks share: equalised linear layers, pixel norm, FIR resampling (`parity.md` 1, 2, 9)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FIR = (1.0, 3.0, 3.0, 1.0)  # the low-pass filter of StyleGAN2's up- and downsampling


def pixel_norm(x: Tensor) -> Tensor:
    """x divided by the root mean square of its last axis."""
    return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + 1e-5)


def scaled_leaky_relu(x: Tensor) -> Tensor:
    """Leaky ReLU of slope 0.2, times √2 so that the variance stays."""
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


class EqualLinear(nn.Module):
    """A linear layer with equalised learning rate: the weight is stored at unit variance and scaled when used.

    Args:
        d_from, d_to: widths.
        lr_mul: how much slower than the rest this layer learns.
        bias: the bias's first value.
        activated: whether a scaled leaky ReLU follows the bias.
    """

    def __init__(self, d_from: int, d_to: int, lr_mul: float = 1.0, bias: float = 0.0, activated: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(d_to, d_from) / lr_mul)
        self.bias = nn.Parameter(torch.full((d_to,), float(bias)))
        self.lr_mul, self.activated = lr_mul, activated

    def forward(self, x: Tensor) -> Tensor:
        """(…, d_from) → (…, d_to)."""
        y = F.linear(x, self.weight * (self.lr_mul / math.sqrt(self.weight.shape[1])), self.bias * self.lr_mul)
        return scaled_leaky_relu(y) if self.activated else y


def fir_kernel(gain: float = 1.0) -> Tensor:
    """The 4×4 low-pass filter, its sum `gain`."""
    row = torch.tensor(FIR)
    kernel = torch.outer(row, row)
    return kernel * (gain / kernel.sum())


def blur(x: Tensor, kernel: Tensor, pad: tuple[int, int]) -> Tensor:
    """Each channel of (N, C, H, W) filtered by a symmetric (4, 4) kernel after padding by `pad` = (before, after)."""
    before, after = pad
    x = F.pad(x, (before, after, before, after))
    channels = x.shape[1]
    return F.conv2d(x, kernel.to(x.dtype).expand(channels, 1, *kernel.shape), groups=channels)


def upsample(x: Tensor, kernel: Tensor) -> Tensor:
    """(N, C, H, W) → (N, C, 2H, 2W): zeros between the pixels, then the filter (of gain 4)."""
    n, c, h, w = x.shape
    zeros = x.new_zeros(n, c, h, 2, w, 2)
    zeros[:, :, :, 0, :, 0] = x
    return blur(zeros.view(n, c, 2 * h, 2 * w), kernel, (2, 1))
