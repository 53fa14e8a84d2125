"""PNG files of 8-bit RGB, written whole or not at all, with words in their header. Blender's Python has no Pillow."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LONGEST_WORDS = 1 << 16  # bytes; more is no chunk of ours


def write_png(path: Path, rgb: np.ndarray, words: dict[str, str]) -> None:
    """Write a picture, uint8 (H, W, 3) of sRGB values, top row first.

    Args:
        path: a file half written never stands there: it is written beside and then renamed.
        rgb: the picture.
        words: ASCII keyword → Latin-1 text, in the header; see `read_words`.

    Raises:
        OSError: there is no room, or no way to write there.
    """
    height, width, _ = rgb.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    # Each row as differences to its left neighbour (filter 1): smaller than plain rows, and as quick.
    rows[:, 0], rows[:, 1:4] = 1, rgb[:, 0]
    rows[:, 4:] = (rgb[:, 1:] - rgb[:, :-1]).reshape(height, -1)
    chunks = [_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), _chunk(b"sRGB", b"\0")]
    chunks += [_chunk(b"tEXt", f"{key}\0{text}".encode("latin-1")) for key, text in words.items()]
    chunks += [_chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)), _chunk(b"IEND", b"")]
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("wb") as file:
            file.write(_SIGNATURE + b"".join(chunks))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_words(path: Path) -> dict[str, str]:
    """The words in a PNG's header; none if there is no such file, or it is no PNG."""
    words: dict[str, str] = {}
    try:
        with path.open("rb") as file:
            if file.read(8) != _SIGNATURE:
                return {}
            while True:
                size, kind = struct.unpack(">I4s", file.read(8))
                if kind in (b"IDAT", b"IEND") or size > _LONGEST_WORDS:
                    return words
                data = file.read(size + 4)[:-4]
                if kind == b"tEXt":
                    key, _, text = data.decode("latin-1").partition("\0")
                    words[key] = text
    except (OSError, struct.error):
        return {}


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
