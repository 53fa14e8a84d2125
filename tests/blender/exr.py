"""Reads what Blender writes as OpenEXR without compression, one part or several: channels, and the header's strings."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

DTYPES = {0: np.dtype("<u4"), 1: np.dtype("<f2"), 2: np.dtype("<f4")}


@dataclass
class Exr:
    """Channels by their full name, float32 (H, W) from the top; strings of all headers by their field."""

    channels: dict[str, np.ndarray] = field(default_factory=dict)
    strings: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> np.ndarray:
        """The one channel of a pass: (H, W)."""
        found = [channel for key, channel in self.channels.items() if name in key.split(".")]
        assert len(found) == 1, list(self.channels)
        return found[0]

    def stack(self, name: str, letters: str) -> np.ndarray:
        """Channels of a pass in the order of `letters`: (H, W, letters)."""
        ends = {letter: f"{name}.{letter}" for letter in letters}
        return np.stack(
            [next(c for key, c in self.channels.items() if key.endswith(end)) for end in ends.values()], axis=-1
        )


def read_exr(path: Path) -> Exr:
    """Read a file whose `exr_codec` was NONE."""
    data = path.read_bytes()
    magic, version = struct.unpack_from("<II", data)
    assert magic == 20000630
    several, at = bool(version & 0x1000), 8
    headers = []
    while True:
        header, at = _header(data, at)
        if not header:
            break
        headers.append(header)
        if not several:
            break
    found = Exr()
    for part, header in enumerate(headers):
        assert header["compression"][1] == b"\0", "written with compression"
        found.strings.update({k: v.decode() for k, (kind, v) in header.items() if kind == "string"})
        left, top, right, bottom = struct.unpack("<4i", header["dataWindow"][1])
        prefix = "" if not several else header["name"][1].decode() + "."
        channels = [(name, dtype) for name, dtype in _channels(header["channels"][1])]
        planes = {name: np.empty((bottom - top + 1, right - left + 1), np.float32) for name, _ in channels}
        for offset in struct.unpack_from(f"<{bottom - top + 1}Q", data, at):
            if several:
                assert struct.unpack_from("<i", data, offset)[0] == part
                offset += 4
            row = struct.unpack_from("<i", data, offset)[0] - top
            offset += 8
            for name, dtype in channels:
                planes[name][row] = np.frombuffer(data, dtype, right - left + 1, offset)
                offset += dtype.itemsize * (right - left + 1)
        at += 8 * (bottom - top + 1)
        found.channels.update({name if "." in name else prefix + name: plane for name, plane in planes.items()})
    return found


def _header(data: bytes, at: int) -> tuple[dict[str, tuple[str, bytes]], int]:
    header = {}
    while data[at]:
        name, at = _word(data, at)
        kind, at = _word(data, at)
        (size,) = struct.unpack_from("<i", data, at)
        header[name] = (kind, data[at + 4 : at + 4 + size])
        at += 4 + size
    return header, at + 1


def _channels(data: bytes) -> list[tuple[str, np.dtype]]:
    found, at = [], 0
    while data[at]:
        name, at = _word(data, at)
        found.append((name, DTYPES[struct.unpack_from("<i", data, at)[0]]))
        at += 16
    return found


def _word(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(b"\0", at)
    return data[at:end].decode(), end + 1
