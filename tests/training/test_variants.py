"""A lent machine's time is short: what its runs are told is tried here."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from blobgan_blender.training.command import add_arguments, configuration

LEASE = Path(__file__).resolve().parent.parent.parent / "scripts" / "lease"


@pytest.mark.parametrize("file", sorted(LEASE.glob("*.variants")), ids=lambda file: file.stem)
def test_each_run_is_one_that_the_trainer_takes(file: Path, tmp_path: Path) -> None:
    lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    assert len({name for name, *_ in lines}) == len(lines)
    runs = []
    for name, *options in lines:
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        runs.append(configuration(parser.parse_args(["--out", str(tmp_path / name), *options])))
    assert len(set(runs)) == len(lines)


def test_a_switch_is_turned_on_and_off(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    for word, wanted in (("--capture", True), ("--no-capture", False)):
        assert configuration(parser.parse_args(["--out", str(tmp_path), word])).capture is wanted
