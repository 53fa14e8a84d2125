"""Weights files: their hash, and whether their frame is whole."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from pathlib import Path

import pytest

from blobgan_blender.core.errors import ModelFileError
from blobgan_blender.library.model_file import check_weights, sha256_of


def frame(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(start: int, end: int) -> dict[str, object]:
    return {"dtype": "F32", "shape": [(end - start) // 4], "data_offsets": [start, end]}


def test_the_hash_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"one")
    assert sha256_of(path) == hashlib.sha256(b"one").hexdigest()
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))  # another time, as any later write has
    assert sha256_of(path) == hashlib.sha256(b"two").hexdigest()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for look in (sha256_of, check_weights):
        with pytest.raises(ModelFileError, match=r"a\.safetensors cannot be read \(No such file"):
            look(tmp_path / "a.safetensors")


def test_a_whole_file_passes(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(frame({"__metadata__": {"a": "b"}, "w": tensor(0, 8)}, bytes(8)))
    check_weights(path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"abc", id="shorter than its frame"),
        pytest.param(b"PK\x03\x04" + bytes(100), id="a zip"),
        pytest.param(struct.pack("<Q", 2**63) + bytes(100), id="a header of 8 exabytes"),
        pytest.param(frame(b"not json"), id="a header that is no JSON"),
        pytest.param(frame(b"[" * 100_000), id="a header that nests"),
        pytest.param(frame([1]), id="a header that is a list"),
        pytest.param(frame({"w": 1}), id="an entry that is a number"),
        pytest.param(frame({"w": {"data_offsets": []}}), id="no offsets"),
        pytest.param(frame({"w": {"data_offsets": [0, "8"]}}), id="an offset that is text"),
        pytest.param(frame({"w": tensor(0, 8)}, bytes(7)), id="truncated"),
        pytest.param(frame({"w": tensor(0, 8)}, bytes(9)), id="too long"),
        pytest.param(frame({"v": tensor(0, 8), "w": tensor(0, 8)}, bytes(8)), id="bytes of two tensors at once"),
        pytest.param(frame({"v": tensor(0, 4), "w": tensor(8, 12)}, bytes(12)), id="bytes of no tensor"),
        pytest.param(frame({"v": tensor(0, 8), "w": tensor(8, 0)}, bytes(0)), id="a tensor of less than nothing"),
        pytest.param(frame({"w": tensor(0, 1 << 50)}, bytes(8)), id="a petabyte claimed"),
    ],
)
def test_what_is_no_whole_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"^a\.safetensors is damaged or not a model: .*Copy or convert it again"):
        check_weights(path)
