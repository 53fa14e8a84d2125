"""PNG files of exactly these bytes, with words in their header: Blender's Python has no Pillow, and its own way to
write a picture lets colour management have a say."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .replacing import replacing

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LARGEST = 8192  # pixels of a side; the worker draws no larger ones
_LONGEST_WORDS = 1 << 16  # bytes; more is no chunk of ours


def write_png(path: Path, rgb: np.ndarray, words: Mapping[str, str] | None = None) -> None:
    """Write a picture, whole or not at all.

    Args:
        path: a file that is there is replaced.
        rgb: uint8 (H, W, 3), display values, top row first.
        words: ASCII keyword → Latin-1 text, in the header; see `read_words`.

    Raises:
        BlobGANError: the place cannot be used, or is full.
    """
    height, width, channels = rgb.shape
    if rgb.dtype != np.uint8 or channels != 3:
        raise ValueError(f"A picture is uint8 (H, W, 3), not {rgb.dtype} {rgb.shape}.")
    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    # Each row as differences to its left neighbour (filter 1): smaller than plain rows, and as quick.
    rows[:, 0], rows[:, 1:4] = 1, rgb[:, 0]
    rows[:, 4:] = (rgb[:, 1:] - rgb[:, :-1]).reshape(height, -1)
    chunks = [_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), _chunk(b"sRGB", b"\0")]
    chunks += [_chunk(b"tEXt", f"{key}\0{text}".encode("latin-1")) for key, text in (words or {}).items()]
    chunks += [_chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)), _chunk(b"IEND", b"")]
    with replacing(path) as temporary:
        temporary.write_bytes(_SIGNATURE + b"".join(chunks))


def read_png(path: Path) -> np.ndarray | None:
    """The picture of a file that `write_png` wrote: uint8 (H, W, 3). None if it is not there, or is another's."""
    try:
        data = path.read_bytes()
        if data[:8] != _SIGNATURE:
            return None
        at, header, packed = 8, b"", b""
        while at < len(data):
            size, kind = struct.unpack_from(">I4s", data, at)
            chunk = data[at + 8 : at + 8 + size]
            header, packed = (chunk, packed) if kind == b"IHDR" else (header, packed + chunk * (kind == b"IDAT"))
            at += size + 12
        width, height, *form = struct.unpack(">IIBBBBB", header)
        if not (1 <= width <= _LARGEST and 1 <= height <= _LARGEST):
            return None
        unpacked = zlib.decompressobj().decompress(packed, height * (1 + 3 * width))  # no more, whatever is packed
        rows = np.frombuffer(unpacked, np.uint8).reshape(height, 1 + 3 * width)
    except (OSError, struct.error, zlib.error, ValueError):
        return None
    if form != [8, 2, 0, 0, 0] or (rows[:, 0] != 1).any():
        return None
    return np.cumsum(rows[:, 1:].reshape(height, width, 3), axis=1, dtype=np.uint8)  # modulo 256, as it was written


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
