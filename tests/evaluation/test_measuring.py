"""What measures the edits measures rightly, on pictures whose answer is known; and the command prints the tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from blobgan_blender import cli
from blobgan_blender.evaluation.edits import Edit, _found, _remains, _summary


def bump(x: float, width: float = 0.08) -> np.ndarray:
    """(3, 64, 64): a soft ball at x."""
    grid = (np.arange(64) + 0.5) / 64
    ball = np.exp(-(np.square(grid[None] - x) + np.square(grid[:, None] - 0.5)) / width**2)
    return np.stack([ball, -ball, 0.5 * ball])


def place(x: float) -> np.ndarray:
    """bool (64, 64): around x."""
    grid = (np.arange(64) + 0.5) / 64
    return np.square(grid[None] - x) + np.square(grid[:, None] - 0.5) < 0.1**2


@pytest.mark.parametrize("shift", [0.1, -0.1, 0.0, 0.233])
def test_a_shift_is_found_to_a_fraction_of_a_pixel(shift: float) -> None:
    found, alike = _found(bump(0.45), place(0.45), bump(0.45 + shift), -0.15, 0.3)
    assert found == pytest.approx(shift, abs=0.1 / 64)
    assert alike > 0.98  # at the whole pixel that is nearest


def test_what_an_object_hid_is_no_part_of_it() -> None:
    """It comes out, larger and stronger, where the object was: the object is found where it went all the same."""
    hidden = np.zeros((3, 64, 64))
    hidden[:, 20:44, 20:36] = [[[3.0]], [[-2.0]], [[4.0]]]
    found, alike = _found(bump(0.45), place(0.45), bump(0.7) + hidden, -0.15, 0.3)
    assert found == pytest.approx(0.25, abs=0.1 / 64)
    assert alike > 0.9


def test_it_is_looked_for_between_two_distances_alone() -> None:
    """Of two, an original and its clone, the clone."""
    found, alike = _found(bump(0.3), place(0.3), bump(0.3) + bump(0.55), 0.125, 0.375)
    assert found == pytest.approx(0.25, abs=0.2 / 64)
    assert alike > 0.95
    assert _found(bump(0.3), place(0.3), bump(0.3), 0.3, 0.4)[1] < 0.3


def test_another_object_is_not_alike() -> None:
    _, alike = _found(bump(0.4), place(0.4), np.random.RandomState(0).randn(3, 64, 64), -0.1, 0.25)
    assert alike < 0.3


def test_what_is_removed_leaves_nothing_and_what_stays_is_seen() -> None:
    inside, empty = np.ones((64, 64), bool), np.zeros((3, 64, 64))
    assert _remains(bump(0.4), empty, empty, inside) == 0
    assert _remains(bump(0.4), 0.5 * bump(0.4), empty, inside) == pytest.approx(1.0)


def test_the_summary_counts_what_lies_within_a_fifth() -> None:
    edits = [Edit(1, moved, 0.1, 0.0, cloned, alike) for moved, cloned, alike in [(1.1, 1, 0.9), (0.5, 1, 0.2)]]
    row = _summary(edits)
    assert (row["count"], row["moved well"], row["cloned well"]) == (2, 0.5, 0.5)
    assert _summary([])["count"] == 0


def test_the_command_prints_tables_and_writes_every_figure(
    small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.json"
    status = cli.main(["evaluate", str(small_model), "--edits", "--rooms", "1", "--device", "cpu", "--out", str(out)])
    assert status == 0
    printed = capsys.readouterr().out
    assert "| blob | rooms | moved" in printed
    assert "| all |" in printed
    report = json.loads(out.read_text())["models"][0]["edits"]
    assert report["rooms"] == 1
    assert len(report["completions"]) == 1
