"""The ONNX engine: draws on the CPU by onnxruntime, with no torch anywhere. What ships in the extension's zip."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from pathlib import Path

import numpy as np

from ..core.completion import Candidates
from ..core.errors import BlobGANError, ModelFileError
from ..core.layout import Layout
from ..core.quiet import QUIET
from ..library.architecture import COARSEST
from ..library.card import Card
from ..library.model_file import checked_card
from ..library.weights import read_weights
from .batches import batch_for
from .engine import Engine, threads_wanted
from .folding import Modulation, convolutions, folded_weights
from .numpy_layout import NumpyLayoutNetwork
from .predictor import Predictor

os.environ.update(QUIET)
import onnxruntime as ort

GRAPH_SUFFIX = ".onnx"
_REMEMBERED_STYLES = 8  # sets of modulations kept: a few canvases, before and after an edit


class OnnxEngine(Engine):
    """See the module."""

    def __init__(self, device: str | None = None) -> None:
        if device not in (None, "cpu"):
            raise BlobGANError(
                f"The ONNX engine computes on the CPU, not on “{device}”. Use a Python with torch for that."
            )
        self.version, self.device = f"onnxruntime {ort.__version__}", "CPU"

    def load(self, path: Path, sha256: str | None = None) -> OnnxPredictor:
        """See `Engine.load`; the model must have been exported."""
        card = checked_card(path, sha256)
        graph = path.with_suffix(GRAPH_SUFFIX)
        if not graph.is_file():
            raise ModelFileError(
                f"{path.name} has no graph for the ONNX engine. Run: blobgan export {path.name}, or use a Python with "
                "torch as the worker's."
            )
        return OnnxPredictor(read_weights(path, card.architecture), card, graph)

    def free_memory(self) -> None:
        """Sessions hold their memory, and go with their models."""


class OnnxPredictor(Predictor):
    """A model in a session of onnxruntime."""

    def __init__(self, weights: dict[str, np.ndarray], card: Card, graph: Path) -> None:
        """Fold the weights and open a session.

        Args:
            weights: of the model file, by its names.
            card: the model's.
            graph: the decoder's, as `blobgan export` wrote it.

        Raises:
            ModelFileError: the graph is damaged, or that of another architecture.
        """
        super().__init__(card, batch_for("cpu", card.architecture.resolution))
        self._layout_network = NumpyLayoutNetwork(self.config, weights)
        self._convolutions = list(convolutions(self.config))
        self._modulations = [Modulation(conv, weights) for conv in self._convolutions]
        self._remembered: OrderedDict[bytes, dict[str, np.ndarray]] = OrderedDict()
        folded = folded_weights(self.config, weights)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads_wanted() or 0
        options.log_severity_level = 3
        # Threads that spin while they wait take the cores from Blender, and from each other: docs/performance.md.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_external_initializers(
            list(folded), [ort.OrtValue.ortvalue_from_numpy(array) for array in folded.values()]
        )
        try:
            self._session = ort.InferenceSession(graph.read_bytes(), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own classes, which it exports nowhere
            raise ModelFileError(
                f"The graph {graph.name} beside the model cannot be used ({str(error).strip():.200}). "
                f"Make it again: blobgan export {graph.stem}"
            ) from error

    def _sample(self, z: np.ndarray, truncation: float) -> Layout[np.ndarray]:
        return self._layout_network(z, truncation)

    def _render(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> np.ndarray:
        return np.concatenate([self._draw(layout.one(index), index, noise) for index in range(layout.count)])

    def _complete(self, *_request: object) -> Candidates:
        raise BlobGANError(
            "Auto-Complete needs PyTorch, and the ONNX engine draws here. Press Set Up PyTorch in the preferences of "
            "BlobGAN, or set a Python with torch as Worker Python there."
        )

    def _draw(self, layout: Layout[np.ndarray], index: int, noise: list[np.ndarray]) -> np.ndarray:
        """One layout, with its own or the common noise: (1, 3, H, W)."""
        given = {f"splat_{side}": splat for side, splat in _pyramid(self.mattes(layout)[0]).items()}
        given |= {f"noise_{i}": map_[index % len(map_)][None] for i, map_ in enumerate(noise)}
        given |= self._styles(layout.spatial_style[0])
        return self._session.run(None, {**given, "features": layout.features[0]})[0]

    def _styles(self, styles: np.ndarray) -> dict[str, np.ndarray]:
        """Every convolution's modulation and Gram matrix, remembered by the styles' bytes."""
        key = hashlib.blake2b(styles.tobytes(), digest_size=16).digest()
        if key not in self._remembered:
            made = {}
            for number, (conv, modulate) in enumerate(zip(self._convolutions, self._modulations, strict=True)):
                made[f"style_{number}"], gram = modulate(styles)
                if not conv.colors:
                    made[f"gram_{number}"] = gram
            self._remembered[key] = made
            if len(self._remembered) > _REMEMBERED_STYLES:
                self._remembered.popitem(last=False)
        self._remembered.move_to_end(key)
        return self._remembered[key]


def _pyramid(splat: np.ndarray) -> dict[int, np.ndarray]:
    """`model.splat.pyramid`: (M+1, H, H) at every power of two from its own side down to 16, by exact 2×2 means."""
    levels = {splat.shape[-1]: splat}
    while splat.shape[-1] > COARSEST:
        rows = splat[..., 0::2, :] + splat[..., 1::2, :]
        splat = (rows[..., 0::2] + rows[..., 1::2]) * np.float32(0.25)
        levels[splat.shape[-1]] = splat
    return levels
