"""Enabling and disabling: nothing is left behind, nothing heavy is imported, nothing is done that was not asked for."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest
from bpy import types
from bpy.types import Object
from processes import children, gone
from studio import (
    ROOT,
    blobs_here,
    canvas_here,
    drawn,
    new_room,
    other_blender,
    pump_until,
    ran,
    same,
    settle,
    shown,
)

import blobgan_blender
from blobgan_blender import live, runtime
from blobgan_blender.render import compatible_panels
from blobgan_blender.worker.state import WorkerState


def handlers() -> dict[str, list[str]]:
    """What is called on which event."""
    lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    return {name: [repr(item) for item in found] for name, found in lists.items() if isinstance(found, list)}


def classes() -> list[str]:
    """Everything of ours that Blender knows by name."""
    kinds = (bpy.types.Operator, bpy.types.Panel, bpy.types.PropertyGroup, bpy.types.UIList, bpy.types.RenderEngine)
    kinds += (bpy.types.AddonPreferences,)
    known = [cls for kind in kinds for cls in subclasses(kind) if cls.__module__.startswith("blobgan_blender")]
    return sorted({cls.__name__ for cls in known if cls.is_registered})


def subclasses(cls: type) -> Iterator[type]:
    """All below a class."""
    for child in cls.__subclasses__():
        yield child
        yield from subclasses(child)


def state_of_blender() -> dict[str, object]:
    """What registering changes."""
    return {
        "handlers": handlers(),
        "classes": classes(),
        "properties": [hasattr(kind, "blobgan") for kind in (types.Object, types.Scene, types.WindowManager)],
        "operators": sorted(name for name in dir(bpy.ops.blobgan)),
        "timer": bpy.app.timers.is_registered(live._tick),
        "panels": [panel.__name__ for panel in compatible_panels() if "BLOBGAN" in panel.COMPAT_ENGINES],
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "processes": children(os.getpid()),
        "worker": runtime.existing_worker(),
    }


@pytest.fixture
def disabled(request: pytest.FixtureRequest) -> Iterator[None]:
    """The add-on is disabled, and enabled again after the test."""
    warm = runtime.worker()
    pump_until(lambda: warm.state is WorkerState.READY)  # it starts no more threads
    request.getfixturevalue("own_worker")
    blobgan_blender.unregister()
    yield
    blobgan_blender.unregister()
    blobgan_blender.register()


def test_enabling_and_disabling_twenty_times_leaves_nothing(disabled: None) -> None:
    before = state_of_blender()
    enabled = None
    for _ in range(20):
        blobgan_blender.register()
        enabled = enabled or state_of_blender()
        assert state_of_blender() == enabled
        blobgan_blender.unregister()
        assert state_of_blender() == before


def test_disabled_nothing_of_it_is_known_to_blender(disabled: None) -> None:
    state = state_of_blender()
    assert not state["classes"]
    assert not state["operators"]
    assert not state["panels"]
    assert state["properties"] == [False, False, False]
    assert state["timer"] is False
    assert "blobgan" not in str(state["handlers"])


def test_disabling_twice_does_no_harm(disabled: None) -> None:
    blobgan_blender.unregister()
    blobgan_blender.unregister()


def test_enabling_starts_no_worker(disabled: None) -> None:
    blobgan_blender.register()
    live.pump()
    assert runtime.existing_worker() is None


def test_disabling_ends_the_worker(disabled: None, small_model: Path) -> None:
    blobgan_blender.register()
    new_room(small_model)
    pid = runtime.worker().info.pid
    blobgan_blender.unregister()
    assert gone(pid, 1.0)


def test_a_room_survives_disabling_and_enabling(canvas: Object, disabled: None) -> None:
    name = bpy.context.scene.name
    blobgan_blender.register()
    assert bpy.data.scenes[name].blobgan.canvas.blobgan.role == "CANVAS"
    before = shown(canvas_here())
    blobs_here()[0].location.x += 0.3
    settle()
    assert not same(before, shown())


def test_a_part_that_fails_to_register_takes_the_others_back(disabled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state_of_blender()

    def fail() -> None:
        raise RuntimeError("as if Blender refused")

    with monkeypatch.context() as patch:
        patch.setattr(live, "register", fail)
        with pytest.raises(RuntimeError, match="as if Blender refused"):
            blobgan_blender.register()
    assert state_of_blender() == before


def test_a_second_copy_is_refused_in_words_and_the_first_goes_on(canvas: Object) -> None:
    """As when the zip was installed from disk, and then again from a repository."""
    before = state_of_blender()
    places = [str(ROOT / "blobgan_blender")]
    spec = importlib.util.spec_from_file_location(
        "second_copy", f"{places[0]}/__init__.py", submodule_search_locations=places
    )
    second = importlib.util.module_from_spec(spec)
    sys.modules["second_copy"] = second
    spec.loader.exec_module(second)
    try:
        with pytest.raises(RuntimeError, match="enabled already, as blobgan_blender. Disable that one"):
            second.register()
        second.unregister()
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "second_copy"]:
            del sys.modules[name]
    assert state_of_blender() == before
    assert drawn().std() > 0


def test_blender_imports_no_torch_and_ends_by_itself() -> None:
    """Not in this process: other tests of this run import torch."""
    code, output, errors = ran(
        other_blender(
            """
            new_room("")
            blobs_here()[0].location.x += 0.3
            settle()
            heavy = [name for name in ("torch", "safetensors") if name in sys.modules]
            print("heavy:", heavy, "model:", "blobgan_blender.model" in sys.modules)
            """
        )
    )
    assert code == 0, errors
    assert "heavy: [] model: False" in output


def test_enabling_imports_nothing_that_only_an_action_needs() -> None:
    """Each of these costs every start of Blender a millisecond or more, and the extension has 100."""
    library = {"json", "shutil", "socket", "subprocess", "urllib", "zipfile", "zlib"}
    ours = ("core.completion", "datasets", "library.layout_file", "library.png", "scene.appearance_file")
    ours += ("library.catalogue", "library.download", "library.shelf", "model_tasks", "panels.library")
    late = library | {f"blobgan_blender.{name}" for name in (*ours, "worker.client")}
    code = (
        "import sys, bpy; before = set(sys.modules); import blobgan_blender; blobgan_blender.register(); "
        f"print('too early:', sorted((set(sys.modules) - before) & {late})); blobgan_blender.unregister()"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    assert "too early: []" in done.stdout, done.stdout + done.stderr


def test_importing_the_package_needs_no_blender() -> None:
    code = "import sys, blobgan_blender; assert 'bpy' not in sys.modules; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60)


def test_every_operator_and_panel_says_what_it_is_for() -> None:
    for cls in (bpy.types.Operator, bpy.types.Panel):
        ours = [found for found in subclasses(cls) if found.__name__ in classes()]
        assert ours
        for found in ours:
            assert found.__doc__, found
            assert found.bl_label, found
