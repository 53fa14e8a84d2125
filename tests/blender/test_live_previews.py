"""Previews in the canvas: while the hand moves a coarse picture, at rest the whole one, and never a stale one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import bpy
import pytest
from bpy.types import Object
from studio import ROOT, blobs_here, drawn, new_room, pump_until, reading_of, same, settle, shown

from blobgan_blender import live
from blobgan_blender.preferences import PREVIEW_RATE, preview_seconds

_MAKE = (
    "import sys; from pathlib import Path; from previewing import previewing_model as p; p(*map(Path, sys.argv[1:]))"
)


@pytest.fixture(scope="module")
def coarse_model(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coarse")
    variables = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    command = [os.environ["BLOBGAN_PYTHON"], "-c", _MAKE, str(small_model), str(folder)]
    subprocess.run(command, check=True, env=variables, timeout=100)
    return folder / "coarse.safetensors"


@pytest.fixture
def canvas(coarse_model: Path, monkeypatch: pytest.MonkeyPatch) -> Object:
    """A room whose every picture but the first wants a preview."""
    monkeypatch.setattr(live, "preview_seconds", lambda: 1e-9)
    made = new_room(coarse_model)
    move(made, 0.01)
    settle()
    return made


def move(canvas: Object, by: float) -> None:
    blobs_here(canvas)[0].location.x += by
    bpy.context.view_layer.update()


def until_preview(canvas: Object) -> None:
    before = live.link(canvas).previews
    pump_until(lambda: live.link(canvas).previews > before)


def test_a_preview_then_the_picture(canvas: Object) -> None:
    move(canvas, 0.2)
    until_preview(canvas)
    coarse = shown()
    assert live.link(canvas).waiting
    settle()
    assert same(shown(), drawn())
    assert not same(shown(), coarse)
    assert live.link(canvas).signature == reading_of().signature


def test_a_drag_shows_previews_and_ends_with_the_picture_of_the_last_position(canvas: Object) -> None:
    pictures = live.link(canvas).pictures
    for _ in range(5):
        move(canvas, 0.03)
        until_preview(canvas)
    assert live.link(canvas).pictures == pictures  # each gave way to the next
    settle()
    assert live.link(canvas).pictures == pictures + 1
    assert same(shown(), drawn())


def test_moving_back_from_a_preview_draws_again(canvas: Object) -> None:
    here = shown()
    move(canvas, 0.3)
    until_preview(canvas)
    move(canvas, -0.3)
    settle()
    assert same(shown(), drawn())
    assert same(shown(), here)


def test_an_update_that_changes_no_layout_lets_the_picture_come(canvas: Object) -> None:
    pictures = live.link(canvas).pictures
    move(canvas, 0.2)
    until_preview(canvas)
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Unrelated", None))
    live.mark()
    settle()
    assert live.link(canvas).pictures == pictures + 1
    assert same(shown(), drawn())


def test_what_is_drawn_at_once_has_no_preview(canvas: Object) -> None:
    previews = live.link(canvas).previews
    move(canvas, 0.2)
    bpy.ops.blobgan.update_picture()
    settle()
    assert live.link(canvas).previews == previews
    assert same(shown(), drawn())


def test_a_script_that_registered_the_package_has_the_usual_rate() -> None:
    assert preview_seconds() == pytest.approx(1 / PREVIEW_RATE)
