"""Many pictures of a model, quickly: layouts by seed and batches drawn on the model's device, in float32."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor

from ..core.errors import BlobGANError
from ..core.layout import Layout
from ..core.seeds import noise_from_seed, z_from_seed
from ..library.card import Card
from ..model.blobgan import BlobGAN
from ..training.synthesis import draw

NOISE_SEED = 0  # of the spatial noise, which is the same in every picture, as it is in Blender
_PIXELS = 2**21  # that a GPU draws at a time: 128 pictures of 128²


class Drawer(Protocol):
    """What draws layouts. A model does; the tests have one whose blobs are objects by construction."""

    blobs: int
    side: int  # of its pictures in pixels

    def sample(self, seed: int, count: int, truncation: float) -> Layout[Tensor]:
        """`count` layouts; row i does not depend on `count`."""
        ...

    def draw(self, layout: Layout[Tensor]) -> Tensor:
        """uint8 (N, 3, side, side)."""
        ...


class ModelDrawer:
    """A BlobGAN on a device, its pictures rounded to bytes as a file's are."""

    def __init__(self, model: BlobGAN, card: Card, device: torch.device) -> None:
        self.card, self.device = card, device
        self.model = model.to(device)
        self.blobs, self.side = model.config.blobs, model.config.resolution
        noise = noise_from_seed(NOISE_SEED, self.side)
        self._noise = [torch.from_numpy(map_).to(device) for map_ in noise]

    @torch.inference_mode()
    def sample(self, seed: int, count: int, truncation: float) -> Layout[Tensor]:
        """See `Drawer`."""
        z = torch.from_numpy(z_from_seed(seed, count, self.model.config.d_noise)).to(self.device)
        return self.model.layout_net(z, truncation, self.model.mean_latent)

    @torch.inference_mode()
    def draw(self, layout: Layout[Tensor]) -> Tensor:
        """See `Drawer`."""
        at_once = max(1, _PIXELS // self.side**2) if self.device.type != "cpu" else 16
        return torch.cat([self._draw(part) for part in batches(layout, at_once)])

    def _draw(self, layout: Layout[Tensor]) -> Tensor:
        image = draw(self.model.generator, layout, self._noise, torch.float32)
        if not torch.isfinite(image).all():  # as bytes they would look like a picture
            raise BlobGANError(f"{self.card.name} draws values that are not finite: it is damaged. Name another.")
        return ((image + 1) * 127.5).round().clamp(0, 255).byte()


def batches(layout: Layout[Tensor], size: int) -> Iterator[Layout[Tensor]]:
    """Layouts, `size` at a time."""
    for start in range(0, layout.count, size):
        yield layout.map(lambda tensor: tensor[start : start + size])  # noqa: B023 - called at once
