"""The live link's turns: newest layout out, newest picture in; none waits, none raises, none works while rendering."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import (
    blobs_here,
    drawn,
    new_room,
    pump_until,
    reading_of,
    render_frames,
    render_still,
    same,
    settle,
    shown,
)

from blobgan_blender import live


def edit(canvas: Object, by: float = 0.3) -> None:
    """One step of a drag, evaluated."""
    blobs_here(canvas)[0].location.x += by
    bpy.context.view_layer.update()


def test_an_idle_turn_does_nothing(canvas: Object) -> None:
    settle()
    pictures = live.link(canvas).pictures
    assert live.pump() is False
    assert live.link(canvas).pictures == pictures


def test_a_turn_does_not_wait_for_the_picture(bundled_model: Path) -> None:
    canvas = new_room(bundled_model)
    settle()
    edit(canvas)
    assert live.pump() is True
    assert live.link(canvas).waiting


def test_an_update_that_changes_no_layout_draws_nothing(canvas: Object) -> None:
    settle()
    pictures = live.link(canvas).pictures
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Unrelated", None))
    settle()
    assert live.link(canvas).pictures == pictures


def test_one_picture_at_a_time_is_under_way(bundled_model: Path) -> None:
    canvas = new_room(bundled_model)
    settle()
    pictures = live.link(canvas).pictures
    for _ in range(20):
        edit(canvas, 0.01)
        live.pump()
    settle()
    assert live.link(canvas).pictures - pictures < 20
    assert same(shown(), drawn())


def test_the_last_picture_of_a_drag_is_that_of_the_last_position(canvas: Object) -> None:
    for _ in range(30):
        edit(canvas, 0.02)
        live.pump()
        time.sleep(0.002)
    settle()
    assert same(shown(), drawn())
    assert live.link(canvas).signature == reading_of().signature


def test_pictures_arrive_during_a_drag(canvas: Object) -> None:
    settle()
    pictures = live.link(canvas).pictures
    until = time.monotonic() + 30
    while live.link(canvas).pictures < pictures + 3:
        assert time.monotonic() < until
        edit(canvas, 0.001)
        live.pump()


def test_a_stale_picture_never_overwrites_a_newer_one(bundled_model: Path) -> None:
    canvas = new_room(bundled_model)
    edit(canvas)
    live.pump()
    assert live.link(canvas).waiting  # this layout's picture is under way …
    edit(canvas)
    bpy.ops.blobgan.update_picture()  # … when a newer one is drawn
    newer = shown()
    until = time.monotonic() + 1
    while time.monotonic() < until:
        live.pump()
        assert same(shown(), newer)
        time.sleep(0.01)
    assert same(newer, drawn())


def test_the_frame_of_the_picture_is_known_though_nothing_moves(canvas: Object) -> None:
    bpy.context.scene.frame_set(7)
    settle()
    assert live.link(canvas).frame == 7


def test_moving_back_to_where_the_picture_is_ends_its_complaint(canvas: Object) -> None:
    settle()
    blob = blobs_here()[0]
    kept = np.array(blob["blobgan_phi"])
    del blob["blobgan_phi"]
    blob.update_tag()
    settle()
    assert "has lost its appearance" in live.link(canvas).problem
    blob["blobgan_phi"] = kept.astype(np.float32)
    blob.update_tag()
    settle()
    assert live.link(canvas).problem == ""


def test_a_layout_that_could_not_be_drawn_is_tried_again_after_another(
    canvas: Object, small_model: Path, tmp_path: Path
) -> None:
    settle()
    here = canvas.blobgan.model_sha256
    edit(canvas, 0.25)
    canvas.blobgan.model_sha256 = "0" * 64
    settle()
    assert live.link(canvas).problem
    canvas.blobgan.model_sha256 = here
    canvas.update_tag()
    settle()
    assert live.link(canvas).problem == ""
    assert same(shown(), drawn())


@pytest.fixture
def seen_while_rendering(canvas: Object) -> list[tuple[object, ...]]:
    """What a turn of the live link did inside each frame of a render."""
    seen: list[tuple[object, ...]] = []

    def look(*_args: object) -> None:
        before = live.link(canvas).pictures
        busy = live.pump()
        seen.append((busy, live.link(canvas).waiting, live.link(canvas).pictures - before))

    handlers = (bpy.app.handlers.render_pre, bpy.app.handlers.frame_change_post, bpy.app.handlers.render_post)
    for handler in handlers:
        handler.append(look)
    yield seen
    for handler in handlers:
        handler.remove(look)


def test_nothing_is_read_or_written_while_frames_render(
    canvas: Object, seen_while_rendering: list[tuple[object, ...]], tmp_path: Path
) -> None:
    blob = blobs_here()[0]
    blob.keyframe_insert("location", frame=1)
    blob.location.x += 0.5
    blob.keyframe_insert("location", frame=3)
    render_frames(tmp_path, 1, 3)
    assert len(seen_while_rendering) >= 6
    assert set(seen_while_rendering) == {(False, False, 0)}


def test_after_a_render_the_picture_follows_again(canvas: Object, tmp_path: Path) -> None:
    render_still(tmp_path / "f12.png")
    edit(canvas)
    settle()
    assert same(shown(), drawn())


def test_after_a_failed_render_the_picture_follows_again(canvas: Object, tmp_path: Path) -> None:
    model, canvas.blobgan.model_sha256 = canvas.blobgan.model_sha256, "ab" * 32
    with pytest.raises(RuntimeError):
        render_still(tmp_path / "f12.png")
    canvas.blobgan.model_sha256 = model
    edit(canvas)
    settle()
    assert same(shown(), drawn())


def test_after_a_movie_that_could_not_be_opened_the_picture_follows_again(canvas: Object, tmp_path: Path) -> None:
    """Blender then calls neither render_complete nor render_cancel; the timer's next turn notices."""
    render = bpy.context.scene.render
    if hasattr(render.image_settings, "media_type"):  # Blender 5
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    (tmp_path / "file").write_text("no folder")
    render.filepath = str(tmp_path / "file" / "movie")
    with contextlib.suppress(RuntimeError):  # Blender 5 only logs it
        bpy.ops.render.render(animation=True)
    live._tick()
    edit(canvas)
    settle()
    assert same(shown(), drawn())


def test_the_timer_survives_what_a_turn_raises(canvas: Object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "canvases", lambda _view_layer: 1 / 0)
    live.mark()
    assert live._tick() > 0


def test_the_timer_looks_more_often_while_pictures_are_under_way(bundled_model: Path) -> None:
    canvas = new_room(bundled_model)
    settle()
    assert live._tick() == live.IDLE_PERIOD
    edit(canvas)
    assert live._tick() == live.ACTIVE_PERIOD
    pump_until(lambda: not live.link(canvas).waiting)


def test_hundreds_of_edits_leave_nothing_under_way(canvas: Object) -> None:
    settle()
    for number in range(300):
        edit(canvas, 0.001 * (-1) ** number)
        live.pump()
    settle()
    assert not live.link(canvas).waiting
    assert live.pump() is False


def others_seconds() -> float:
    """Processor time of this process's threads but the one that asks, so far."""
    ticks = 0
    for task in Path("/proc/self/task").iterdir():
        if int(task.name) != threading.get_native_id():
            after_name = (task / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
            ticks += int(after_name[11]) + int(after_name[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_reading_a_canvas_leaves_the_other_cores_to_the_worker(canvas: Object) -> None:
    """numpy's inverse of one small matrix sets threads spinning that take a core for 60 ms."""
    settle()
    before = others_seconds()
    for _ in range(10):
        reading_of()
        time.sleep(0.08)
    assert others_seconds() - before < 0.15
