"""The torch engine: any device, and every model that training makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ..core.layout import Layout
from ..library.card import Card
from ..model.blobgan import BlobGAN, load_model
from ..model.splat import blob_map
from .decoder import Decoder
from .devices import pick_device
from .predictor import Predictor


class TorchPredictor(Predictor):
    """See the module; `device` says where it computes."""

    def __init__(self, model: BlobGAN, card: Card, device: torch.device) -> None:
        super().__init__(card)
        self.device = device
        self._model = model.to(device)
        self._decoder = Decoder(self._model.generator)

    @classmethod
    @torch.inference_mode()
    def load(cls, path: Path, *, sha256: str | None = None, device: str | None = None) -> TorchPredictor:
        """Load a converted model.

        Args:
            path: `NAME.safetensors`, its card beside it.
            sha256: the hash it must have; the card's if None.
            device: see `devices.pick_device`.

        Raises:
            ModelFileError: missing, damaged, foreign, or not the model that was asked for.
            BlobGANError: the device cannot be used.
        """
        chosen = pick_device(device)
        model, card = load_model(path, sha256)
        return cls(model, card, chosen)

    @torch.inference_mode()
    def _sample(self, z: np.ndarray, truncation: float) -> Layout[np.ndarray]:
        layout = self._model.layout_net(self._tensor(z), truncation, self._model.mean_latent)
        return layout.map(lambda tensor: tensor.cpu().numpy())

    @torch.inference_mode()
    def _render(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> np.ndarray:
        maps = [self._tensor(map_) for map_ in noise]
        return self._decoder(layout.map(self._tensor), maps).cpu().numpy()

    @torch.inference_mode()
    def _blob_map(self, layout: Layout[np.ndarray], colors: np.ndarray, gain: float) -> np.ndarray:
        shown = blob_map(layout.map(self._tensor), self._tensor(colors), self.config.resolution, gain)
        return shown.cpu().numpy()

    def _tensor(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array).to(self.device)
