"""Nothing is told to anybody: ONNX Runtime keeps no number of this machine and opens no telemetry store."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from blobgan_blender.core.quiet import QUIET
from blobgan_blender.core.spawn import clean_environment

ROOT = Path(__file__).resolve().parent.parent.parent

ENGINE = """
from pathlib import Path
from blobgan_blender.inference.onnx_engine import OnnxEngine
from blobgan_blender.library.search import bundled_model
OnnxEngine().load(bundled_model())
"""
BARE = "import onnxruntime; onnxruntime.InferenceSession"


def home_after(code: str, home: Path, environment: dict[str, str]) -> list[str]:
    """What a Python that ran `code` has left in an empty home."""
    settings = {**environment, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "TMPDIR": str(home)}
    subprocess.run([sys.executable, "-c", code], env=settings, cwd=ROOT, check=True, timeout=100)
    return [path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()]


@pytest.fixture
def talkative() -> dict[str, str]:
    """This process's environment without the wish to be left alone."""
    return {name: value for name, value in os.environ.items() if name not in QUIET}


def test_the_engine_leaves_nothing_behind(tmp_path: Path, talkative: dict[str, str]) -> None:
    assert home_after(ENGINE, tmp_path, talkative) == []


def test_nor_does_what_the_worker_and_its_probes_start(tmp_path: Path) -> None:
    assert home_after(BARE, tmp_path, clean_environment()) == []
