"""PNG files hold exactly what was written."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from blobgan_blender.core.errors import BlobGANError
from blobgan_blender.core.numbering import numbered
from blobgan_blender.library.png import read_png, read_words, write_png

PICTURE = np.random.RandomState(0).randint(0, 256, (17, 31, 3)).astype(np.uint8)


@pytest.mark.parametrize("picture", [PICTURE, PICTURE[:1, :1], np.full((3, 2, 3), 255, np.uint8)])
def test_another_program_reads_the_same_pixels_and_words(picture: np.ndarray, tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", picture, {"blobgan": "0123ab", "other": ""})
    with Image.open(tmp_path / "a.png") as image:
        image.load()
        assert image.mode == "RGB"
        assert np.array_equal(np.asarray(image), picture)
        assert image.text == {"blobgan": "0123ab", "other": ""}
    assert read_words(tmp_path / "a.png") == {"blobgan": "0123ab", "other": ""}
    assert np.array_equal(read_png(tmp_path / "a.png"), picture)


def test_only_our_own_files_are_read_back(tmp_path: Path) -> None:
    ours = tmp_path / "a.png"
    write_png(ours, PICTURE)
    whole = ours.read_bytes()
    for length in (0, 4, 20, 40, len(whole) // 2):
        ours.write_bytes(whole[:length])
        assert read_png(ours) is None
    for mode in ("RGB", "RGBA", "L", "I;16"):
        picture = Image.fromarray(PICTURE[..., 0].astype(np.uint16)) if mode == "I;16" else Image.fromarray(PICTURE)
        (picture if mode == "I;16" else picture.convert(mode)).save(ours)
        found = read_png(ours)
        assert found is None or np.array_equal(found, PICTURE)
    assert read_png(tmp_path / "not there") is None


@pytest.mark.parametrize("size", [(1 << 31, 1 << 31), (10, 0), (0, 10), (8193, 1)])
def test_a_picture_of_impossible_sides_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    write_png(tmp_path / "a.png", PICTURE)
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[16:24] = struct.pack(">II", *size)
    (tmp_path / "a.png").write_bytes(data)
    monkeypatch.setattr(zlib, "decompressobj", lambda: pytest.fail("it was unpacked"))
    assert read_png(tmp_path / "a.png") is None


def test_what_is_no_png_has_no_words(tmp_path: Path) -> None:
    whole = tmp_path / "a.png"
    write_png(whole, PICTURE, {"blobgan": "x"})
    for name, content in (("empty", b""), ("text", b"no picture" * 9), ("cut", whole.read_bytes()[:40])):
        (tmp_path / name).write_bytes(content)
        assert read_words(tmp_path / name) == {}
    assert read_words(tmp_path / "not there") == {}


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not float32"):
        write_png(tmp_path / "a.png", np.zeros((4, 4, 3), np.float32))
    (tmp_path / "a.png").write_text("a file, no folder")
    with pytest.raises(BlobGANError, match="Choose another place"):
        write_png(tmp_path / "a.png" / "b.png", np.zeros((4, 4, 3), np.uint8))
    (tmp_path / "folder").mkdir()
    with pytest.raises(BlobGANError, match="cannot be written"):
        write_png(tmp_path / "folder", PICTURE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "folder"]


def test_numbers_stand_where_they_should() -> None:
    grey = np.full((360, 360, 3), 128, np.uint8)
    found = numbered(grey, np.array([0.25, 0.75]), np.array([0.5, 0.5]), [1, 28])
    assert (grey == 128).all()
    rows, columns = np.nonzero((found == 255).all(axis=2))
    assert abs(rows.mean() - 180) < 4
    left = columns < 180
    assert abs(columns[left].mean() - 90) < 4
    assert abs(columns[~left].mean() - 270) < 4
    assert (found == 0).any()


def test_numbers_outside_are_cut_off() -> None:
    grey = np.full((64, 64, 3), 128, np.uint8)
    assert np.array_equal(numbered(grey, np.array([5.0]), np.array([0.5]), [3]), grey)
    numbered(grey, np.array([0.0, 1.0]), np.array([0.0, 1.0]), [3, 44])
