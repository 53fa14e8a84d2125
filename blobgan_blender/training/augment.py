"""Augmentation for small sets: the same random changes of real and generated pictures before the discriminator.

After DiffAugment (Zhao et al., arXiv 2006.10738): colours, a shift of an eighth, a cut-out square of half the side. All
of it passes gradients on to the pictures.
"""

from __future__ import annotations

import torch
from torch import Tensor

SHIFT = 8  # a shift is the side's 1/8 at most
CUT = 2  # a cut-out square has 1/2 of the side


def mirror(images: Tensor, generator: torch.Generator) -> Tensor:
    """(N, 3, H, W), each flipped left to right with probability one half."""
    chosen = torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device) < 0.5
    return torch.where(chosen, images.flip(3), images)


def augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """(N, 3, H, W) in about [-1, 1] with random brightness, saturation and contrast, shifted and cut out."""
    return _cut_out(_shift(_recolor(images, generator), generator), generator)


def _uniform(images: Tensor, generator: torch.Generator) -> Tensor:
    return torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device)


def _recolor(images: Tensor, generator: torch.Generator) -> Tensor:
    images = images + (_uniform(images, generator) - 0.5)
    grey = images.mean(dim=1, keepdim=True)
    images = (images - grey) * (2 * _uniform(images, generator)) + grey
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return (images - mean) * (_uniform(images, generator) + 0.5) + mean


def _integers(low: int, high: int, count: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """Integers in low … high, (count, 1)."""
    return torch.randint(low, high + 1, (count, 1), generator=generator, device=device)


def _shift(images: Tensor, generator: torch.Generator) -> Tensor:
    """Shifted by whole pixels; what comes in is black, as in a zero-padded picture."""
    n, c, h, w = images.shape
    device = images.device
    rows = torch.arange(h, device=device) - _integers(-(h // SHIFT), h // SHIFT, n, generator, device)  # (N, H)
    columns = torch.arange(w, device=device) - _integers(-(w // SHIFT), w // SHIFT, n, generator, device)  # (N, W)
    inside = ((rows >= 0) & (rows < h))[:, None, :, None] & ((columns >= 0) & (columns < w))[:, None, None, :]
    images = images.gather(2, rows.clamp(0, h - 1)[:, None, :, None].expand(n, c, h, w))
    images = images.gather(3, columns.clamp(0, w - 1)[:, None, None, :].expand(n, c, h, w))
    return images * inside


def _cut_out(images: Tensor, generator: torch.Generator) -> Tensor:
    """A square set to 0, its middle anywhere in the picture."""
    n, _, h, w = images.shape
    device = images.device
    top = _integers(0, h, n, generator, device) - h // CUT // 2
    left = _integers(0, w, n, generator, device) - w // CUT // 2
    row, column = torch.arange(h, device=device), torch.arange(w, device=device)
    in_rows, in_columns = (row >= top) & (row < top + h // CUT), (column >= left) & (column < left + w // CUT)
    return images * ~(in_rows[:, None, :, None] & in_columns[:, None, None, :])
