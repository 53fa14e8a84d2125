"""The torch engine: any device, and every model that training makes."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

# cuBLAS reads it when it is first used: without it its results may differ from run to run.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
# libgomp reads it when torch loads it: threads that wait spin some 10 µs, not for milliseconds, in which they take the
# cores from Blender and from each other (docs/performance.md).
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

import torch

from ..core.completion import Candidates, Pins
from ..core.layout import Layout
from ..library.card import Card
from ..model.blobgan import BlobGAN, load_model
from .batches import batch_for
from .compiling import compile_beside, is_wanted, stop
from .conditional import Completer
from .decoder import Decoder, upsample
from .devices import device_name, pick_device
from .drafts import Drafts
from .engine import Engine, threads_wanted
from .live_decoder import LiveDecoder
from .predictor import Predictor, Report, Stage
from .quickening import Quickening
from .transfer import KnownMaps, decoded, encoded, geometry_on, tensor_of


class TorchEngine(Engine):
    """See the module."""

    def __init__(self, device: str | None = None, *, half: bool = False) -> None:
        """Set torch up.

        Args:
            device: see `pick_device`.
            half: draw in half precision, which takes half the memory: for live pictures only.
        """
        self._device, self._half = pick_device(device), half
        self.version = f"torch {torch.__version__}"
        name = device_name(self._device)
        self.device = name if name.lower() == self._device.type else f"{self._device.type} ({name})"
        self.device += ", half precision" if half else ""
        threads = threads_wanted()
        if threads is not None:
            torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True, warn_only=True)
        # Filling fresh tensors costs time, and nothing here reads one before it is written.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        torch.backends.cudnn.benchmark = False
        # A 10-bit mantissa shows: pictures are to agree across devices within 1/255.
        torch.backends.cudnn.allow_tf32 = False

    @torch.inference_mode()
    def load(self, path: Path, sha256: str | None = None) -> TorchPredictor:
        """See `Engine.load`."""
        return TorchPredictor(*load_model(path, sha256), self._device, half=self._half)

    def lighter(self) -> TorchEngine | None:
        """Half precision on the same device, then the CPU. There, half precision is slower and takes no less."""
        if self._device.type == "cpu":
            return None
        return TorchEngine("cpu") if self._half else TorchEngine(str(self._device), half=True)

    def free_memory(self) -> None:
        """See `Engine.free_memory`."""
        stop()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        elif self._device.type == "mps":
            torch.mps.empty_cache()
        elif self._device.type == "xpu":
            torch.xpu.empty_cache()


class TorchPredictor(Predictor):
    """A model on a torch device."""

    @torch.inference_mode()
    def __init__(self, model: BlobGAN, card: Card, device: torch.device, *, half: bool = False) -> None:
        super().__init__(card, batch_for(device.type, card.architecture.resolution))
        self._device = device
        self._model = model.to(device)
        self._decoder = Decoder(self._model.generator, torch.float16 if half else torch.float32)
        self._noise = KnownMaps(device)
        self._completer: Completer | None = None  # made when first needed: it copies the layout network
        self._drafts: Drafts | None = None
        self._quickening: Quickening | None = None
        if device.type == "cuda" and not half:
            # Nothing of theirs holds on to this predictor, which is to go with its memory when it is let go.
            self._quickening = Quickening(compile_beside) if is_wanted() else None
            self._drafts = Drafts(functools.partial(LiveDecoder, self._model.generator, fused=True), self._quickening)

    @torch.inference_mode()
    def _sample(self, z: np.ndarray, truncation: float) -> Layout[np.ndarray]:
        layout = self._model.layout_net(tensor_of(z).to(self._device), truncation, self._model.mean_latent)
        return layout.map(lambda tensor: tensor.cpu().numpy())

    @torch.inference_mode()
    def _render(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> np.ndarray:
        return self._draw(layout, noise).cpu().numpy()

    @torch.inference_mode()
    def _picture(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> np.ndarray:
        return decoded(encoded(self._draw(layout, noise)), self.config.resolution)

    def _draft(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> np.ndarray | None:
        return None if self._drafts is None else self._drafts(layout, noise, self._picture)

    def rest(self) -> bool:
        """See `Predictor.rest`."""
        return self._drafts is not None and self._drafts.rest(self._picture)

    @property
    def drafts_are_compiled(self) -> bool:
        """See `Predictor.drafts_are_compiled`."""
        return self._quickening is not None and self._quickening.newest_is_compiled

    def _complete(self, pins: Pins, truncation: float, seed: int, count: int, report: Report) -> Candidates:
        if self._completer is None:
            self._completer = Completer(self._model.layout_net, self._model.mean_latent)
        return self._completer.complete(pins, truncation, seed, count, report)

    @torch.inference_mode()
    def _stages(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> Iterator[Stage | None]:
        given = geometry_on(self._device, layout)
        for rgb in self._decoder.steps(
            self._decoder.appearance(given), self._decoder.splats(given), self._noise(noise)
        ):
            if rgb is None:
                yield None
                continue
            side = rgb.shape[-1]
            yield Stage(side, side == self.config.resolution, functools.partial(self._enlarged, rgb))

    @torch.inference_mode()
    def _enlarged(self, rgb: torch.Tensor) -> np.ndarray:
        """Colours as the next octaves would take them over, as bytes."""
        while rgb.shape[-1] < self.config.resolution:
            rgb = upsample(rgb)
        return decoded(encoded(rgb), self.config.resolution)

    def _draw(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> torch.Tensor:
        return self._decoder(geometry_on(self._device, layout), self._noise(noise))
