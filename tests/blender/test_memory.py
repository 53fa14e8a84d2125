"""Release GPU Memory, the worker that goes home by itself, and what a canvas remembers of who drew its pictures."""

from __future__ import annotations

import os
import re
import resource
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy.types import Object
from processes import gone
from studio import (
    ROOT,
    blobs_here,
    canvas_here,
    drawn,
    new_room,
    preferences,
    render_frames,
    render_still,
    same,
    settle,
    shown,
)
from test_panels import draw

from blobgan_blender import live, resting, runtime
from blobgan_blender.core.completion import Pins
from blobgan_blender.panels import main
from blobgan_blender.preferences import idle_seconds, worker_environment
from blobgan_blender.scene import made_by
from blobgan_blender.worker.state import WorkerState


@pytest.fixture
def busy_no_more(canvas: Object, own_worker: None) -> int:
    """A room whose own worker is there and has nothing to do: its process id."""
    bpy.ops.blobgan.update_picture()
    settle()
    return runtime.worker().info.pid


def test_release_memory_ends_the_worker_and_the_next_picture_starts_it(busy_no_more: int) -> None:
    assert bpy.ops.blobgan.release_memory() == {"FINISHED"}
    assert gone(busy_no_more)
    assert runtime.worker().state is WorkerState.OFF
    before = shown()
    settle()
    assert runtime.worker().state is WorkerState.OFF  # nothing moved: nothing starts it
    blobs_here()[0].location.x += 0.3
    settle()
    assert not same(shown(), before)
    assert same(shown(), drawn())


def test_release_memory_is_grey_while_it_would_do_harm(canvas: Object, own_worker: None) -> None:
    with pytest.raises(RuntimeError, match="No worker runs"):
        bpy.ops.blobgan.release_memory()
    runtime.worker().start()
    with pytest.raises(RuntimeError, match="The worker is busy"):
        bpy.ops.blobgan.release_memory()
    settle()
    bpy.ops.blobgan.update_picture()
    live.hold(rendering=True)
    with pytest.raises(RuntimeError, match="A render runs"):
        bpy.ops.blobgan.release_memory()
    live.hold(rendering=False)
    assert bpy.ops.blobgan.release_memory() == {"FINISHED"}


def test_how_long_a_worker_idles_is_a_preference() -> None:
    assert idle_seconds() == 600
    with preferences() as own:
        assert idle_seconds() == 600
        own.idle_minutes = 0
        assert idle_seconds() == 0


def test_a_worker_without_work_goes_home(busy_no_more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not resting.look()  # ten minutes have not passed
    monkeypatch.setattr(resting, "idle_seconds", lambda: 0.0)
    assert not resting.look()  # never
    monkeypatch.setattr(resting, "idle_seconds", lambda: 0.001)
    live.hold(rendering=True)
    assert not resting.look()
    live.hold(rendering=False)
    assert resting.look()
    assert not resting.look()
    assert gone(busy_no_more)
    blobs_here()[0].location.x += 0.3
    settle()
    assert same(shown(), drawn())


def test_a_worker_with_a_job_stays(busy_no_more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resting, "idle_seconds", lambda: 0.001)
    half = np.array([0.5], np.float32)
    job = runtime.complete(runtime.source_of(canvas_here()), Pins(np.array([0]), half, half, half), 64)
    assert not resting.look()
    assert not job.done()
    job.cancel()


def test_the_preferred_device_is_told_to_the_worker(
    canvas: Object, own_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BLOBGAN_DEVICE", raising=False)
    with preferences() as own:
        own.device = "mps"
        with pytest.raises(RuntimeError, match="The device “mps” cannot be used here"):
            bpy.ops.blobgan.update_picture()
        own.device = "cpu"
        assert bpy.ops.blobgan.update_picture() == {"FINISHED"}
        assert runtime.worker().device == "CPU"
        monkeypatch.setenv("BLOBGAN_DEVICE", "cuda")
        assert worker_environment() == {}  # the variable goes before


_LARGE = """
import sys
from pathlib import Path
from blobgan_blender.library.card import Card, ModelConfig
from blobgan_blender.model.blobgan import BlobGAN, save_model
config = ModelConfig(resolution=512, blobs=4, d_noise=8, hidden=16, d_in=16, d_style=16, c_model=16)
save_model(BlobGAN(config), Path(sys.argv[1]), Card("large", "", config, "CC0-1.0", "random weights"))
"""


def test_frames_in_smaller_batches_for_want_of_memory_are_said_in_the_panel(
    own_worker: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "large.safetensors"
    subprocess.run([os.environ["BLOBGAN_PYTHON"], "-c", _LARGE, str(model)], check=True, cwd=ROOT, timeout=100)
    monkeypatch.setenv("BLOBGAN_BATCH", "4")
    monkeypatch.setenv("BLOBGAN_THREADS", "1")
    # Else each thread that first allocates reserves 64 MB of addresses, and what then fails is no tensor.
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    canvas = new_room(model)
    settle()
    assert "short" not in draw(main.BLOBGAN_PT_main).text
    status = Path(f"/proc/{runtime.worker().info.pid}/status").read_text()
    used = int(re.search(r"VmSize:\s+(\d+) kB", status).group(1)) << 10
    resource.prlimit(runtime.worker().info.pid, resource.RLIMIT_AS, (used + (150 << 20),) * 2)
    blob = blobs_here(canvas)[0]
    for frame in (1, 9):
        blob.location.x += 0.2
        blob.keyframe_insert("location", frame=frame)
    bpy.ops.blobgan.bake_animation(directory=str(tmp_path / "frames"), frame_start=1, frame_end=9)
    assert len(list((tmp_path / "frames").iterdir())) == 9
    assert re.search(r"The memory of CPU is short: frames are drawn [12] at a time", draw(main.BLOBGAN_PT_main).text)


# What drew a canvas's final pictures


def made_here() -> str:
    """What draws them in this test."""
    return str(runtime.worker().info)


def test_update_picture_is_remembered(canvas: Object) -> None:
    assert canvas.blobgan.made_by == made_here()
    canvas.blobgan.made_by = ""
    settle()
    assert canvas.blobgan.made_by == ""  # a live picture is none of them


def test_f12_is_remembered_through_undo_and_in_the_file(canvas: Object, tmp_path: Path) -> None:
    made_by.forget()
    canvas.blobgan.made_by = "another engine on another device"
    bpy.ops.ed.undo_push(message="before")
    blobs_here()[0].location.x += 0.1
    bpy.ops.ed.undo_push(message="after")
    render_still(tmp_path / "f12.png")
    assert canvas_here().blobgan.made_by == made_here()
    bpy.ops.ed.undo()
    assert canvas_here().blobgan.made_by == made_here()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "room.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "room.blend"))
    assert canvas_here().blobgan.made_by == made_here()


def test_a_bake_is_remembered(canvas: Object, tmp_path: Path) -> None:
    made_by.forget()
    canvas.blobgan.made_by = ""
    bpy.ops.blobgan.bake_animation(directory=str(tmp_path), frame_start=1, frame_end=2)
    assert canvas.blobgan.made_by == made_here()


def test_frames_of_another_engine_are_remembered(canvas: Object, tmp_path: Path) -> None:
    made_by.forget()
    canvas.blobgan.made_by = ""
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.render.resolution_x = scene.render.resolution_y = 16
    scene.camera = scene.camera or new_camera()
    render_frames(tmp_path, 1, 1)
    assert canvas.blobgan.made_by == made_here()


def new_camera() -> Object:
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.scene.collection.objects.link(camera)
    return camera
