"""Cryptomatte: ids of names as Blender's Cryptomatte node computes them (Psyop's specification 1.2.0)."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import numpy as np

_MASK = 0xFFFFFFFF


def murmur3(data: bytes, seed: int = 0) -> int:
    """MurmurHash3_x86_32, the public-domain hash that the specification names: in [0, 2³²)."""
    state = seed
    whole = len(data) & ~3
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        state = ((_rotated(state ^ _mixed(word), 13) * 5) + 0xE6546B64) & _MASK
    state ^= _mixed(int.from_bytes(data[whole:], "little"))
    state ^= len(data)
    state = ((state ^ state >> 16) * 0x85EBCA6B) & _MASK
    state = ((state ^ state >> 13) * 0xC2B2AE35) & _MASK
    return state ^ state >> 16


def id_of(name: str) -> int:
    """The id of a name as 32 bits that are a finite, normal float32."""
    found = murmur3(name.encode())
    return found ^ 1 << 23 if (found >> 23) & 0xFF in (0, 0xFF) else found


def ids_of(names: Iterable[str]) -> np.ndarray:
    """float32 (count,): the ids as pixels hold them."""
    return np.array([id_of(name) for name in names], np.uint32).view(np.float32)


def metadata(layer: str, names: Iterable[str]) -> dict[str, str]:
    """What a file's header says of a Cryptomatte.

    Args:
        layer: the channels' prefix, such as "ViewLayer.CryptoObject".
        names: all that it can hold.
    """
    key = f"cryptomatte/{murmur3(layer.encode()):08x}"[:-1]  # seven digits
    pairs = ",".join(f'"{_escaped(name)}":"{id_of(name):08x}"' for name in names)
    return {
        f"{key}/name": layer,
        f"{key}/hash": "MurmurHash3_32",
        f"{key}/conversion": "uint32_to_float32",
        f"{key}/manifest": f"{{{pairs}}}",
    }


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _rotated(word: int, by: int) -> int:
    return ((word << by) | (word >> (32 - by))) & _MASK


def _mixed(word: int) -> int:
    return (_rotated((word * 0xCC9E2D51) & _MASK, 15) * 0x1B873593) & _MASK
