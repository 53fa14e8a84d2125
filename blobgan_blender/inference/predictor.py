"""`Predictor`: a model file on a device, sampled and drawn with numpy on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from ..core.completion import Candidates, Pins
from ..core.errors import BlobGANError, LayoutError
from ..core.layout import Layout
from ..core.seeds import noise_count, noise_side
from ..library.card import Card, ModelConfig
from ..model.blobgan import BlobGAN, load_model
from ..model.splat import BLOB_MAP_GAIN, blob_map, composite, scores
from .conditional import Completer, Report
from .decoder import Decoder
from .devices import pick_device


class Predictor:
    """One loaded model. Same layout and noise ⇒ same pixels, in any order of calls. Not thread-safe.

    Attributes:
        card: the model's card.
        config: its architecture.
        device: where it computes.
    """

    def __init__(self, model: BlobGAN, card: Card, device: torch.device) -> None:
        self.card = card
        self.config: ModelConfig = model.config
        self.device = device
        self._model = model.to(device)
        self._decoder = Decoder(self._model.generator)
        self._completer: Completer | None = None  # made when first needed: it copies the layout network

    @classmethod
    @torch.inference_mode()
    def load(cls, path: Path, *, sha256: str | None = None, device: str | None = None) -> Predictor:
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
    def sample(self, z: np.ndarray, truncation: float) -> Layout[np.ndarray]:
        """Layouts of noise z (N, d_noise), pulled towards the mean by `truncation` in [0, 1]; float32 arrays.

        Raises:
            LayoutError: z has another shape.
        """
        if np.ndim(z) != 2 or np.shape(z)[1] != self.config.d_noise:
            raise LayoutError(f"This model makes layouts of noise z (N, {self.config.d_noise}), not {np.shape(z)}.")
        noise = torch.from_numpy(np.ascontiguousarray(z, np.float32)).to(self.device)
        layout = self._model.layout_net(noise, truncation, self._model.mean_latent)
        return layout.map(lambda tensor: tensor.cpu().numpy())

    @torch.inference_mode()
    def render(self, layout: Layout[np.ndarray], noise: Sequence[np.ndarray]) -> np.ndarray:
        """Draw layouts of any number of blobs.

        Args:
            layout: N layouts.
            noise: `core.seeds.noise_from_seed`'s maps, (N or 1, 1, side, side) each.

        Returns:
            float32 (N, 3, H, W), about [-1, 1], unclamped; see `to_rgb8`.

        Raises:
            LayoutError: the layout or the noise does not fit the model.
            BlobGANError: the picture holds values that are not finite.
        """
        layout.check(self.config.d_in, self.config.d_style)
        self._check_noise(noise, layout.count)
        maps = [torch.from_numpy(np.ascontiguousarray(map_, np.float32)).to(self.device) for map_ in noise]
        image = self._decoder(self._tensors(layout), maps).cpu().numpy()
        # As bytes they would be black pixels, and look like a picture.
        if not np.isfinite(image).all():
            raise BlobGANError(
                "The picture holds values that are not finite: a blob's covariance is flat or not finite, or the "
                "model is damaged. Reset the layout, or load the model again."
            )
        return image

    @torch.inference_mode()
    def blob_map(self, layout: Layout[np.ndarray], colors: np.ndarray, gain: float = BLOB_MAP_GAIN) -> np.ndarray:
        """The layouts as coloured ellipses: float32 (N, 3, H, W) in [0, 1]; colors (≥ M+1, 3), row 0 the background."""
        rows = torch.from_numpy(np.ascontiguousarray(colors, np.float32)).to(self.device)
        return blob_map(self._tensors(layout), rows, self.config.resolution, gain).cpu().numpy()

    @torch.inference_mode()
    def mattes(self, layout: Layout[np.ndarray]) -> np.ndarray:
        """What is seen of each blob behind those in front: float32 (N, M+1, H, W), row 0 the background, sums to 1.

        Of the layout only the geometry is read: its appearances may be of any width.
        """
        return composite(scores(self._tensors(layout), self.config.resolution)).cpu().numpy()

    def complete(self, pins: Pins, truncation: float, seed: int, count: int, report: Report) -> Candidates:
        """Rooms with given blobs in given places; see `conditional.Completer.complete`.

        Raises:
            LayoutError: a pin is none of this model's blobs, or there are none.
        """
        if not len(pins.indices) or not ((pins.indices >= 0) & (pins.indices < self.config.blobs)).all():
            raise LayoutError(f"Pins are some of this model's blobs 0 … {self.config.blobs - 1}, not {pins.indices}.")
        if self._completer is None:
            self._completer = Completer(self._model.layout_net, self._model.mean_latent)
        return self._completer.complete(pins, truncation, seed, count, report)

    def _check_noise(self, noise: Sequence[np.ndarray], count: int) -> None:
        sides = [noise_side(index) for index in range(noise_count(self.config.resolution))]
        found = [np.shape(map_) for map_ in noise]
        wanted = [{(1, 1, side, side), (count, 1, side, side)} for side in sides]
        if len(found) != len(wanted) or any(shape not in fits for shape, fits in zip(found, wanted, strict=True)):
            raise LayoutError(
                f"This model takes noise maps of the sides {sides}, 1 or {count} of each, not of the shapes {found}."
            )

    def _tensors(self, layout: Layout[np.ndarray]) -> Layout[torch.Tensor]:
        return layout.map(lambda array: torch.from_numpy(np.ascontiguousarray(array, np.float32)).to(self.device))


def to_rgb8(image: np.ndarray) -> np.ndarray:
    """A network's picture (N, 3, H, W) in [-1, 1] as display colours: uint8 (N, H, W, 3), clamped and rounded."""
    scaled = np.rint((np.asarray(image, np.float32) + 1) * 127.5)
    return np.clip(scaled, 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)


def map_to_rgb8(blob_maps: np.ndarray) -> np.ndarray:
    """Blob maps (N, 3, H, W) in [0, 1] as uint8 (N, H, W, 3)."""
    return to_rgb8(np.asarray(blob_maps, np.float32) * 2 - 1)
