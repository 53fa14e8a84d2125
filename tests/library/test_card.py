"""Cards: what is written is read; what is damaged or foreign is refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from blobgan_blender.core.errors import ModelFileError
from blobgan_blender.library.card import Card, ModelConfig, card_path, read_card

CONFIG = ModelConfig(resolution=64, blobs=5, d_noise=32, hidden=64, d_in=64, d_style=32, c_model=8)
CARD = Card("Rooms ²", "ab" * 32, CONFIG, "CC0-1.0", "rooms", truncation=0.3, notes="n", extra={"step": 5})


def written(change: dict[str, Any]) -> str:
    return json.dumps(json.loads(CARD.to_json()) | change)


def with_architecture(change: dict[str, Any]) -> str:
    data = json.loads(CARD.to_json())
    return json.dumps(data | {"architecture": data["architecture"] | change})


def test_round_trip() -> None:
    assert Card.from_json(CARD.to_json()) == CARD
    assert CONFIG.octaves == 2


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
