"""PNG files hold exactly what was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from blobgan_blender.core.errors import BlobGANError
from blobgan_blender.core.numbering import numbered
from blobgan_blender.library.png import write_png


def test_another_program_reads_the_same_pixels(tmp_path: Path) -> None:
    rgb = np.random.RandomState(0).randint(0, 256, (17, 31, 3)).astype(np.uint8)
    write_png(tmp_path / "a.png", rgb)
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "RGB"
        assert np.array_equal(np.asarray(image), rgb)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not float32"):
        write_png(tmp_path / "a.png", np.zeros((4, 4, 3), np.float32))
    (tmp_path / "a.png").write_text("a file, no folder")
    with pytest.raises(BlobGANError, match="Choose another place"):
        write_png(tmp_path / "a.png" / "b.png", np.zeros((4, 4, 3), np.uint8))


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
