"""A model's weights as numpy arrays, read without any library: what the ONNX engine has instead of torch."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import ModelFileError
from .architecture import check_shapes
from .card import ModelConfig
from .model_file import check_weights

_TYPES = {"F64": np.float64, "F32": np.float32, "F16": np.float16}


def read_weights(path: Path, config: ModelConfig) -> dict[str, np.ndarray]:
    """The tensors of a model's safetensors file by name, each a float32 copy.

    Raises:
        ModelFileError: missing, damaged, not of this architecture, or it holds other things than floating-point
            numbers.
    """
    check_weights(path)
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    try:
        check_shapes(config, {name: tuple(entry["shape"]) for name, entry in header.items()}, path.name)
        return {name: _tensor(data, 8 + length, entry) for name, entry in header.items()}
    except (ValueError, LookupError, TypeError) as error:
        raise ModelFileError(f"{path.name} is damaged or not a model: {error}. Copy or convert it again.") from error


def _tensor(data: bytes, start: int, entry: dict[str, Any]) -> np.ndarray:
    kind, shape = _TYPES[entry["dtype"]], tuple(entry["shape"])
    first, last = entry["data_offsets"]
    count = math.prod(shape)
    if last - first != count * np.dtype(kind).itemsize:
        raise ValueError("a tensor's bytes do not fit its shape")
    flat = np.frombuffer(data, np.dtype(kind).newbyteorder("<"), count, start + first)
    return flat.astype(np.float32).reshape(shape)
