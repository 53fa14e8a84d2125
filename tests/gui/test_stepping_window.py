"""Long work in a real window: how far it is, ESC, and going on. What is done there is in `inside/stepping.py`."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import OUT, Window, session, suites

pytestmark = [pytest.mark.window, pytest.mark.timeout(2400)]


@pytest.fixture(scope="module", params=suites())
def window(request: pytest.FixtureRequest, archives: dict[str, Path]) -> Window:
    """A session of long work in one Blender's window."""
    return session(request.param, archives, "stepping.py", OUT / f"{request.param}-stepping")


def test_the_scenario_came_to_its_end(window: Window) -> None:
    assert window.get("error") is None, window["error"]
    assert window.get("finished"), f"Blender ended with {window['exit code']}; see {window['out']}/blender.log"


def test_an_animation_shows_its_frames_while_it_renders(window: Window) -> None:
    """Blender's empty frame is as dark as 60 of 255; a room's middle is not."""
    assert min(window["animation's picture while it renders, brightness"]) > 80


def test_esc_ends_an_animation(window: Window) -> None:
    assert window["animation"] == "render_cancel"


def test_nothing_is_taken_away_while_a_render_runs(window: Window) -> None:
    """Blender 5.2 crashes of it."""
    assert not window["may remove while it renders"]
    assert window["may remove afterwards"]


@pytest.mark.parametrize("name", ["bake_animation", "render_training_set"])
def test_esc_leaves_whole_files_and_the_rest_is_made_later(window: Window, name: str) -> None:
    assert 3 <= window[f"{name}, files after ESC"] < window[f"{name}, wanted"]
    assert window[f"{name}, whole after ESC"]
    assert window[f"{name}, kept"]
    assert window[f"{name}, files at the end"] == window[f"{name}, wanted"]


def test_they_end_as_they_do_for_scripts(window: Window) -> None:
    assert window["baked"]
    assert window["training set's manifest"] == window["render_training_set, wanted"]
