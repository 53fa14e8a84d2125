"""Drawing functions that torch's compiler made: for one model, one shape and one device each.

Compiling takes half a minute of Python, which would hold up every edit meanwhile. So a process of its own does it
(`main`), with random weights: they are arguments of what is compiled, as layout and noise are. The worker loads the
result.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..core.layout import Layout
from ..core.seeds import noise_from_seed
from ..library.card import ModelConfig
from ..model.generator import Generator
from .live_decoder import Drawing, Inputs, LiveDecoder

MARK = "compiled: "  # before the path that `main` prints
_NICE = 10  # of the compiling process: Blender and the worker come first


@dataclass(frozen=True)
class Order:
    """What is to be compiled.

    Attributes:
        config: the model's architecture.
        count, blobs: the shape, N layouts of M blobs, those that `padding` adds among them.
        half: whether maps are float16.
        device: torch's name of it.
    """

    config: ModelConfig
    count: int
    blobs: int
    half: bool
    device: str

    def to_json(self) -> str:
        """As one argument of `main`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Order:
        """What `to_json` made."""
        values = json.loads(text)
        return cls(**{**values, "config": ModelConfig(**values["config"])})


def main(arguments: Sequence[str]) -> int:
    """Compile, and print where that lies which `load` takes: among the compiler's own files, after `MARK`."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    torch.set_num_threads(1)
    order = Order.from_json(arguments[0])
    decoder = LiveDecoder(Generator(order.config).to(order.device), half=order.half, captured=False, fused=True)
    inputs = decoder.prepared(_layout(order), noise_from_seed(0, order.config.resolution))
    sys.stdout.write(f"{MARK}{_compiled(decoder, inputs)}\n")
    return 0


def load(path: Path) -> Drawing:
    """What `main` compiled in a process of this user's with the same torch."""
    from torch._inductor import CompiledArtifact

    artifact = CompiledArtifact.load(path=str(path))

    def draw(tensors: Sequence[Tensor]) -> Tensor:
        (code,) = artifact(*tensors)
        return code

    return draw


def _compiled(decoder: LiveDecoder, inputs: Inputs) -> Path:
    from torch._inductor import standalone_compile
    from torch.fx.experimental.proxy_tensor import make_fx

    folder = _folder()
    drawing = decoder.drawing(inputs)
    with torch.no_grad():
        # No inference tensors, which nothing traces.
        tensors: list[Any] = [tensor.clone() for tensor in decoder.tensors(inputs)]
        graph = make_fx(lambda *given: [drawing(given)])(*tensors)
        if any(node.op == "get_attr" for node in graph.graph.nodes):
            raise RuntimeError("Something is drawn with that is neither a weight nor an input.")
        artifact = standalone_compile(graph, tensors, dynamic_shapes="from_example_inputs")
        artifact(*tensors)  # what is tried out in the first call is remembered
    path = folder / f"{os.getpid()}.artifact"
    artifact.save(path=str(path))
    return path


def _folder() -> Path:
    """A folder of our own among the compiler's files: pickles, and by default in a place that is open to everybody."""
    from torch._inductor.runtime.cache_dir_utils import cache_dir

    all_files = Path(cache_dir())
    if hasattr(os, "getuid") and all_files.stat().st_uid != os.getuid():
        raise RuntimeError(f"{all_files} is somebody else's; set TORCHINDUCTOR_CACHE_DIR to another folder")
    folder = all_files / "blobgan"
    folder.mkdir(exist_ok=True)
    return folder


def _layout(order: Order) -> Layout[np.ndarray]:
    """Some layout of the shape; compiling looks at no value of it."""
    n, m, config = order.count, order.blobs, order.config
    return Layout(
        xs=np.full((n, m), 0.5, np.float32),
        ys=np.full((n, m), 0.5, np.float32),
        covs=np.tile(np.eye(2, dtype=np.float32) * 0.02, (n, m, 1, 1)),
        sizes=np.zeros((n, m + 1), np.float32),
        features=np.ones((n, m + 1, config.d_in), np.float32),
        spatial_style=np.ones((n, m + 1, config.d_style), np.float32),
    )
