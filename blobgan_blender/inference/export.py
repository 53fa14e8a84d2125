"""A converted model made ready for the ONNX engine, and checked against torch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..core.edits import take
from ..core.errors import ModelFileError
from ..core.layout import Layout
from ..core.seeds import noise_from_seed, z_from_seed
from ..library.model_file import checked_card
from ..library.replacing import replacing
from ..library.weights import read_weights
from .engine import threads_wanted
from .folding import folded_weights
from .graph import decoder_graph
from .onnx_engine import GRAPH_SUFFIX, OnnxPredictor
from .predictor import Predictor
from .torch_engine import TorchEngine

TOLERANCE = 2e-5  # relative L2 between the engines: both fold, each sums in its own order
_BLOBS = (0, 1, 40)  # numbers of blobs tried beside the model's own


def export(path: Path) -> tuple[Path, float]:
    """Compare the engines and write `NAME.onnx` beside `NAME.safetensors`.

    Returns:
        The graph's path, and the largest relative L2 difference of a picture, over several numbers of blobs.

    Raises:
        ModelFileError: the model is missing or damaged, or the engines differ by more than `TOLERANCE`.
        BlobGANError: the place cannot be written to. However it fails, an earlier graph stays as it was.
    """
    card = checked_card(path)
    weights = read_weights(path, card.architecture)
    shapes = {name: array.shape for name, array in folded_weights(card.architecture, weights).items()}
    out = path.with_suffix(GRAPH_SUFFIX)
    with replacing(out) as graph:
        graph.write_bytes(decoder_graph(card.architecture, shapes))
        worst = difference(TorchEngine("cpu").load(path), OnnxPredictor(weights, card, graph, threads_wanted()))
        if not worst <= TOLERANCE:
            raise ModelFileError(
                f"{path.name} was not exported: the ONNX engine's picture differs from torch's by {worst:.1e}, which "
                f"is more than {TOLERANCE:.0e}. Please report it, with the versions of torch and onnxruntime."
            )
    return out, worst


def difference(first: Predictor, second: Predictor) -> float:
    """The largest relative L2 difference between two predictors' pictures of the same layouts."""
    noise = noise_from_seed(0, first.config.resolution)
    found = 0.0
    for layout in _layouts(first):
        one, other = first.render(layout, noise), second.render(layout, noise)
        found = max(found, float(np.linalg.norm(other - one) / np.linalg.norm(one)))
    return found


def _layouts(predictor: Predictor) -> Iterator[Layout[np.ndarray]]:
    """A sampled layout, and it cut or repeated to other numbers of blobs."""
    whole = predictor.sample(z_from_seed(0, 1, predictor.config.d_noise), 0.4)
    yield whole
    for count in _BLOBS:
        yield take(whole, [place % max(1, whole.blobs) for place in range(count)])
