"""The adversarial losses and the gradient penalties (`parity.md` 14; R3GAN: Huang et al., arXiv 2501.05441)."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def discriminator_loss(real: Tensor, fake: Tensor, relativistic: bool) -> Tensor:
    """What the discriminator makes small, of logits (N, 1) of real and generated pictures."""
    if relativistic:
        return F.softplus(fake - real).mean()
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(fake: Tensor, real: Tensor | None = None) -> Tensor:
    """What the generator makes small, of logits (N, 1); relativistic where the real pictures' logits are given."""
    return F.softplus(-fake if real is None else real - fake).mean()


def gradient_penalty(judge: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """Mean over the batch of ‖∇ logit‖² at pictures (N, 3, H, W): R1 at real ones, R2 at generated ones, unscaled."""
    images = images.detach().requires_grad_()
    gradient = torch.autograd.grad(judge(images).sum(), images, create_graph=True)[0]
    return gradient.float().square().sum(dim=(1, 2, 3)).mean()
