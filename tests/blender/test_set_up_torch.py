"""Set Up PyTorch as Blender's button: what it needs, what it makes, what the worker does with it, and its removal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from bpy.types import Object
from processes import gone
from studio import drawn, preferences, same, shown
from test_panels import Paper

from blobgan_blender import background, live, runtime
from blobgan_blender.panels.environment import draw_environment
from blobgan_blender.worker.interpreter import Interpreter

WORKER_PYTHON = os.environ["BLOBGAN_PYTHON"]  # stands in for a Blender's own that has an engine: a wheel's need not


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Preferences with a models folder of the test's own; no variable says which Python the worker runs on."""
    monkeypatch.delenv("BLOBGAN_PYTHON", raising=False)
    folders = [folder for folder in os.environ["PATH"].split(os.pathsep) if not (Path(folder) / "uv").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(folders))
    with preferences() as found:
        found.models_folder = str(tmp_path / "models")
        yield found
    background.stop()  # and nothing more is said of how it ended


@pytest.fixture
def offline() -> Iterator[None]:
    """Blender may not go online."""
    system = bpy.context.preferences.system
    before, system.use_online_access = system.use_online_access, False
    yield
    system.use_online_access = before


def test_without_leave_to_go_online_it_says_what_to_do(own: Any, offline: None) -> None:
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match=r"may not go online.*Allow Online Access, or choose a folder of wheels"):
        bpy.ops.blobgan.set_up_torch()
    assert not Path(own.models_folder).exists()


def test_without_a_models_folder_it_says_what_to_do() -> None:
    for operator in (bpy.ops.blobgan.set_up_torch, bpy.ops.blobgan.remove_torch):
        with pytest.raises(RuntimeError, match="There is no models folder. Choose one in the preferences"):
            operator()


def test_what_is_wrong_with_the_folder_is_said(own: Any, offline: None, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"uv is needed, and neither this machine nor .* has it. Put uv-"):
        bpy.ops.blobgan.set_up_torch(wheels=str(tmp_path))


def test_a_render_keeps_its_worker(canvas: Object, own: Any, torch_wheels: Path) -> None:
    own.wheels_folder = str(torch_wheels)
    bpy.ops.blobgan.update_picture()
    pid = runtime.worker().info.pid
    live.hold(rendering=True)
    for operator in (bpy.ops.blobgan.set_up_torch, bpy.ops.blobgan.remove_torch):
        with pytest.raises(RuntimeError, match="A render runs and needs the worker as it is"):
            operator()
    live.hold(rendering=False)
    assert runtime.worker().info.pid == pid


def test_set_up_used_and_removed(
    canvas: Object, own: Any, offline: None, own_worker: None, torch_wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, blenders_own = Path(own.models_folder), Interpreter(Path(WORKER_PYTHON))
    monkeypatch.setattr(runtime, "own_python", lambda: blenders_own)
    own.wheels_folder = str(torch_wheels)
    assert words(own)[1:] == ["blobgan.set_up_torch"]
    assert bpy.ops.blobgan.set_up_torch() == {"FINISHED"}
    assert words(own) == [f"PyTorch is set up in {models}", "blobgan.set_up_torch", "blobgan.remove_torch"]
    before = shown()
    assert bpy.ops.blobgan.update_picture() == {"FINISHED"}
    assert same(shown(), before, drawn())
    pid = runtime.worker().info.pid
    assert Path(f"/proc/{pid}/cmdline").read_bytes().startswith(bytes(models / "env" / "bin" / "python"))
    assert bpy.ops.blobgan.remove_torch() == {"FINISHED"}
    assert gone(pid)
    assert list(models.iterdir()) == []
    assert bpy.ops.blobgan.update_picture() == {"FINISHED"}  # on Blender's own


def words(own: Any) -> list[str]:
    """What the preferences' part says, and its buttons."""
    page = Paper()
    draw_environment(page, own)
    return [page.words[0], *page.buttons]
