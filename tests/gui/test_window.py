"""The main job in a real Blender window. What a person does there is in `inside/drag.py`; here it is judged."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import BARE

from blobgan_blender.library.card import read_card
from blobgan_blender.library.search import bundled_model

# Making Debian's folder the first time, then at most seven minutes of window.
pytestmark = [pytest.mark.window, pytest.mark.timeout(2400)]

Window = dict[str, Any]  # see conftest.py


def test_the_zip_validates_and_installs(window: Window) -> None:
    assert (window["validate"], window["install"]) == (0, 0), f"see {window['out']}/extension.log"


def test_the_scenario_came_to_its_end(window: Window) -> None:
    assert window.get("error") is None, window["error"]
    assert window.get("finished"), f"Blender ended with {window['exit code']}; see {window['out']}/blender.log"


def test_a_click_on_the_panels_button_makes_a_room(window: Window) -> None:
    assert window["button found"]
    assert window["seconds from the button to the picture"] > 0
    assert window["seed"] == next(iter(read_card(bundled_model()).rooms.values())).seed


def test_the_first_picture_is_the_room_and_not_a_half_built_one(window: Window) -> None:
    assert window["first picture stayed"]


def test_without_torch_the_zips_own_engine_draws(window: Window) -> None:
    engine = "onnxruntime" if window["out"].name.endswith(BARE) else "torch"
    assert window["engine"].startswith(engine)


def test_pictures_arrive_during_the_drag(window: Window) -> None:
    assert window["pictures during the drag"] >= 2
    assert window["moved by"] > 0.1
    assert window["picture changed"]


def test_the_last_picture_belongs_to_the_last_position(window: Window) -> None:
    assert window["difference from Update Picture"] == 0


def test_f12_renders_the_canvas_bit_for_bit(window: Window) -> None:
    assert window["F12"] == "complete"
    assert window["frame size"] == window["canvas size"]
    assert window["values of the frame unlike the canvas"] == 0


def test_ctrl_z_brings_the_empty_and_its_picture_back(window: Window) -> None:
    assert window["undone"]


def test_a_worker_killed_during_a_drag_is_replaced(window: Window) -> None:
    assert window["workers killed"] == 1
    assert window["difference from Update Picture after the kill"] == 0


def test_blender_never_imports_torch(window: Window) -> None:
    assert not window["torch imported"]
    assert not window["torch imported at the end"]


def test_quitting_leaves_no_process_behind(window: Window) -> None:
    assert window["exit code"] == 0
    assert window["orphans"] == []
