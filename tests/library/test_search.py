"""Where a scene's model is looked for."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest

from blobgan_blender.core.errors import ModelFileError
from blobgan_blender.library.card import card_path, read_card
from blobgan_blender.library.model_file import check_weights, sha256_of
from blobgan_blender.library.search import BUNDLED, bundled_model, find_model, models_in


def copy_model(source: Path, folder: Path, name: str = "copy") -> Path:
    folder.mkdir(exist_ok=True)
    weights = folder / f"{name}.safetensors"
    shutil.copyfile(source, weights)
    shutil.copyfile(card_path(source), card_path(weights))
    return weights


def test_the_bundled_model_is_whole_and_says_what_it_is() -> None:
    path = bundled_model()
    card = read_card(path)
    check_weights(path)
    assert sha256_of(path) == card.sha256
    assert card.name
    assert card.license
    assert card.training_data


def test_a_model_is_found_by_hash_whatever_it_is_called(tmp_path: Path, small_model: Path) -> None:
    sha256 = sha256_of(small_model)
    (tmp_path / "empty").mkdir()
    weights = copy_model(small_model, tmp_path / "models", "renamed")
    folders = [tmp_path / "missing", tmp_path / "empty", tmp_path / "models"]
    assert find_model(sha256, "small", folders) == weights
    assert find_model(read_card(bundled_model()).sha256, "rooms", []) == bundled_model()


def test_a_file_that_only_claims_the_hash_is_passed_over(tmp_path: Path, small_model: Path) -> None:
    forged = copy_model(small_model, tmp_path / "first")
    forged.write_bytes(forged.read_bytes()[:-1] + b"x")
    honest = copy_model(small_model, tmp_path / "second")
    assert find_model(sha256_of(small_model), "small", [forged.parent, honest.parent]) == honest


def test_another_users_folder_is_passed_over(anothers_folder: Path) -> None:
    bundled = bundled_model()
    assert list(models_in(anothers_folder)) == []
    assert find_model(read_card(bundled).sha256, "rooms", [anothers_folder]) == bundled
    with pytest.raises(ModelFileError, match="is not in .*Copy it there"):
        find_model("0" * 64, "absent", [anothers_folder])


def test_a_damaged_card_does_not_hide_the_others(
    tmp_path: Path, small_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    card_path(copy_model(small_model, tmp_path, "a")).write_text("{")
    whole = copy_model(small_model, tmp_path, "b")
    with caplog.at_level(logging.WARNING):
        assert [path for path, _ in models_in(tmp_path)] == [whole]
    assert "a.json" in caplog.text


def test_a_model_that_is_nowhere_names_itself_and_the_places(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"“bedrooms” \(0{12}…\).*press the folder beside") as refusal:
        find_model("0" * 64, "bedrooms", [tmp_path])
    assert str(tmp_path) in str(refusal.value)
    assert str(BUNDLED) in str(refusal.value)
