"""A part of a training step as a CUDA graph: recorded once, then started by one call.

The processor needs longer to start a step's kernels one by one than a large GPU needs to run them. What is recorded
runs without Python: its branches and numbers are those of the recording, and its tensors stay where they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

WARM_UP = (
    3  # plain calls before the recording: what is made at first use (compiled code, optimiser states) is there then
)

Part = Callable[..., list[Tensor]]


@contextmanager
def on_stream(stream: torch.cuda.Stream | None) -> Iterator[None]:
    """Work on `stream`, after what was asked for before and before what is asked for after; None: where one is."""
    if stream is None:
        yield
        return
    stream.wait_stream(torch.cuda.current_stream(stream.device))
    with torch.cuda.stream(stream):
        yield
    torch.cuda.current_stream(stream.device).wait_stream(stream)


class Captured:
    """A function of tensors, replayed from its fourth call on. What it returns is overwritten by the next call."""

    def __init__(self, function: Part, random: torch.Generator, stream: torch.cuda.Stream) -> None:
        """
        Args:
            function: works on the GPU alone, never waits for it, and takes inputs of the same shapes at every call.
            random: where all its random numbers come from; it may be seeded anew before any call.
            stream: where everything that touches the same parameters must run, these calls included (`on_stream`):
                autograd remembers where a parameter was first used, and no recording may reach another stream.
        """
        self._function, self._random, self._stream = function, random, stream
        self._calls = 0
        self._graph: torch.cuda.CUDAGraph | None = None
        self._inputs: list[Tensor] = []
        self._outputs: list[Tensor] = []

    def __call__(self, *inputs: Tensor) -> list[Tensor]:
        """Do it."""
        if self._graph is None:
            self._calls += 1
            if self._calls <= WARM_UP:
                return self._function(*inputs)
            self._graph = self._record(inputs)
        for place, value in zip(self._inputs, inputs, strict=True):
            place.copy_(value)
        self._graph.replay()
        return self._outputs

    def _record(self, inputs: tuple[Tensor, ...]) -> torch.cuda.CUDAGraph:
        """Record, which computes nothing."""
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self._random)
        self._inputs = [value.clone() for value in inputs]
        # Other threads may ask the GPU what they like meanwhile: NCCL's watchdog never stops to.
        with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
            self._outputs = self._function(*self._inputs)
        return graph
