"""Which engine draws: torch where this Python has it, else onnxruntime on the CPU."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from ..core.errors import BlobGANError
from .predictor import Predictor

VARIABLE = "BLOBGAN_ENGINE"
ENGINES = {"torch": "torch", "onnx": "onnxruntime"}  # engine → the package it needs, the preferred one first


def pick_engine() -> str:
    """The engine of `BLOBGAN_ENGINE`, else the first whose package this Python has.

    Raises:
        BlobGANError: an unknown engine was asked for, or there is none.
    """
    wanted = os.environ.get(VARIABLE)
    if wanted:
        if wanted not in ENGINES:
            raise BlobGANError(f"{VARIABLE} is “{wanted}”. Set it to {' or '.join(ENGINES)}, or unset it.")
        return wanted
    for engine, package in ENGINES.items():
        if importlib.util.find_spec(package) is not None:
            return engine
    raise BlobGANError("This Python has neither torch nor onnxruntime. Install one: pip install torch safetensors")


def load_predictor(path: Path, *, sha256: str | None = None, device: str | None = None) -> Predictor:
    """Load a converted model with the engine of `pick_engine`.

    Args:
        path: `NAME.safetensors`, its card beside it; for the ONNX engine also `NAME.onnx`.
        sha256: the hash it must have; the card's if None.
        device: for torch, see `devices.pick_device`; the ONNX engine computes on the CPU.

    Raises:
        ModelFileError: missing, damaged, foreign, or not the model that was asked for.
        BlobGANError: the engine or the device cannot be used.
    """
    if pick_engine() == "torch":
        from .torch_engine import TorchPredictor

        return TorchPredictor.load(path, sha256=sha256, device=device)
    from .onnx_engine import OnnxPredictor

    if device not in (None, "cpu"):
        raise BlobGANError(f"The ONNX engine computes on the CPU, not on “{device}”. Use a Python with torch for that.")
    return OnnxPredictor.load(path, sha256)
