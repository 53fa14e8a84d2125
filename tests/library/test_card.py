"""Cards: what is written is read; what is damaged or foreign is refused in one sentence."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from blobgan_blender.core.errors import ModelFileError
from blobgan_blender.core.seeds import MAX_SEED
from blobgan_blender.library.card import MOST_SEED, PICTURE_SEED, Card, ModelConfig, StartingRoom, card_path, read_card
from blobgan_blender.library.search import bundled_model

CONFIG = ModelConfig(resolution=64, blobs=5, d_noise=32, hidden=64, d_in=64, d_style=32, c_model=8)
ROOMS = {"寝室 at Night": StartingRoom(MAX_SEED, 0.4), "Attic": StartingRoom(0, 1)}
CARD = Card("Rooms ²", "ab" * 32, CONFIG, "CC0-1.0", "rooms", truncation=0.3, notes="n", rooms=ROOMS, extra={"step": 5})


def written(change: dict[str, Any]) -> str:
    return json.dumps(json.loads(CARD.to_json()) | change)


def with_room(change: dict[str, Any], name: str = "Attic") -> str:
    return written({"rooms": {name: {"seed": 3, "truncation": 0.4} | change}})


def with_architecture(change: dict[str, Any]) -> str:
    data = json.loads(CARD.to_json())
    return json.dumps(data | {"architecture": data["architecture"] | change})


def test_round_trip() -> None:
    assert Card.from_json(CARD.to_json()) == CARD
    assert CONFIG.octaves == 2


def test_the_rooms_keep_their_order() -> None:
    assert list(Card.from_json(CARD.to_json()).rooms) == list(ROOMS)


def test_a_model_is_shown_by_the_first_room_with_a_name() -> None:
    assert CARD.picture_room == next(iter(ROOMS.values()))
    nameless = dataclasses.replace(CARD, rooms={})
    assert nameless.picture_room == StartingRoom(PICTURE_SEED, CARD.truncation)


def test_a_card_need_not_name_rooms() -> None:
    data = json.loads(CARD.to_json())
    del data["rooms"]
    assert Card.from_json(json.dumps(data)).rooms == {}


def test_a_rooms_seed_is_one_that_can_be_typed() -> None:
    assert MOST_SEED == MAX_SEED


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("[]", ""),
        ("{}", "format"),
        ("[" * 100_000, "recursion"),
        (CARD.to_json()[:-40], ""),
        (written({"format": "gguf"}), "not the card of a BlobGAN model"),
        (written({"version": 2}), "update the add-on"),
        (written({"surprise": 1}), "surprise"),
        (written({"architecture": None}), "mapping"),
        (written({"sha256": 5}), "sha256 is no text"),
        (written({"truncation": "much"}), "truncation"),
        (written({"truncation": float("nan")}), "truncation"),
        (written({"rooms": [3, 0.4]}), "rooms must be an object of names"),
        (written({"rooms": None}), "rooms must be an object of names"),
        (written({"rooms": {"Attic": 3}}), "mapping"),
        (written({"rooms": {"Attic": {"seed": 3}}}), "truncation"),
        (with_room({"surprise": 1}), "surprise"),
        (with_room({"seed": -1}), "seed must be an integer in 0 … 2147483647, not -1"),
        (with_room({"seed": 2**31}), "not 2147483648"),
        (with_room({"seed": 3.0}), "not 3.0"),
        (with_room({"seed": True}), "not True"),
        (with_room({"truncation": 2}), r"room's truncation must lie in \[0, 1\], not 2"),
        (with_room({"truncation": float("nan")}), "not nan"),
        (with_room({"truncation": "much"}), "not 'much'"),
        (with_room({"truncation": True}), "not True"),
        (with_room({}, " "), "cannot be called ' '"),
        (with_room({}, "ANY"), "cannot be called 'ANY'"),
        (with_room({}, "two\nlines"), "cannot be called"),
        (with_room({}, "\ud800"), "cannot be called"),
        (with_architecture({"resolution": 100}), "16 · 2\\^n"),
        (with_architecture({"resolution": 4096}), "16 · 2\\^n"),
        (with_architecture({"resolution": "64"}), "integer"),
        (with_architecture({"d_in": 64.0}), "integer"),
        (with_architecture({"blobs": True}), "integer"),
        (with_architecture({"d_style": 10**9}), "8192"),
        (with_architecture({"blobs": -1}), "1024"),
        (with_architecture({"ab_norm": float("inf")}), "ab_norm"),
        (with_architecture({"ab_norm": "x"}), "ab_norm"),
        (with_architecture({"norm_features": "no"}), "norm_features"),
    ],
)
def test_what_is_no_card_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ModelFileError, match=f"(?s)^rooms.json cannot be read .*{reason}.*Convert or download"):
        Card.from_json(text, source="rooms.json")


def test_a_missing_model_names_the_place(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"no model at .*nothing\.safetensors"):
        read_card(tmp_path / "nothing.safetensors")


def test_a_checkpoint_that_was_not_converted_names_the_command(tmp_path: Path) -> None:
    (tmp_path / "bed.ckpt").write_bytes(b"x")
    with pytest.raises(ModelFileError, match=r"blobgan convert bed\.ckpt bed\.safetensors"):
        read_card(tmp_path / "bed.ckpt")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_card_that_is_missing_or_no_text_is_named(tmp_path: Path, content: bytes | None) -> None:
    weights = tmp_path / "rooms.v1.safetensors"
    weights.write_bytes(b"x")
    assert card_path(weights) == tmp_path / "rooms.v1.json"
    if content is not None:
        card_path(weights).write_bytes(content)
    with pytest.raises(ModelFileError, match=r"card rooms\.v1\.json beside the model cannot be read"):
        read_card(weights)


def test_the_bundled_model_names_rooms_to_start_with() -> None:
    assert list(read_card(bundled_model()).rooms) == ["Bedroom", "Reading Corner", "Living Room"]
