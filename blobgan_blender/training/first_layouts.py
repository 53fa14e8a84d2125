"""The layouts that a run starts from: blobs that roam, instead of blobs that each keep to a corner.

A new layout network gives every blob a place of its own, which differs little from noise to noise, and learns slowly
(its learning rate is a hundredth). What a blob becomes then follows from where it happens to be: one at the left wall
is now a window, now a painting, and the bed is one blob's at the left and another's at the right. Spread, each blob
reaches the whole width and keeps to its height, as things in a room do; the lower it lies, the further in front; and
its size varies so much that it is faint or gone half the time.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..model.layers import EqualLinear
from ..model.layout_network import LayoutNetwork

ACROSS = 1.5  # standard deviation of x's logit: half of all places lie within 0.27 and 0.73
HIGHEST, LOWEST = -1.1, 1.4  # mean of y's logit for the first and the last blob: 0.25 and 0.8
DOWN = 0.35  # its standard deviation
SIZE, SIZES = 0.0, 1.8  # mean and standard deviation of the size logit
SAMPLES = 4096


@torch.no_grad()
def spread(network: LayoutNetwork) -> None:
    """Scale and shift a new network's last layer so that its layouts are as the module says, over noise z."""
    config = network.config
    device = next(network.parameters()).device
    z = torch.randn(SAMPLES, config.d_noise, generator=torch.Generator().manual_seed(0)).to(device)
    last = network.mlp[-1]
    assert isinstance(last, EqualLinear)
    numbers = last(network.latent(z))
    blobs = torch.arange(config.blobs, device=device)
    appearance = config.d_in + config.d_style
    first = 1 + config.blobs + appearance + blobs * (6 + appearance)  # x's row of each blob
    heights = torch.linspace(HIGHEST, LOWEST, config.blobs, device=device)
    _settle(last, numbers, first, torch.zeros_like(heights), ACROSS)
    _settle(last, numbers, first + 1, heights, DOWN)
    _settle(last, numbers, 1 + blobs, torch.full_like(heights, SIZE), SIZES)


def _settle(layer: EqualLinear, numbers: Tensor, rows: Tensor, means: Tensor, deviation: float) -> None:
    """Give the outputs `rows` of a layer, which are now `numbers` (S, …), other means and one standard deviation."""
    chosen = numbers[:, rows]
    factor = deviation / chosen.std(dim=0)
    shift = (means - chosen.mean(dim=0) * factor) / layer.lr_mul
    layer.bias[rows] = layer.bias[rows] * factor + shift
    layer.weight[rows] *= factor[:, None]
