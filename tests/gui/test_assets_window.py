"""Blobs from another file in a real window: dragged, and pasted. What is done there is in `inside/assets.py`."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import OUT, Window, session, suites

pytestmark = [pytest.mark.window, pytest.mark.timeout(2400)]


@pytest.fixture(scope="module", params=suites())
def window(request: pytest.FixtureRequest, archives: dict[str, Path]) -> Window:
    """A session with an asset library in one Blender's window."""
    return session(request.param, archives, "assets.py", OUT / f"{request.param}-assets")


def test_the_scenario_came_to_its_end(window: Window) -> None:
    assert window.get("error") is None, window["error"]
    assert window.get("finished"), f"Blender ended with {window['exit code']}; see {window['out']}/blender.log"


@pytest.mark.parametrize("name", ["dropped", "pasted"])
def test_what_was_brought_is_one_blob_of_the_canvas_there(window: Window, name: str) -> None:
    assert window[f"{name}, a blob of the canvas"] == [True]
    assert window[f"{name}, as it was"]
    assert window[f"{name}, canvases at the end"] == 1  # after undo and redo


def test_an_asset_lies_where_it_was_let_go(window: Window) -> None:
    assert window["dropped off by"] < 0.03  # canvas units, some pixels of the window
