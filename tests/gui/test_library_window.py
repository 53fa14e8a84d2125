"""The model library in the preferences of a real Blender window. What is done there is in `inside/library.py`."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import OUT, Window, session, suites

pytestmark = [pytest.mark.window, pytest.mark.timeout(2400)]


@pytest.fixture(scope="module", params=suites())
def library(request: pytest.FixtureRequest, archives: dict[str, Path]) -> Window:
    """A session with the library in one Blender's window."""
    return session(request.param, archives, "library.py", OUT / f"{request.param}-library")


def test_the_scenario_came_to_its_end(library: Window) -> None:
    assert library.get("error") is None, library["error"]
    assert library.get("finished"), f"Blender ended with {library['exit code']}; see {library['out']}/blender.log"


def test_an_import_goes_on_beside_the_window(library: Window) -> None:
    assert library["the window goes on"]
    assert library["import"].startswith("Étude is in your models folder.")
    assert library["models"] == ["rooms-v3", "Étude"]


def test_each_model_is_shown_by_its_picture(library: Window) -> None:
    bundled, own = library["icons"]
    assert bundled > 0
    assert own > 0
    assert bundled != own


def test_a_check_says_what_it_found(library: Window) -> None:
    assert library["verify"].startswith("rooms-v3 is whole")


def test_removing_asks_first(library: Window) -> None:
    assert library["there after ESC"]
    assert not library["there after Return"]


def test_quitting_leaves_no_process_behind(library: Window) -> None:
    assert library["exit code"] == 0
    assert library["orphans"] == []
