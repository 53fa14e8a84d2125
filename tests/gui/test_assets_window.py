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


def test_an_asset_dragged_onto_the_canvas_is_a_blob_where_it_was_let_go(window: Window) -> None:
    assert window["dropped is a blob of the canvas"] == [True]
    assert window["dropped off by"] < 0.03  # canvas units, some pixels of the window
    assert window["dropped has the appearance"]
    assert window["dropped has the shape within"] < 1e-4
    assert window["canvases after the drop"] == 1
    assert window["drop undone"]


def test_a_blob_pasted_by_its_keys_is_one_blob_of_the_canvas_there(window: Window) -> None:
    assert window["pasted is a blob of the canvas"] == [True]
    assert window["pasted as it was"]
    assert window["canvases after undo and redo"] == 1
