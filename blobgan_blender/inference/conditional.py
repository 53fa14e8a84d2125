"""Conditional sampling: noise whose layout has given blobs in given places, by choice among many and then by gradient.

Many seeds are sampled and the nearest kept, no two of them alike; their noise is then moved so that the layout network
puts the pinned blobs where they shall be. What noise alone cannot reach under truncation, the latent before the
network's last layer is moved for as well, held near where it was. The generator takes no part in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.completion import Candidates, Pins
from ..core.seeds import z_from_seed
from ..library.card import ModelConfig
from ..model.layers import EqualLinear, pixel_norm, scaled_leaky_relu
from ..model.layout_network import LayoutNetwork
from .predictor import Report

SEEDS = 3072  # sampled at first
BATCH = 256
SHORTLIST = 8  # nearest seeds for each candidate wanted, of which the most different ones are refined
Z_STEPS, Z_RATE = 160, 0.04
LATENT_STEPS, LATENT_RATE = 120, 0.02
GOOD = 0.004  # picture units: nearer than this there is nothing to gain
AREA_WEIGHT = 20.0  # of an area's square against a centre's
FAR_OFF = 0.02  # difference of areas from which more of it counts in proportion: places are not given up for sizes
ANCHOR = 1e-3  # holds a latent near where it was


class Completer:
    """A layout network with gradients, beside the predictor's own without: all but what no loss looks at."""

    def __init__(self, network: LayoutNetwork, mean_latent: Tensor) -> None:
        """Fold copies of the weights: what was loaded in inference mode can take no part in a gradient."""
        self._network = network
        with torch.inference_mode(False):
            self._mean = mean_latent.clone()
            layers = [layer for layer in network.mlp if isinstance(layer, EqualLinear)]
            self._trunk = [_folded(layer) for layer in layers[:-1]]
            # Of the last layer's thousands of rows only those of places and sizes: x, y and s of each blob.
            rows, self._blobs = _rows(network.config)
            weight, bias = _folded(layers[-1])
            self._head = (weight[rows].clone(), bias[rows].clone())

    def complete(self, pins: Pins, truncation: float, seed: int, count: int, report: Report) -> Candidates:
        """`count` different rooms that fit the pins, the nearest first.

        Args:
            pins: at least one.
            truncation: t in [0, 1) of the rooms.
            seed: of the noise.
            count: how many.
            report: called with a fraction in [0, 1] and what is being done, between steps; may raise to stop.
        """
        with torch.inference_mode(False), torch.enable_grad(), _one_thread():
            goal = _Goal(pins, self._network.config.ab_norm, self._mean.device)
            z = self._nearest(goal, truncation, seed, count, report)
            z = self._refine(z, goal, truncation, report)
            latents = self._latent(z).detach()
            if float(goal.misses(self._places(latents, truncation)).max()) > GOOD:
                latents = self._refine_latents(latents, goal, truncation, report)
            with torch.no_grad():
                layout = self._network.read(self._network.mlp[-1](self._truncated(latents, truncation)))
                misses = goal.misses(_Places(layout.xs, layout.ys, layout.sizes[:, 1:]))
                order = torch.argsort(misses)
            found = layout.map(lambda tensor: tensor[order].cpu().numpy())
            return Candidates(found, misses[order].cpu().numpy().astype(np.float64))

    def _latent(self, z: Tensor) -> Tensor:
        """`LayoutNetwork.latent`, folded."""
        h = pixel_norm(z)
        for weight, bias in self._trunk:
            h = scaled_leaky_relu(F.linear(h, weight, bias))
        return h

    def _truncated(self, latents: Tensor, truncation: float) -> Tensor:
        return self._mean * truncation + latents * (1 - truncation)

    def _places(self, latents: Tensor, truncation: float) -> _Places:
        x, y, sizes = F.linear(self._truncated(latents, truncation), *self._head).split(self._blobs, dim=1)
        return _Places(x.sigmoid(), y.sigmoid(), sizes)

    @torch.no_grad()
    def _nearest(self, goal: _Goal, truncation: float, seed: int, count: int, report: Report) -> Tensor:
        """Noise (count, d_noise) of seeds near the goal, the most different of a shortlist."""
        device = self._mean.device
        noise = torch.from_numpy(z_from_seed(seed, SEEDS, self._network.config.d_noise)).to(device)
        losses, places = [], []
        for start in range(0, SEEDS, BATCH):
            report(0.4 * start / SEEDS, f"Trying {SEEDS} rooms")
            found = self._places(self._latent(noise[start : start + BATCH]), truncation)
            losses.append(goal.loss(found))
            places.append(torch.cat([found.xs, found.ys], dim=1))
        near = torch.argsort(torch.cat(losses))[: SHORTLIST * count]
        where = torch.cat(places)[near]
        chosen = [0]
        distance = (where - where[0]).square().sum(dim=1)
        while len(chosen) < count:
            chosen.append(int(distance.argmax()))
            distance = torch.minimum(distance, (where - where[chosen[-1]]).square().sum(dim=1))
        return noise[near[chosen]].clone()

    def _refine(self, z: Tensor, goal: _Goal, truncation: float, report: Report) -> Tensor:
        z.requires_grad_(True)
        optimizer = torch.optim.Adam([z], lr=Z_RATE)
        for step in range(Z_STEPS):
            if step % 8 == 0:
                report(0.4 + 0.35 * step / Z_STEPS, "Fitting the room")
            found = self._places(self._latent(z), truncation)
            if float(goal.misses(found).max()) < GOOD:
                break
            optimizer.zero_grad()
            goal.loss(found).sum().backward()
            optimizer.step()
        return z.detach()

    def _refine_latents(self, start: Tensor, goal: _Goal, truncation: float, report: Report) -> Tensor:
        latents = start.clone().requires_grad_(True)
        optimizer = torch.optim.Adam([latents], lr=LATENT_RATE)
        for step in range(LATENT_STEPS):
            if step % 8 == 0:
                report(0.75 + 0.25 * step / LATENT_STEPS, "Fitting the room")
            found = self._places(latents, truncation)
            if float(goal.misses(found).max()) < GOOD:
                break
            loss = goal.loss(found) + ANCHOR * (latents - start).square().mean(dim=1)
            optimizer.zero_grad()
            loss.sum().backward()
            optimizer.step()
        return latents.detach()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Products this small gain a tenth of a second by a second thread, and on busy cores each waits for the other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Goal:
    """How far layouts are from the pins."""

    def __init__(self, pins: Pins, ab_norm: float, device: torch.device) -> None:
        self._area_per_logit = ab_norm  # picture units², over π: so much more a blob owns that can be seen
        self._rows = torch.from_numpy(np.asarray(pins.indices, np.int64)).to(device)
        self._xs, self._ys, self._sizes = (
            torch.from_numpy(np.asarray(values, np.float32)).to(device) for values in (pins.xs, pins.ys, pins.sizes)
        )

    def loss(self, found: _Places) -> Tensor:
        """(N,) squared distances of centres, and of areas, as far as they go."""
        dx, dy = found.xs[:, self._rows] - self._xs, found.ys[:, self._rows] - self._ys
        areas = self._area_per_logit * (found.sizes[:, self._rows] - self._sizes)
        of_areas = 2 * F.huber_loss(areas, torch.zeros_like(areas), reduction="none", delta=FAR_OFF)
        return (dx.square() + dy.square() + AREA_WEIGHT * of_areas).sum(dim=1)

    def misses(self, found: _Places) -> Tensor:
        """(N,) the largest |Δx| or |Δy|."""
        dx, dy = found.xs[:, self._rows] - self._xs, found.ys[:, self._rows] - self._ys
        return torch.cat([dx, dy], dim=1).abs().amax(dim=1).detach()


class _Places(NamedTuple):
    """Where layouts have their blobs: xs, ys, sizes (N, M) without the background's."""

    xs: Tensor
    ys: Tensor
    sizes: Tensor


def _folded(layer: EqualLinear) -> tuple[Tensor, Tensor]:
    """Weight and bias as `EqualLinear.forward` scales them."""
    scale = layer.lr_mul / math.sqrt(layer.weight.shape[1])
    return layer.weight.detach().clone() * scale, layer.bias.detach().clone() * layer.lr_mul


def _rows(config: ModelConfig) -> tuple[Tensor, int]:
    """The rows of the layout vector that hold x, y and s of each blob, in that order (`parity.md` 3), and M."""
    blob = torch.arange(config.blobs)
    appearance = config.d_in + config.d_style
    x = config.blobs + 1 + appearance + blob * (6 + appearance)
    return torch.cat([x, x + 1, 1 + blob]), config.blobs
