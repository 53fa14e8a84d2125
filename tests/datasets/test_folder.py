"""A data set's folder that a full disk, another scene or another computer has left its traces in; no Blender needed."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from blobgan_blender.core.errors import BlobGANError
from blobgan_blender.datasets.__main__ import main
from blobgan_blender.datasets.folder import RoomFolder


def test_what_macos_leaves_beside_a_picture_is_none(tmp_path: Path) -> None:
    folder = RoomFolder(tmp_path)
    folder.prepare(64, 4)
    for name in ("0000003.webp", "0000001.webp", "._0000001.webp"):
        (folder.pictures / name).touch()
    assert folder.done() == [1, 3]
    assert folder.write_manifest() == 2


def test_a_full_disk_leaves_no_half_card(tmp_path: Path) -> None:
    folder = RoomFolder(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40, limits[1]))  # to a program that is a disk running full
    try:
        with pytest.raises(BlobGANError, match=r"dataset\.json cannot be written"):
            folder.prepare(64, 4)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not [path for path in tmp_path.iterdir() if path.is_file()]
    folder.prepare(64, 4)
    assert folder.read_card()["resolution"] == 64


@pytest.mark.parametrize("text", ['{"resolution": 64', "[]"])
@pytest.mark.parametrize("command", [["rooms", "--count", "1"], ["manifest"]])
def test_a_card_that_cannot_be_read_ends_in_a_sentence(
    text: str, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dataset.json").write_text(text)
    assert main([*command, str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "dataset.json cannot be read" in said
    assert "delete that file" in said
    assert said.count("\n") == 1


def test_pictures_of_another_scene_get_no_manifest_of_rooms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dataset.json").write_text(json.dumps({"classes": ["background", "cup"]}))
    assert main(["manifest", str(tmp_path)]) == 1
    assert "holds pictures of another scene" in capsys.readouterr().err
    assert not (tmp_path / "manifest.jsonl").exists()


def test_a_place_that_cannot_be_written_to_ends_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["rooms", str(tmp_path / "file" / "rooms"), "--count", "1"]) == 1
    said = capsys.readouterr().err
    assert "cannot be used (Not a directory). Choose another folder" in said
    assert said.count("\n") == 1
