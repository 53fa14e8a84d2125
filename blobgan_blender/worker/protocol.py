"""One message: a JSON header and raw array buffers in one frame. No pickle, in either direction.

    frame = MAGIC, uint32 length of the header, header (UTF-8 JSON), buffers, each starting at a multiple of 16 bytes

The header is an object; its key "arrays" lists name, dtype and shape of each buffer in order. Whatever comes from the
other process is checked before it is used: `decode` returns a message or raises `ProtocolError`, nothing else.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from ..core.errors import WorkerError

VERSION = 3  # both sides name it in the handshake; raise it with any change of meaning
MAX_FRAME = 512 << 20  # bytes: an 8K picture and its blob map
MAX_HEADER = 1 << 20  # bytes
MAX_ARRAYS = 32
MAX_DIMENSIONS = 8
DTYPES = {"float32": "<f4", "float64": "<f8", "int64": "<i8", "uint8": "|u1"}

_MAGIC = b"BGW1"
_PREFIX = struct.Struct("<4sI")
_ALIGNMENT = 16  # bytes
_ARRAYS_KEY = "arrays"

T = TypeVar("T")


class ProtocolError(WorkerError):
    """A frame or a header that is not what this protocol says."""


@dataclass(frozen=True)
class Message:
    """A header (JSON values only) and named arrays. Decoded arrays are read-only views of the received frame."""

    header: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def get(self, key: str, kind: type[T]) -> T:
        """The header's value at `key`; `ProtocolError` if it is absent or not a `kind`. An int passes as a float."""
        value = self.header.get(key)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:  # not isinstance: True is no int here
            raise ProtocolError(f"The message's {key!r} must be {kind.__name__}, not {value!r:.80}.")
        return value

    def array(self, name: str) -> np.ndarray:
        """The array called `name`; `ProtocolError` if there is none."""
        if name not in self.arrays:
            raise ProtocolError(f"The message lacks its array {name!r}.")
        return self.arrays[name]


def encode(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None) -> bytes:
    """The frame of a message. Raises `ProtocolError` for what the other side would refuse."""
    arrays = arrays or {}
    if _ARRAYS_KEY in header:
        raise ProtocolError(f"A header may not use the key {_ARRAYS_KEY!r}.")
    specs = []
    for name, array in arrays.items():
        dtype = array.dtype.name
        if dtype not in DTYPES:
            raise ProtocolError(f"The array {name!r} has dtype {dtype}; the protocol takes {', '.join(DTYPES)}.")
        specs.append({"name": name, "dtype": dtype, "shape": list(array.shape)})
    try:
        text = json.dumps({**header, _ARRAYS_KEY: specs}, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f"A header must be plain JSON: {error}.") from error
    _check_specs(specs)  # before anything is copied
    _check_size("header", len(text), MAX_HEADER)
    _check_size("frame", sum(array.nbytes for array in arrays.values()), MAX_FRAME)

    size = _PREFIX.size + len(text)
    chunks: list[Any] = [_PREFIX.pack(_MAGIC, len(text)), text]
    for array in arrays.values():
        part = np.ascontiguousarray(array, DTYPES[array.dtype.name])
        padding = -size % _ALIGNMENT
        chunks += [bytes(padding), part.data.cast("B") if part.size else b""]
        size += padding + part.nbytes
    _check_size("frame", size, MAX_FRAME)
    return b"".join(chunks)


def decode(frame: bytes) -> Message:
    """The message in a frame. Raises `ProtocolError` for anything else than what `encode` makes."""
    _check_size("frame", len(frame), MAX_FRAME)
    if len(frame) < _PREFIX.size:
        raise ProtocolError(f"A frame of {len(frame)} bytes is too short.")
    magic, length = _PREFIX.unpack_from(frame)
    if magic != _MAGIC:
        raise ProtocolError(f"A frame starts with {magic!r}, not {_MAGIC!r}.")
    _check_size("header", length, MAX_HEADER)
    offset = _PREFIX.size + length
    if offset > len(frame):
        raise ProtocolError(f"A frame of {len(frame)} bytes cannot hold a header of {length}.")
    header = _parse(frame[_PREFIX.size : offset])
    specs = header.pop(_ARRAYS_KEY, None)
    _check_specs(specs)

    arrays = {}
    for spec in specs:
        dtype, shape = np.dtype(DTYPES[spec["dtype"]]), tuple(spec["shape"])
        count = math.prod(shape)
        start = offset + -offset % _ALIGNMENT
        offset = start + count * dtype.itemsize
        if offset > len(frame):
            raise ProtocolError(f"The frame ends inside its array {spec['name']!r}.")
        # numpy refuses to view nothing
        flat = np.frombuffer(frame, dtype, count, start) if count else np.empty(0, dtype)
        arrays[spec["name"]] = flat.reshape(shape)
    if offset != len(frame):
        raise ProtocolError(f"The frame has {len(frame) - offset} bytes more than its header says.")
    return Message(header, arrays)


def _parse(text: bytes) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    try:
        header = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"A header is not JSON: {error!s:.200}.") from error
    if not isinstance(header, dict):
        raise ProtocolError(f"A header must be an object, not {type(header).__name__}.")
    return header


def _check_specs(specs: Any) -> None:
    if not isinstance(specs, list) or len(specs) > MAX_ARRAYS:
        raise ProtocolError(f"A header must list its arrays, at most {MAX_ARRAYS}.")
    names = set()
    for spec in specs:
        if not isinstance(spec, dict) or spec.keys() != {"name", "dtype", "shape"}:
            raise ProtocolError(f"An array needs name, dtype and shape, not {spec!r:.80}.")
        name, dtype, shape = spec["name"], spec["dtype"], spec["shape"]
        if not isinstance(name, str) or not 0 < len(name) <= 64 or name in names:
            raise ProtocolError(f"An array is called {name!r:.80}: names are short, and used once.")
        names.add(name)
        if not isinstance(dtype, str) or dtype not in DTYPES:
            raise ProtocolError(f"The array {name!r} has dtype {dtype!r:.80}; the protocol takes {', '.join(DTYPES)}.")
        if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
            raise ProtocolError(f"The array {name!r} needs a shape of at most {MAX_DIMENSIONS} sides.")
        if any(type(side) is not int or side < 0 for side in shape):
            raise ProtocolError(f"The array {name!r} has the impossible shape {shape!r:.80}.")
        # Sides next to a zero are bounded as well: numpy multiplies them.
        _check_size(f"array {name!r}", math.prod(max(side, 1) for side in shape), MAX_FRAME)


def _check_size(what: str, size: int, limit: int) -> None:
    if size > limit:
        raise ProtocolError(f"The {what} is too large for one message: {size} of at most {limit}.")
