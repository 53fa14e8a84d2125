"""What draws: one interface, and the choice between two engines. torch where this Python has it, else onnxruntime."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from abc import ABC, abstractmethod
from pathlib import Path

from ..core.errors import BlobGANError
from .predictor import Predictor

VARIABLE = "BLOBGAN_ENGINE"
THREADS_VARIABLE = "BLOBGAN_THREADS"
PACKAGES = {"torch": "torch", "onnx": "onnxruntime"}  # engine → what it needs, the preferred one first

# Of the C library, torch, onnxruntime; cuBLAS and cuDNN; oneDNN.
_OUT_OF_MEMORY = (
    *(
        "out of memory",
        "cannot allocate memory",
        "can't allocate memory",
        "not enough memory",
        "failed to allocate memory",
    ),
    "alloc_failed",
    "could not create a primitive",
)


class Engine(ABC):
    """A library that computes, set up so that the same sums come in the same order every time.

    Attributes:
        version: the library and its version, such as "torch 2.13.0".
        device: what it computes on, as a person calls it, such as "cuda (NVIDIA H100)" or "cpu".
    """

    version: str
    device: str

    @abstractmethod
    def load(self, path: Path, sha256: str | None = None) -> Predictor:
        """Load a converted model.

        Args:
            path: `NAME.safetensors`, its card beside it.
            sha256: the hash it must have; the card's if None.

        Raises:
            ModelFileError: missing, damaged, foreign, or not the model that was asked for.
        """

    @abstractmethod
    def free_memory(self) -> None:
        """Give back what is cached, after the models were let go."""

    def lighter(self) -> Engine | None:
        """One that takes less of this device's memory, for live pictures when it is full; None if there is none."""
        return None


def make_engine(device: str | None = None) -> Engine:
    """The engine of `BLOBGAN_ENGINE`, else the first whose package this Python has.

    Args:
        device: a torch device; else torch computes on that of `BLOBGAN_DEVICE`, else on the first that really does.
            The ONNX engine has the CPU only: it refuses another device here, and passes the variable over.

    Raises:
        BlobGANError: the engine, the device or the number of threads that was asked for cannot be used, or there is no
            engine.
    """
    name = os.environ.get(VARIABLE) or next((name for name in PACKAGES if _is_there(name)), None)
    if name == "torch" and _is_there(name):
        from .torch_engine import TorchEngine

        return TorchEngine(device)
    if name == "onnx" and _is_there(name):
        from .onnx_engine import OnnxEngine

        return OnnxEngine(device)
    if name in PACKAGES:
        raise BlobGANError(f"{VARIABLE} asks for {PACKAGES[name]}, which this Python lacks. Install it, or unset it.")
    if name is not None:
        raise BlobGANError(f"{VARIABLE} is “{name}”. Set it to {' or '.join(PACKAGES)}, or unset it.")
    raise BlobGANError("This Python has neither torch nor onnxruntime. Run: pip install torch safetensors")


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error means that memory ran out; often only its words say so."""
    words = str(error).lower()
    return isinstance(error, MemoryError) or any(hint in words for hint in _OUT_OF_MEMORY)


def trim_heap() -> None:
    """Hand freed memory that the C library keeps for later back to the system; only glibc has to be told to."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def threads_wanted() -> int | None:
    """The number of threads that `BLOBGAN_THREADS` asks for; None for as many as the library thinks right.

    Raises:
        BlobGANError: it is no number.
    """
    text = os.environ.get(THREADS_VARIABLE) or "0"
    if not text.isdecimal():
        raise BlobGANError(f"{THREADS_VARIABLE} is “{text}”. Set it to a number of threads, or unset it.")
    return int(text) or None


def _is_there(name: str) -> bool:
    return importlib.util.find_spec(PACKAGES[name]) is not None
