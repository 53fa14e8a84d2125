"""Set Up PyTorch in the preferences of a real Blender window. What is done there is in `inside/set_up.py`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from conftest import OUT, Window, session, suites

pytestmark = [pytest.mark.window, pytest.mark.timeout(2400)]


@pytest.fixture(scope="module", params=suites())
def set_up(request: pytest.FixtureRequest, archives: dict[str, Path], torch_wheels: Path) -> Window:
    """A session with the set-up in one Blender's window. The wheels lie where the window's room sees them."""
    shutil.rmtree(OUT / "wheels", ignore_errors=True)
    shutil.copytree(torch_wheels, OUT / "wheels", copy_function=_linked)
    return session(request.param, archives, "set_up.py", OUT / f"{request.param}-set-up")


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another disk
        shutil.copy(source, target)


def test_the_scenario_came_to_its_end(set_up: Window) -> None:
    assert set_up.get("error") is None, set_up["error"]
    assert set_up.get("finished"), f"Blender ended with {set_up['exit code']}; see {set_up['out']}/blender.log"


def test_it_asks_first_and_goes_on_beside_the_window(set_up: Window) -> None:
    assert set_up["nothing before the answer"]
    assert set_up["the window goes on"]


def test_the_worker_runs_on_it(set_up: Window) -> None:
    assert set_up["outcome"].startswith("PyTorch is set up: torch 2.")
    assert set_up["the worker"].startswith("torch 2.")


def test_removing_leaves_nothing(set_up: Window) -> None:
    assert set_up["removed"] == "PyTorch was removed."
    assert set_up["left"] == []


def test_quitting_leaves_no_process_behind(set_up: Window) -> None:
    assert set_up["exit code"] == 0
    assert set_up["orphans"] == []
