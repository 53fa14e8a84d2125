"""Set Up PyTorch in the preferences of a real window: it asks, goes on beside the window, is used, and removed.

Runs inside Blender, started by `scripts/window/room.py` as `blender --python set_up.py -- OUT`.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))

from drive import Drive, Scenario, play, until

MODULE = "bl_ext.user_default.blobgan_blender"
WHEELS = Path(__file__).resolve().parents[3] / "out" / "gui" / "wheels"
WORK_SECONDS = 150  # torch unpacked and imported, on a busy machine

background = importlib.import_module(f"{MODULE}.background")
runtime = importlib.import_module(f"{MODULE}.runtime")


def prepare(out: Path) -> Path:
    """A models folder of no plain name, and nothing that says which Python runs the worker; one of its wheels' kind."""
    preferences = bpy.context.preferences
    preferences.view.show_splash = False
    preferences.use_preferences_save = False
    preferences.system.use_online_access = False
    own = preferences.addons[MODULE].preferences
    own.models_folder = str(out / "modèles 模型")
    own.wheels_folder = str(WHEELS)
    return Path(os.environ.pop("BLOBGAN_PYTHON")).resolve()


def scenario(drive: Drive) -> Scenario:
    area = yield from drive.show_preferences(MODULE)
    drive.screenshot("before")

    def press(operator: str, **options: object) -> None:
        with drive.inside("WINDOW", area):
            getattr(bpy.ops.blobgan, operator)("INVOKE_DEFAULT", **options)

    def idle() -> bool:
        return background.going_on() is None

    drive.move(drive.window.width / 2, drive.window.height / 2)
    press("set_up_torch", python=str(PYTHON))
    yield 1.5
    drive.screenshot("asked")
    drive.note("nothing before the answer", idle())
    drive.key("Return")
    yield until(lambda: not idle() and background.going_on()[1] > 0.1, WORK_SECONDS, "the installation")
    yield 0.5
    drive.screenshot("going on")
    drive.note("the window goes on", not idle())
    yield until(idle, WORK_SECONDS, "the set-up")
    yield 1.0
    drive.note("outcome", background.outcome().text)
    drive.screenshot("set up")

    yield until(lambda: runtime.worker().info, WORK_SECONDS, "the worker")
    drive.note("the worker", str(runtime.worker().info))
    press("remove_torch")
    yield 1.5
    drive.screenshot("asked to remove")
    drive.key("Return")
    yield until(lambda: not idle() or "removed" in background.outcome().text, WORK_SECONDS, "the removal's begin")
    yield until(idle, WORK_SECONDS, "the removal")
    yield 1.0
    drive.note("removed", background.outcome().text)
    drive.note("left", [path.name for path in (OUT / "modèles 模型").iterdir()])
    drive.screenshot("removed")


OUT = Path(sys.argv[sys.argv.index("--") + 1])
PYTHON = prepare(OUT)
play(scenario, OUT)
