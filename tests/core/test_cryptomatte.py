"""Ids and headers of Cryptomatte, against numbers that others published."""

from __future__ import annotations

import json

import numpy as np
import pytest

from blobgan_blender.core.cryptomatte import id_of, ids_of, metadata, murmur3


@pytest.mark.parametrize(
    ("text", "seed", "found"),
    [
        ("", 0, 0),
        ("", 1, 0x514E28B7),
        ("test", 0, 0xBA6BD213),
        ("Hello, world!", 0, 0xC0363E43),
        ("The quick brown fox jumps over the lazy dog", 0, 0x2E4FF723),
    ],
)
def test_the_hash_is_murmurs(text: str, seed: int, found: int) -> None:
    assert murmur3(text.encode(), seed) == found


def test_ids_are_numbers_that_every_program_keeps() -> None:
    ids = ids_of(f"Blob {number}" for number in range(3000))
    assert np.isfinite(ids).all()
    assert (np.abs(ids) >= np.finfo(np.float32).tiny).all()
    assert len(set(ids.tolist())) == 3000


def test_an_id_that_would_be_no_number_is_turned_into_one() -> None:
    name = next(name for name in map(str, range(100_000)) if (murmur3(name.encode()) >> 23) & 0xFF in (0, 255))
    assert id_of(name) == murmur3(name.encode()) ^ 1 << 23


def test_the_header_names_every_id() -> None:
    names = ["Blob 1", 'a "quoted" \\ one', "Küche"]
    found = metadata("ViewLayer.CryptoObject", names)
    keys = {field.split("/")[1] for field in found}
    assert len(keys) == 1
    assert len(keys.pop()) == 7
    manifest = json.loads(next(value for field, value in found.items() if field.endswith("manifest")))
    assert manifest == {name: f"{id_of(name):08x}" for name in names}
