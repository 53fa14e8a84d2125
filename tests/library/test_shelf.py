"""The models folder: models come whole, one at a time, never over another, and go whole."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from pathlib import Path

import pytest

from blobgan_blender.core.errors import BlobGANError, Cancelled, ModelFileError
from blobgan_blender.library import shelf
from blobgan_blender.library.card import card_path, read_card
from blobgan_blender.library.model_file import sha256_of
from blobgan_blender.library.search import bundled_model, models_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "modèles 模型"


def changed(weights: Path) -> Path:
    """The same model with other weights, whose hash its card has."""
    data = weights.read_bytes()
    weights.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    card = card_path(weights)
    sha256 = sha256_of(weights)
    card.write_text(card.read_text().replace(read_card(weights).sha256, sha256))
    return weights


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_the_bundled_model_stands_first_with_its_picture() -> None:
    found = shelf.standing(None)
    assert [item.weights for item in found] == [bundled_model()]
    assert found[0].bundled
    assert found[0].name == "rooms-v3"
    assert found[0].picture.is_file()
    assert found[0].size == sum(path.stat().st_size for path in shelf.files_of(bundled_model()))


def test_one_s_own_model_is_copied_with_all_that_belongs_to_it(small_model: Path, folder: Path) -> None:
    there = shelf.copy_in(small_model, folder)
    assert there == folder / "small.safetensors"
    assert names(folder) == ["small.json", "small.onnx", "small.safetensors"]
    assert shelf.verify(there).name == "small"
    assert [item.name for item in shelf.standing(folder)] == ["rooms-v3", "small"]
    assert not shelf.standing(folder)[1].bundled


def test_the_same_once_more_changes_nothing(small_model: Path, folder: Path) -> None:
    there = shelf.copy_in(small_model, folder)
    assert shelf.copy_in(small_model, folder) == there
    assert shelf.copy_in(there, folder) == there
    assert len(names(folder)) == 3


def test_another_model_of_that_name_stays(small_model: Path, folder: Path, tmp_path: Path) -> None:
    mine = changed(shelf.copy_in(small_model, folder))
    before = mine.read_bytes()
    with pytest.raises(BlobGANError, match=r"There is a model called small\.safetensors in .*Remove or rename"):
        shelf.copy_in(small_model, folder)
    assert mine.read_bytes() == before
    assert len(names(folder)) == 3


def test_a_file_that_says_nothing_of_itself_stays_too(small_model: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "small.safetensors").write_bytes(b"somebody's")
    with pytest.raises(BlobGANError, match="There is a model called"):
        shelf.copy_in(small_model, folder)
    assert (folder / "small.safetensors").read_bytes() == b"somebody's"


@pytest.mark.parametrize("ending", [".json", ".onnx"])
def test_somebodys_own_file_of_that_name_stays(small_model: Path, folder: Path, ending: str) -> None:
    folder.mkdir()
    (folder / f"small{ending}").write_text("somebody's")
    with pytest.raises(BlobGANError, match=rf"There is a file called small\{ending} in .*Remove or rename it"):
        shelf.copy_in(small_model, folder)
    assert (folder / f"small{ending}").read_text() == "somebody's"
    assert names(folder) == [f"small{ending}"]


def test_damaged_models_are_not_taken(small_model: Path, folder: Path, tmp_path: Path) -> None:
    source = shelf.copy_in(small_model, tmp_path / "elsewhere")
    data = source.read_bytes()
    for damaged, words in ((data[:-1] + b"x", "is damaged: its SHA-256"), (data[:-9], "is damaged or not a model")):
        source.write_bytes(damaged)
        with pytest.raises(ModelFileError, match=words):
            shelf.copy_in(source, folder)
    card_path(source).unlink()
    with pytest.raises(ModelFileError, match=r"card small\.json beside the model cannot be read"):
        shelf.copy_in(source, folder)
    assert not folder.exists()


def test_what_is_damaged_is_listed_with_what_to_do(small_model: Path, folder: Path) -> None:
    there = shelf.copy_in(small_model, folder)
    there.write_bytes(there.read_bytes()[:-9])
    found = shelf.standing(folder)[1]
    assert found.name == "small"
    assert "Copy or convert it again" in found.problem
    card_path(there).unlink()
    assert "Restore it" in shelf.standing(folder)[1].problem


def test_another_users_folder_has_no_models(anothers_folder: Path) -> None:
    assert [item.weights for item in shelf.standing(anothers_folder)] == [bundled_model()]
    there = anothers_folder / bundled_model().name
    assert shelf.files_of(there) == []
    shelf.check_name(there, "", {".json": ""})


def test_verify_reads_every_byte_though_size_and_time_are_the_same(small_model: Path, folder: Path) -> None:
    there = shelf.copy_in(small_model, folder)
    seen: list[tuple[int, int]] = []
    shelf.verify(there, lambda *found: seen.append(found))
    assert seen[-1] == (there.stat().st_size, there.stat().st_size)
    state, data = there.stat(), bytearray(there.read_bytes())
    data[-20] ^= 1
    there.write_bytes(data)
    os.utime(there, ns=(state.st_atime_ns, state.st_mtime_ns))
    with pytest.raises(ModelFileError, match="Remove it, and download or import it again"):
        shelf.verify(there)


def test_verifying_can_be_cancelled(small_model: Path) -> None:
    with pytest.raises(Cancelled):
        shelf.verify(small_model, cancelled=lambda: True)


def test_removed_with_all_that_belongs_to_it_and_nothing_else(small_model: Path, folder: Path) -> None:
    there = shelf.copy_in(small_model, folder)
    (folder / "small.txt").write_text("notes")
    gone = shelf.remove(there)
    assert gone[0] == "small.safetensors"  # first: a machine that stops here leaves no half model
    assert sorted(gone) == ["small.json", "small.onnx", "small.safetensors"]
    assert names(folder) == ["small.txt"]


def test_the_bundled_model_cannot_be_removed() -> None:
    with pytest.raises(BlobGANError, match="part of the extension and stays"):
        shelf.remove(bundled_model())
    assert bundled_model().is_file()


def test_two_blenders_at_once(small_model: Path, folder: Path) -> None:
    folder.mkdir()
    with (folder / ".lock").open("ab") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        with pytest.raises(BlobGANError, match="by another Blender just now. Wait"):
            shelf.copy_in(small_model, folder)
    assert names(folder) == []
    shelf.copy_in(small_model, folder)


def test_a_copy_that_stops_half_way_shows_no_model(small_model: Path, folder: Path) -> None:
    with contextlib.suppress(KeyboardInterrupt), shelf.arriving(folder) as arrivals:
        shutil.copyfile(small_model, arrivals / small_model.name)
        assert list(models_in(folder)) == []
        assert len(shelf.standing(folder)) == 1
        raise KeyboardInterrupt
    assert names(folder) == []


def test_what_a_killed_process_left_goes_after_a_day(small_model: Path, folder: Path) -> None:
    old, new = folder / ".arriving-old", folder / ".arriving-new"
    for left in (old, new):
        left.mkdir(parents=True)
        (left / "half.safetensors").write_bytes(b"half")
    os.utime(old, (0, 0))
    shelf.copy_in(small_model, folder)
    assert new.is_dir()
    assert not old.exists()


@pytest.mark.parametrize("disk", ["size=300k"], indirect=True)
def test_a_full_disk_is_told_beforehand(small_model: Path, disk: Path) -> None:
    with pytest.raises(BlobGANError, match=r"needs 1\.1 MB in .*, and 0\.3 MB are free. Make room"):
        shelf.copy_in(small_model, disk)
    assert names(disk) == []


@pytest.mark.parametrize("disk", ["size=10m,ro"], indirect=True)
def test_a_folder_that_takes_no_writes(small_model: Path, disk: Path) -> None:
    with pytest.raises(BlobGANError, match=r"cannot be written to \(Read-only file system\)"):
        shelf.copy_in(small_model, disk)
