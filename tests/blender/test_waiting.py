"""A person goes on working while the worker makes a room: what the press meant gets it, or a sentence says why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import pytest
from bpy.types import Object
from studio import blobs_here, drawn, new_room, reading_of, same, select, settle

from blobgan_blender import gallery, runtime
from blobgan_blender.scene.appearance import read_appearance
from blobgan_blender.scene.canvas import canvases
from blobgan_blender.viewport.wipe import before
from blobgan_blender.worker.jobs import Job

GONE = "was deleted meanwhile, or the window shows another scene"


@dataclass(frozen=True)
class _Waited:
    """A job of the worker, and what a person does before its result is taken."""

    job: Job[Any]
    act: Callable[[], object]

    def result(self) -> Any:
        found = self.job.result()
        self.act()
        return found


Meanwhile = Callable[[Callable[[], object]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Says what a person does while the next rooms are made; a script's operators block, and leave no moment for it."""

    def do(act: Callable[[], object]) -> None:
        for name in ("sample", "complete"):
            ask = getattr(runtime, name)
            monkeypatch.setattr(runtime, name, lambda *asked, ask=ask: _Waited(ask(*asked), act))

    return do


@pytest.fixture
def two(canvas: Object, small_model: Path) -> tuple[Object, Object]:
    """Two edited canvases; the first is active, with its third blob."""
    new_room(small_model, seed=2, target="CURRENT")
    other = next(item for item in canvases(bpy.context.view_layer) if item != canvas)
    for item in (canvas, other):
        blobs_here(item)[2].location.x += 0.3
    settle()
    select(canvas, blobs_here(canvas)[2])
    return canvas, other


def signature(canvas: Object) -> str:
    return reading_of(canvas).signature


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("reset_layout", {}),
        ("resample", {"seed": 7}),
        ("latent_walk", {"seed": 7, "keyframes": 2}),
        ("reset_blob", {}),
        ("random_appearance", {"seed": 7}),
        ("restyle_background", {"seed": 7}),
    ],
)
def test_the_canvas_of_the_press_changes_and_the_one_clicked_meanwhile_does_not(
    two: tuple[Object, Object], meanwhile: Meanwhile, name: str, options: dict[str, int]
) -> None:
    first, second = two
    blobs_here(second)[2].keyframe_insert("location")  # what was asked about the first says nothing of this one
    states = signature(first), signature(second)
    meanwhile(lambda: select(second, *blobs_here(second)))
    assert getattr(bpy.ops.blobgan, name)(**options) == {"FINISHED"}
    assert signature(first) != states[0]
    assert signature(second) == states[1]
    assert blobs_here(second)[2].animation_data.action is not None


@pytest.mark.parametrize(("name", "options"), [("reset_blob", {}), ("random_appearance", {"seed": 7})])
def test_the_blobs_of_the_press_change_though_they_are_no_longer_selected(
    two: tuple[Object, Object], meanwhile: Meanwhile, name: str, options: dict[str, int]
) -> None:
    first, _ = two
    blob, other = blobs_here(first)[2:4]
    states = blob.location.copy(), read_appearance(blob)[0], read_appearance(other)[0]
    meanwhile(lambda: bpy.ops.object.select_all(action="DESELECT"))
    assert getattr(bpy.ops.blobgan, name)(**options) == {"FINISHED"}
    assert blob.location != states[0] or not same(read_appearance(blob)[0], states[1])
    assert same(read_appearance(other)[0], states[2])


@pytest.mark.parametrize(
    "name",
    ["reset_layout", "resample", "latent_walk", "reset_blob", "random_appearance", "restyle_background", "compare"],
)
def test_what_is_deleted_meanwhile_is_said(two: tuple[Object, Object], meanwhile: Meanwhile, name: str) -> None:
    first, second = two
    state = signature(second)

    def delete() -> None:
        select(first, *blobs_here(first))
        bpy.ops.object.delete()
        select(second)

    meanwhile(delete)
    with pytest.raises(RuntimeError, match=GONE):
        getattr(bpy.ops.blobgan, name)()
    assert signature(second) == state


def test_keyframes_that_come_meanwhile_are_not_dropped(canvas: Object, meanwhile: Meanwhile) -> None:
    blob = blobs_here()[1]
    meanwhile(lambda: blob.keyframe_insert("location"))
    with pytest.raises(RuntimeError, match="carry keyframes"):
        bpy.ops.blobgan.resample(seed=7)
    assert blob.animation_data.action is not None


def test_before_and_after_is_of_the_canvas_of_the_press(two: tuple[Object, Object], meanwhile: Meanwhile) -> None:
    first, second = two
    meanwhile(lambda: select(second))
    assert bpy.ops.blobgan.compare() == {"FINISHED"}
    assert before(second) is None
    room = runtime.worker().sample(runtime.model_of(first), seed=1, truncation=first.blobgan.truncation).result()
    assert same(before(first), drawn(room, first))


def test_a_pinned_blob_that_is_deleted_meanwhile_is_said(canvas: Object, meanwhile: Meanwhile) -> None:
    gallery.forget()
    blobs_here()[1].blobgan.pinned = True

    def delete() -> None:
        select(blobs_here()[1])
        bpy.ops.object.delete()

    meanwhile(delete)
    with pytest.raises(RuntimeError, match=GONE):
        bpy.ops.blobgan.auto_complete(count=1)
    assert not gallery.variants()
