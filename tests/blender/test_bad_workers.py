"""Workers that cannot start, die, or hang: one clear sentence, the old picture, Blender up, and the next one draws."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import venv
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest
from bpy.types import Object
from processes import children, gone
from studio import (
    blobs_here,
    followed,
    preferences,
    pump_until,
    render_still,
    same,
    settle,
    shown,
)

from blobgan_blender import live, runtime
from blobgan_blender.worker.interpreter import Interpreter
from blobgan_blender.worker.state import WorkerState

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with no packages at all."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False)
    return folder / "bin" / "python"


@pytest.fixture
def no_torch(own_worker: None, bare_python: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Neither the chosen Python nor Blender's own has an engine, as if the extension's wheels were missing."""
    monkeypatch.setenv("BLOBGAN_PYTHON", str(bare_python))
    monkeypatch.setattr(runtime, "own_python", lambda: Interpreter(bare_python))
    return bare_python


@pytest.fixture
def doomed(canvas: Object, own_worker: None) -> Iterator[int]:
    """A room whose worker the test may kill: its process id."""
    bpy.ops.blobgan.update_picture()
    pid = runtime.worker().info.pid
    yield pid
    if not gone(pid, 0):
        os.kill(pid, signal.SIGCONT)


NO_TORCH = "No Python can run the BlobGAN worker.*has no torch.*-m pip install torch"


def test_without_torch_new_scene_says_what_to_install(no_torch: Path) -> None:
    with pytest.raises(RuntimeError, match=NO_TORCH):
        bpy.ops.blobgan.new_scene()
    assert len(bpy.data.scenes) == 1
    assert not bpy.data.objects


def test_without_torch_a_room_keeps_its_picture_and_the_panel_says_why(canvas: Object, no_torch: Path) -> None:
    import re

    before = shown()
    blobs_here()[0].location.x += 0.3
    settle()
    assert same(shown(), before)
    assert re.search(NO_TORCH, live.link(canvas).problem)
    assert runtime.worker().state is WorkerState.FAILED
    assert re.search(NO_TORCH, runtime.worker().failure or "")


def test_without_torch_a_render_fails_and_writes_no_file(canvas: Object, no_torch: Path, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=NO_TORCH):
        render_still(tmp_path / "f12.png")
    assert not list(tmp_path.iterdir())


def test_check_says_what_is_missing(no_torch: Path) -> None:
    with pytest.raises(RuntimeError, match="has no torch"):
        bpy.ops.blobgan.check_worker()
    assert f"{no_torch}: it has no torch" in bpy.context.window_manager.blobgan.check_report


def test_check_says_what_it_found(own_worker: None) -> None:
    assert bpy.ops.blobgan.check_worker() == {"FINISHED"}
    report = bpy.context.window_manager.blobgan.check_report
    assert os.environ["BLOBGAN_PYTHON"] in report
    assert "torch 2." in report
    assert runtime.existing_worker() is None  # only looked


def test_the_preferred_python_is_taken_where_the_variable_names_none(
    own_worker: None, bare_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = os.environ["BLOBGAN_PYTHON"]
    monkeypatch.setenv("BLOBGAN_PYTHON", str(bare_python.parent / "no-such-python"))
    monkeypatch.setattr(runtime, "own_python", lambda: Interpreter(bare_python))
    with preferences() as own:
        own.worker_python = works
        assert bpy.ops.blobgan.new_scene() == {"FINISHED"}


def test_a_worker_killed_during_a_drag_is_replaced_and_the_picture_follows(canvas: Object, doomed: int) -> None:
    before = shown()
    os.kill(doomed, signal.SIGSTOP)  # so that it dies with the picture under way
    blobs_here()[0].location.x += 0.3
    bpy.context.view_layer.update()
    live.pump()
    assert live.link(canvas).waiting
    os.kill(doomed, signal.SIGKILL)
    assert followed(before)
    assert live.link(canvas).problem == ""


def test_a_worker_killed_while_idle_is_replaced(canvas: Object, doomed: int) -> None:
    before = shown()
    os.kill(doomed, signal.SIGKILL)
    assert gone(doomed)
    blobs_here()[0].location.x += 0.3
    assert followed(before)


def test_blender_does_not_wait_for_a_worker_that_hangs(canvas: Object, doomed: int) -> None:
    os.kill(doomed, signal.SIGSTOP)
    before = shown()
    began = time.perf_counter()
    for _ in range(50):
        blobs_here()[0].location.x += 0.01
        bpy.context.view_layer.update()
        live.pump()
    assert time.perf_counter() - began < 2
    assert same(shown(), before)
    os.kill(doomed, signal.SIGCONT)
    assert followed(before)


def test_restart_worker_ends_one_that_hangs(canvas: Object, doomed: int) -> None:
    os.kill(doomed, signal.SIGSTOP)
    before = shown()
    blobs_here()[0].location.x += 0.3
    bpy.context.view_layer.update()
    live.pump()
    bpy.ops.blobgan.restart_worker()
    assert followed(before)
    assert gone(doomed)


def test_a_worker_killed_during_a_render_fails_it_and_the_next_one_succeeds(
    canvas: Object, doomed: int, tmp_path: Path
) -> None:
    os.kill(doomed, signal.SIGSTOP)
    killer = threading.Timer(0.5, os.kill, (doomed, signal.SIGKILL))
    killer.start()
    with pytest.raises(RuntimeError, match="worker ended unexpectedly .*it starts anew"):
        render_still(tmp_path / "f12.png")
    killer.join()
    assert not list(tmp_path.iterdir())
    assert same(render_still(tmp_path / "f12.png"), shown())


def test_a_worker_killed_while_a_room_is_sampled_is_an_error_of_that_operator(canvas: Object, doomed: int) -> None:
    before = shown()
    os.kill(doomed, signal.SIGSTOP)
    killer = threading.Timer(0.5, os.kill, (doomed, signal.SIGKILL))
    killer.start()
    with pytest.raises(RuntimeError, match="worker ended unexpectedly"):
        bpy.ops.blobgan.resample(seed=9)
    killer.join()
    assert same(shown(), before)
    assert canvas.blobgan.seed == 1


def test_a_worker_killed_while_it_starts_is_replaced(canvas: Object, own_worker: None) -> None:
    before, others = shown(), children(os.getpid())
    blobs_here()[0].location.x += 0.3
    bpy.context.view_layer.update()
    live.pump()
    pump_until(lambda: children(os.getpid()) - others)
    for pid in children(os.getpid()) - others:
        os.kill(pid, signal.SIGKILL)
    assert followed(before)
