"""Conditional sampling: noise whose layout has given blobs in given places, by choice among many and then by gradient.

Many seeds are sampled and the nearest kept, no two of them alike; their noise is then moved so that the layout network
puts the pinned blobs where they shall be. What noise alone cannot reach under truncation, the latent before the
network's last layer is moved for as well, held near where it was. The generator takes no part in it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ..core.completion import Candidates, Pins
from ..core.layout import Layout
from ..core.seeds import z_from_seed
from ..model.layout_network import LayoutNetwork

SEEDS = 3072  # sampled at first
BATCH = 256
SHORTLIST = 8  # nearest seeds for each candidate wanted, of which the most different ones are refined
Z_STEPS, Z_RATE = 160, 0.04
LATENT_STEPS, LATENT_RATE = 120, 0.02
GOOD = 0.004  # picture units: nearer than this there is nothing to gain
SIZE_WEIGHT = 0.003  # of a size logit's square against a centre's
ANCHOR = 1e-3  # holds a latent near where it was

Report = Callable[[float, str], None]


class Completer:
    """A layout network with gradients, beside the predictor's own without."""

    def __init__(self, network: LayoutNetwork, mean_latent: Tensor) -> None:
        """Copy the weights: what was loaded in inference mode can take no part in a gradient."""
        with torch.inference_mode(False):
            self._network = copy.deepcopy(network).requires_grad_(False)
            self._mean = mean_latent.clone()

    def complete(self, pins: Pins, truncation: float, seed: int, count: int, report: Report) -> Candidates:
        """`count` different rooms that fit the pins, the nearest first.

        Args:
            pins: at least one.
            truncation: t in [0, 1) of the rooms.
            seed: of the noise.
            count: how many.
            report: called with a fraction in [0, 1] and what is being done, between steps; may raise to stop.
        """
        with torch.inference_mode(False), torch.enable_grad():
            goal = _Goal(pins, self._mean.device)
            z = self._nearest(goal, truncation, seed, count, report)
            z = self._refine(z, goal, lambda z: self._layout(self._network.latent(z), truncation), report)
            latents = self._network.latent(z).detach()
            if float(goal.misses(self._layout(latents, truncation)).max()) > GOOD:
                latents = self._refine_latents(latents, goal, truncation, report)
            with torch.no_grad():
                layout = self._layout(latents, truncation)
                misses = goal.misses(layout)
                order = torch.argsort(misses)
            found = layout.map(lambda tensor: tensor[order].cpu().numpy())
            return Candidates(found, misses[order].cpu().numpy().astype(np.float64))

    def _layout(self, latents: Tensor, truncation: float) -> Layout[Tensor]:
        mixed = self._mean * truncation + latents * (1 - truncation)
        return self._network.read(self._network.mlp[-1](mixed))

    @torch.no_grad()
    def _nearest(self, goal: _Goal, truncation: float, seed: int, count: int, report: Report) -> Tensor:
        """Noise (count, d_noise) of seeds near the goal, the most different of a shortlist."""
        device = self._mean.device
        noise = torch.from_numpy(z_from_seed(seed, SEEDS, self._network.config.d_noise)).to(device)
        losses, places = [], []
        for start in range(0, SEEDS, BATCH):
            report(0.4 * start / SEEDS, f"Trying {SEEDS} rooms")
            layout = self._layout(self._network.latent(noise[start : start + BATCH]), truncation)
            losses.append(goal.loss(layout))
            places.append(torch.cat([layout.xs, layout.ys], dim=1))
        near = torch.argsort(torch.cat(losses))[: SHORTLIST * count]
        where = torch.cat(places)[near]
        chosen = [0]
        distance = (where - where[0]).square().sum(dim=1)
        while len(chosen) < count:
            chosen.append(int(distance.argmax()))
            distance = torch.minimum(distance, (where - where[chosen[-1]]).square().sum(dim=1))
        return noise[near[chosen]].clone()

    def _refine(self, z: Tensor, goal: _Goal, layout_of: Callable[[Tensor], Layout[Tensor]], report: Report) -> Tensor:
        z.requires_grad_(True)
        optimizer = torch.optim.Adam([z], lr=Z_RATE)
        for step in range(Z_STEPS):
            if step % 8 == 0:
                report(0.4 + 0.35 * step / Z_STEPS, "Fitting the room")
            layout = layout_of(z)
            if float(goal.misses(layout).max()) < GOOD:
                break
            optimizer.zero_grad()
            goal.loss(layout).sum().backward()
            optimizer.step()
        return z.detach()

    def _refine_latents(self, start: Tensor, goal: _Goal, truncation: float, report: Report) -> Tensor:
        latents = start.clone().requires_grad_(True)
        optimizer = torch.optim.Adam([latents], lr=LATENT_RATE)
        for step in range(LATENT_STEPS):
            if step % 8 == 0:
                report(0.75 + 0.25 * step / LATENT_STEPS, "Fitting the room")
            layout = self._layout(latents, truncation)
            if float(goal.misses(layout).max()) < GOOD:
                break
            loss = goal.loss(layout) + ANCHOR * (latents - start).square().mean(dim=1)
            optimizer.zero_grad()
            loss.sum().backward()
            optimizer.step()
        return latents.detach()


class _Goal:
    """How far layouts are from the pins."""

    def __init__(self, pins: Pins, device: torch.device) -> None:
        self._rows = torch.from_numpy(np.asarray(pins.indices, np.int64)).to(device)
        self._xs, self._ys, self._sizes = (
            torch.from_numpy(np.asarray(values, np.float32)).to(device) for values in (pins.xs, pins.ys, pins.sizes)
        )

    def loss(self, layout: Layout[Tensor]) -> Tensor:
        """(N,) squared distances of centres, and a little of the sizes'."""
        dx, dy = layout.xs[:, self._rows] - self._xs, layout.ys[:, self._rows] - self._ys
        ds = (layout.sizes[:, self._rows + 1] - self._sizes).clamp(-4, 4)
        return (dx.square() + dy.square() + SIZE_WEIGHT * ds.square()).sum(dim=1)

    def misses(self, layout: Layout[Tensor]) -> Tensor:
        """(N,) the largest |Δx| or |Δy|."""
        dx, dy = layout.xs[:, self._rows] - self._xs, layout.ys[:, self._rows] - self._ys
        return torch.cat([dx, dy], dim=1).abs().amax(dim=1).detach()
