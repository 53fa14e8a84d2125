"""PNG files: what Pillow reads of them, and that there are only whole ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from blobgan_blender.core.png import read_words, write_png

PICTURE = np.random.RandomState(0).randint(0, 256, (5, 7, 3)).astype(np.uint8)


@pytest.mark.parametrize("picture", [PICTURE, PICTURE[:1, :1], np.full((3, 2, 3), 255, np.uint8)])
def test_pillow_reads_the_same_pixels_and_words(picture: np.ndarray, tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", picture, {"blobgan": "0123ab", "other": ""})
    with Image.open(tmp_path / "a.png") as image:
        image.load()
        assert np.array_equal(np.asarray(image), picture)
        assert image.text == {"blobgan": "0123ab", "other": ""}
    assert read_words(tmp_path / "a.png") == {"blobgan": "0123ab", "other": ""}


def test_what_is_no_png_has_no_words(tmp_path: Path) -> None:
    whole = tmp_path / "a.png"
    write_png(whole, PICTURE, {"blobgan": "x"})
    for name, content in (("empty", b""), ("text", b"no picture" * 9), ("cut", whole.read_bytes()[:40])):
        (tmp_path / name).write_bytes(content)
        assert read_words(tmp_path / name) == {}
    assert read_words(tmp_path / "not there") == {}


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_png(tmp_path / "a.png", PICTURE, {})
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
