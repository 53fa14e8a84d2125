"""Frames in a real Blender window: Rendered mode, Eevee, ESC, Bake. What is done there is in `inside/rendered.py`."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import OUT, Window, session, suites
from PIL import Image

pytestmark = [pytest.mark.window, pytest.mark.timeout(2400)]


@pytest.fixture(scope="module", params=suites())
def rendered(request: pytest.FixtureRequest, archives: dict[str, Path]) -> Window:
    """A session of frames in one Blender's window."""
    return session(request.param, archives, "rendered.py", OUT / f"{request.param}-rendered")


def test_the_scenario_came_to_its_end(rendered: Window) -> None:
    assert rendered.get("error") is None, rendered["error"]
    assert rendered.get("finished"), f"Blender ended with {rendered['exit code']}; see {rendered['out']}/blender.log"


def test_rendered_mode_shows_the_picture_and_follows_it(rendered: Window) -> None:
    assert rendered["the move changed the picture by"] > 4
    assert rendered["rendered mode unlike the picture"] < 2
    assert rendered["rendered mode after a move unlike the picture"] < 2


def test_eevee_renders_each_frames_own_picture(rendered: Window) -> None:
    assert rendered["eevee"] == "complete"
    assert max(rendered["eevee's frames unlike their pictures"]) < 2


def test_esc_ends_a_render_and_a_bake(rendered: Window) -> None:
    assert rendered["ESC"] == "cancelled"
    left = [rendered["out"] / "cancelled" / name for name in rendered["frames after ESC"]]
    assert len(left) >= 3
    for path in left:
        with Image.open(path) as frame:
            frame.load()  # raises where a file was cut
            assert frame.getextrema() != ((0, 0),) * len(frame.getbands())
    assert rendered["bake stopped by ESC"]
    assert rendered["live after the stopped bake"]


def test_a_bake_goes_on_to_its_end(rendered: Window) -> None:
    assert rendered["baked image"] == "SEQUENCE"


@pytest.mark.parametrize("shading", ["SOLID", "MATERIAL", "RENDERED"])
def test_the_viewport_shows_each_baked_frame(rendered: Window, shading: str) -> None:
    found = rendered[f"baked frames in {shading} unlike their files"]
    assert max(found) < 2 < rendered["the baked frames differ by"]


def test_quitting_leaves_no_process_behind(rendered: Window) -> None:
    assert rendered["exit code"] == 0
    assert rendered["orphans"] == []
