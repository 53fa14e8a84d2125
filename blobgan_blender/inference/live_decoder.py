"""The quick road of a GPU: half precision, and the whole picture as one captured graph. For live pictures (`drafts`).

An H100 draws the paper's picture in less time than Python takes to ask for its hundred kernels. So the asking is
recorded once for each number of layouts and blobs, with buffers of its own for all that goes in, and replayed. What
changed is copied into the buffers: the geometry always, appearances and noise when they are others than last time.

Where nothing can be captured, a recording is the call itself, so that its book-keeping is tested on a CPU.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..core.layout import Layout
from ..model.generator import Generator
from .decoder import Appearance, Decoder, Modulation
from .transfer import KnownMaps, decoded, encoded, packed, tensor_of, unpacked

_RECORDINGS = 4  # kept: a graph of the paper's model holds some 300 MB
_WARM_UP = 3  # calls before a capture, in which libraries choose and allocate


@dataclass
class Inputs:
    """What pictures of N layouts of M blobs are drawn from, on the device; the geometry is `transfer.packed`."""

    count: int
    blobs: int

    geometry: Tensor
    appearance: Appearance
    noise: list[Tensor]

    def copied(self) -> Inputs:
        """The same in memory of its own."""
        layers = (
            Modulation(layer.styles.clone(), None if layer.gram is None else layer.gram.clone())
            for layer in self.appearance.modulations
        )
        appearance = Appearance(self.appearance.features.clone(), tuple(layers))
        noise = [map_.clone() for map_ in self.noise]
        return Inputs(self.count, self.blobs, self.geometry.clone(), appearance, noise)


class _Recording:
    """One shape's graph with its buffers."""

    def __init__(self, draw: Callable[[Inputs], Tensor], first: Inputs) -> None:
        self._buffers, self._filled = first.copied(), first
        self._draw = draw
        self._graph: torch.cuda.CUDAGraph | None = None
        if first.geometry.is_cuda:
            self._capture()

    def __call__(self, inputs: Inputs) -> Tensor:
        self._fill(inputs)
        if self._graph is None:
            return self._draw(self._buffers)
        self._graph.replay()
        return self._result

    def _fill(self, inputs: Inputs) -> None:
        self._buffers.geometry.copy_(inputs.geometry, non_blocking=True)
        if inputs.appearance is not self._filled.appearance:
            self._buffers.appearance.features.copy_(inputs.appearance.features)
            pairs = zip(self._buffers.appearance.modulations, inputs.appearance.modulations, strict=True)
            for mine, layer in pairs:
                mine.styles.copy_(layer.styles)
                if mine.gram is not None and layer.gram is not None:
                    mine.gram.copy_(layer.gram)
        if any(one is not other for one, other in zip(inputs.noise, self._filled.noise, strict=True)):
            for buffer, map_ in zip(self._buffers.noise, inputs.noise, strict=True):
                buffer.copy_(map_)
        self._filled = inputs

    def _capture(self) -> None:
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with _fastest():
            with torch.cuda.stream(beside):
                for _ in range(_WARM_UP):
                    self._draw(self._buffers)
            torch.cuda.current_stream().wait_stream(beside)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self._result = self._draw(self._buffers)
        self._graph = graph


@contextmanager
def _fastest() -> Iterator[None]:
    """cuDNN tries its algorithms and takes the fastest, which need not sum in the same order every time."""
    deterministic = torch.are_deterministic_algorithms_enabled()
    warns = torch.is_deterministic_algorithms_warn_only_enabled()
    tries = torch.backends.cudnn.benchmark
    torch.use_deterministic_algorithms(False)
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = tries
        torch.use_deterministic_algorithms(deterministic, warn_only=warns)


class LiveDecoder:
    """Layouts → pictures as bytes, fast. Not thread-safe."""

    def __init__(
        self,
        generator: Generator,
        *,
        half: bool = True,
        captured: bool = True,
        fused: bool = False,
        compiled: bool = False,
    ) -> None:
        """Fold the weights.

        Args:
            generator: whose pictures to draw, on its device.
            half: weights and maps in float16.
            captured: record and replay.
            fused: see `Decoder`.
            compiled: let torch.compile fuse what it can; the first picture of each shape takes a minute.
        """
        self._device = generator.conv1.conv.weight.device
        self._resolution = generator.config.resolution
        self._decoder = Decoder(generator, torch.float16 if half else torch.float32, fused)
        self._noise = KnownMaps(self._device)
        self._captured = captured
        self._drawn = torch.compile(self._drawn_eagerly, dynamic=False) if compiled else self._drawn_eagerly
        self._recordings: OrderedDict[tuple[int, int], _Recording] = OrderedDict()

    @torch.inference_mode()
    def __call__(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> np.ndarray:
        """uint8 (N, H, W, 3) of float32 layouts; `noise` is read-only, or else it is brought over every time.

        Raises:
            BlobGANError: the pictures hold values that are not finite.
        """
        return decoded(self.draw(self.prepared(layout, noise)), self._resolution)

    @torch.inference_mode()
    def prepared(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> Inputs:
        """What `draw` takes, on its way to the device."""
        appearance = self._decoder.appearance(layout.map(tensor_of))
        geometry = packed(layout, self._device)
        return Inputs(layout.count, layout.blobs, geometry, appearance, self._noise(noise))

    @torch.inference_mode()
    def draw(self, inputs: Inputs) -> Tensor:
        """The pictures' bytes on the device, as `transfer.encoded` has them, until the next call."""
        if not self._captured:
            return self._draw(inputs)
        key = (inputs.count, inputs.blobs)
        if key not in self._recordings:
            if len(self._recordings) >= _RECORDINGS:
                self._recordings.popitem(last=False)
            self._recordings[key] = _Recording(self._draw, inputs)
        self._recordings.move_to_end(key)
        return self._recordings[key](inputs)

    def _draw(self, inputs: Inputs) -> Tensor:
        modulations = inputs.appearance.modulations
        styles, grams = [layer.styles for layer in modulations], [layer.gram for layer in modulations]
        features, shape = inputs.appearance.features, (inputs.count, inputs.blobs)
        return self._drawn(inputs.geometry, shape, features, styles, grams, inputs.noise)

    def _drawn_eagerly(
        self,
        geometry: Tensor,
        shape: tuple[int, int],
        features: Tensor,
        styles: list[Tensor],
        grams: list[Tensor | None],
        noise: list[Tensor],
    ) -> Tensor:
        modulations = tuple(Modulation(*pair) for pair in zip(styles, grams, strict=True))
        layout = unpacked(geometry, *shape, features, features)  # of which the splats look at the geometry alone
        return encoded(self._decoder.draw(Appearance(features, modulations), self._decoder.splats(layout), noise))
