"""What measures models on a lent machine, with a stand-in for the measuring that says what it was called with."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "lease" / "evaluate.sh"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of runs, one of them with a model, whose path has a space."""
    run = tmp_path / "two words" / "runs" / "plain"
    run.mkdir(parents=True)
    (run / "model.safetensors").touch()
    (run / "checkpoint.safetensors").touch()
    return tmp_path / "two words"


def call(home: Path, *arguments: object) -> str:
    python = home / "python"
    python.write_text('#!/bin/sh\nfor word; do echo "<$word>"; done; cut -d" " -f6 /proc/$$/stat\n')
    python.chmod(0o755)
    environment = os.environ | {"TRAIN_HOME": str(home), "PYTHON": str(python), "DEVICE": "cpu"}
    command = ["bash", str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60).stdout


def test_models_are_measured_without_a_log_of_the_segmenter(home: Path) -> None:
    out = home / "out"
    printed = call(home, "models", out, "the data", "plain")
    assert "== plain" in printed
    words = (out / "plain.txt").read_text()
    for word in (home / "runs" / "plain" / "model.safetensors", "the data", "cpu", out / "plain.json"):
        assert f"<{word}>" in words
    assert (out / "evaluation-sheets.tar").stat().st_size


def test_the_segmenter_trains_in_a_session_of_its_own(home: Path) -> None:
    """Where a call's end reaches nothing of it."""
    assert call(home, "segmenter", "the data") == "The segmenter trains.\n"
    log, until = home / "segmenter.log", time.monotonic() + 60
    while not (said := log.read_text()).rstrip().rpartition("\n")[2].isdigit():
        assert time.monotonic() < until
        time.sleep(0.02)
    assert "<the data>" in said
    assert int(said.split()[-1]) != os.getsid(0)
