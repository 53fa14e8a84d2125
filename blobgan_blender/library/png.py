"""PNG files of exactly these bytes, by the standard library: no colour management has a say."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

from .replacing import replacing


def write_png(path: Path, rgb: np.ndarray) -> None:
    """Write uint8 (H, W, 3), display values, top row first. Raises `BlobGANError` where the place cannot be used."""
    height, width, channels = rgb.shape
    if rgb.dtype != np.uint8 or channels != 3:
        raise ValueError(f"A picture is uint8 (H, W, 3), not {rgb.dtype} {rgb.shape}.")
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with its filter, 0 for none
    rows[:, 1:] = rgb.reshape(height, -1)
    parts = [
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        _chunk(b"sRGB", b"\x00"),
        _chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)),
        _chunk(b"IEND", b""),
    ]
    with replacing(path) as temporary:
        temporary.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
