"""The quick road of a GPU: half precision, and the whole picture as one captured graph. For live pictures (`drafts`).

An H100 draws the paper's picture in less time than Python takes to ask for its hundred kernels. So the asking is
recorded once for each number of layouts and of blobs, as `padding` rounds it up, with buffers of its own for all that
goes in, and replayed. What changed is copied into the buffers: the geometry always, appearances and noise when they are
others than last time.

Where nothing can be captured, a recording is the call itself, so that its book-keeping is tested on a CPU.

What is drawn is written in PyTorch, or for some shapes by a function that was compiled for them (`compiled`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..core.layout import Layout
from ..model.generator import Generator
from .decoder import Appearance, Decoder
from .drafts import NotNow, Shape
from .padding import padded
from .transfer import KnownMaps, at_home, decoded, encoded, packed, tensor_of, unpacked

_RECORDINGS = 4  # kept: a graph of the paper's model holds some 300 MB
_WARM_UP = 3  # calls before a capture, in which libraries choose and allocate

# Held while a graph is captured, and by another thread while it may wait for the whole device, which would spoil the
# capture whatever its mode.
STILL = threading.Lock()

Drawing = Callable[[Sequence[Tensor]], Tensor]  # of `LiveDecoder.tensors`, as `LiveDecoder.draw`


@dataclass
class Inputs:
    """What pictures of N `padded` layouts of M blobs are drawn from, on the device. The geometry is
    `transfer.packed`."""

    count: int
    blobs: int

    geometry: Tensor
    appearance: Appearance
    noise: list[Tensor]

    @property
    def shape(self) -> Shape:
        """What recordings and compiled drawings are made for."""
        return self.count, self.blobs

    def tensors(self) -> list[Tensor]:
        """All of them in one list: geometry, appearance, noise."""
        return [self.geometry, *self.appearance.tensors(), *self.noise]

    def having(self, tensors: Sequence[Tensor]) -> Inputs:
        """The same with other `tensors` in their places."""
        given = iter(tensors)
        geometry, features = next(given), next(given)
        styles = tuple(next(given) for _ in self.appearance.styles)
        grams = tuple(next(given) for _ in self.appearance.grams)
        return Inputs(self.count, self.blobs, geometry, Appearance(features, styles, grams), list(given))

    def copied(self) -> Inputs:
        """The same in memory of its own."""
        return self.having([tensor.clone() for tensor in self.tensors()])


class _Recording:
    """One shape's graph with its buffers. What draws is not held: a road that nobody uses is to go at once."""

    def __init__(self, draw: Callable[[Inputs], Tensor], first: Inputs) -> None:
        self._buffers, self._filled = first.copied(), first
        self._graph: torch.cuda.CUDAGraph | None = None
        if first.geometry.is_cuda:
            self._capture(draw)

    def __call__(self, draw: Callable[[Inputs], Tensor], inputs: Inputs) -> Tensor:
        """What `draw` draws, by the graph if there is one."""
        self._fill(inputs)
        if self._graph is None:
            return draw(self._buffers)
        self._graph.replay()
        return self._result

    def _fill(self, inputs: Inputs) -> None:
        self._buffers.geometry.copy_(inputs.geometry, non_blocking=True)
        if inputs.appearance is not self._filled.appearance:
            for buffer, tensor in zip(self._buffers.appearance.tensors(), inputs.appearance.tensors(), strict=True):
                buffer.copy_(tensor)
        if any(one is not other for one, other in zip(inputs.noise, self._filled.noise, strict=True)):
            for buffer, map_ in zip(self._buffers.noise, inputs.noise, strict=True):
                buffer.copy_(map_)
        self._filled = inputs

    def _capture(self, draw: Callable[[Inputs], Tensor]) -> None:
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with _fastest():
            with torch.cuda.stream(beside):
                for _ in range(_WARM_UP):
                    draw(self._buffers)
            torch.cuda.current_stream().wait_stream(beside)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self._result = draw(self._buffers)
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
    """Layouts → pictures as bytes, fast. Not thread-safe.

    Attributes:
        config: the model's architecture.
        half: whether weights and maps are float16.
        device: where it draws.
    """

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
        self.config, self.half = generator.config, half
        self.device = generator.conv1.conv.weight.device
        self._decoder = Decoder(generator, torch.float16 if half else torch.float32, fused)
        self._noise = KnownMaps(self.device)
        self._looked_at: tuple[np.ndarray, np.ndarray, Appearance] | None = None
        self._captured = captured
        self._drawn = torch.compile(self._drawn_eagerly, dynamic=False) if compiled else None
        self._compiled: dict[Shape, Drawing] = {}
        self._recordings: OrderedDict[Shape, _Recording] = OrderedDict()

    @torch.inference_mode()
    def __call__(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> np.ndarray:
        """uint8 (N, H, W, 3) of float32 layouts; `noise` is read-only, or else it is brought over every time.

        Raises:
            BlobGANError: the pictures hold values that are not finite.
        """
        return decoded(at_home(self.draw(self.prepared(layout, noise))), self.config.resolution)

    @torch.inference_mode()
    def prepared(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> Inputs:
        """What `draw` takes, on its way to the device."""
        whole = padded(layout)
        appearance = self._appearance(layout, whole)
        return Inputs(whole.count, whole.blobs, packed(whole, self.device), appearance, self._noise(noise))

    def _appearance(self, layout: Layout[np.ndarray], whole: Layout[np.ndarray]) -> Appearance:
        """`Decoder.appearance` of `whole`, which is the layout `padded`. It is not looked at where the layout's arrays
        are read-only and the very same as the last time."""
        features, styles = layout.features, layout.spatial_style
        if self._looked_at is not None and self._looked_at[0] is features and self._looked_at[1] is styles:
            return self._looked_at[2]
        appearance = self._decoder.appearance(whole.map(tensor_of))
        read_only = not (features.flags.writeable or styles.flags.writeable)
        self._looked_at = (features, styles, appearance) if read_only else None
        return appearance

    @torch.inference_mode()
    def draw(self, inputs: Inputs) -> Tensor:
        """The pictures' bytes on the device, as `transfer.encoded` has them, until the next call.

        Raises:
            NotNow: the shape is to be recorded, and another thread has the device for a few seconds.
        """
        if not self._captured:
            return self._draw(inputs)
        if inputs.shape not in self._recordings:
            if not STILL.acquire(blocking=False):
                raise NotNow
            try:
                self._record(inputs)
            finally:
                STILL.release()
        self._recordings.move_to_end(inputs.shape)
        return self._recordings[inputs.shape](self._draw, inputs)

    def adopt(self, shape: Shape, drawing: Drawing | None) -> None:
        """Draw a shape by a function that was compiled for it from now on, or by none again."""
        self._recordings.pop(shape, None)
        if drawing is None:
            self._compiled.pop(shape, None)
        else:
            self._compiled[shape] = drawing

    def tensors(self, inputs: Inputs) -> list[Tensor]:
        """What a compiled drawing takes: the weights, and then `Inputs.tensors`."""
        return [*self._decoder.weights(), *inputs.tensors()]

    def drawing(self, inputs: Inputs) -> Drawing:
        """The drawing of this shape that is to be compiled, or traced: of `tensors`, which stay in this decoder."""
        count = len(self._decoder.weights())

        def draw(tensors: Sequence[Tensor]) -> Tensor:
            self._decoder.put(tensors[:count])
            return self._draw(inputs.having(tensors[count:]))

        return draw

    def _record(self, inputs: Inputs) -> None:
        if len(self._recordings) >= _RECORDINGS:
            self._recordings.popitem(last=False)
        self._recordings[inputs.shape] = _Recording(self._draw, inputs)

    def _draw(self, inputs: Inputs) -> Tensor:
        compiled = self._compiled.get(inputs.shape)
        if compiled is not None:
            return compiled(self.tensors(inputs))
        look, drawn = inputs.appearance, self._drawn or self._drawn_eagerly
        return drawn(inputs.geometry, inputs.shape, look.features, look.styles, look.grams, inputs.noise)

    def _drawn_eagerly(
        self,
        geometry: Tensor,
        shape: Shape,
        features: Tensor,
        styles: tuple[Tensor, ...],
        grams: tuple[Tensor, ...],
        noise: list[Tensor],
    ) -> Tensor:
        layout = unpacked(geometry, *shape, features, features)  # of which the splats look at the geometry alone
        return encoded(self._decoder.draw(Appearance(features, styles, grams), self._decoder.splats(layout), noise))
