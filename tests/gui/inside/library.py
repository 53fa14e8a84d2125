"""The model library in the preferences of a real window: an import that goes on, a check, a removal that asks.

Runs inside Blender, started by `scripts/window/room.py` as `blender --python library.py -- OUT`.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))

from drive import Drive, Scenario, play, until

MODULE = "bl_ext.user_default.blobgan_blender"
CHECKPOINT = Path(__file__).resolve().parents[2] / "golden" / "smallA_noD_legacy_globals.ckpt"
WORK_SECONDS = 150  # two imports of torch, a conversion, the worker's start and a picture, on a busy machine

background = importlib.import_module(f"{MODULE}.background")
models = importlib.import_module(f"{MODULE}.models")


def prepare(out: Path) -> None:
    """A models folder of no plain name, a catalogue that offers something, nothing kept."""
    preferences = bpy.context.preferences
    preferences.view.show_splash = False
    preferences.use_preferences_save = False
    own = preferences.addons[MODULE].preferences
    own.models_folder = str(out / "modèles 模型")
    files = [
        {"url": f"https://example.com/bedrooms{ending}", "sha256": digit * 64, "size": size}
        for ending, digit, size in ((".json", "1", 700), (".safetensors", "2", 293_000_000))
    ]
    words = {"name": "Bedrooms 256²", "license": "CC0-1.0", "description": "Words of whoever keeps the catalogue."}
    catalogue = out / "catalogue.json"
    catalogue.write_text(
        json.dumps({"format": "blobgan-catalogue", "version": 1, "models": [{**words, "files": files}]}),
        encoding="utf-8",
    )
    own.catalogue = str(catalogue)


def scenario(drive: Drive) -> Scenario:
    area = yield from drive.show_preferences(MODULE)
    drive.move(80, 80)  # over nothing that would explain itself

    def press(operator: str, **options: object) -> None:
        with drive.inside("WINDOW", area):
            getattr(bpy.ops.blobgan, operator)("INVOKE_DEFAULT", **options)

    def idle() -> bool:
        return background.going_on() is None

    press("look_for_models")
    yield until(idle, WORK_SECONDS, "the catalogue")
    press("import_model", filepath=str(CHECKPOINT), model_name="Étude")
    drive.note("the window goes on", not idle())
    yield until(lambda: background.going_on()[1] > 0, WORK_SECONDS, "the conversion")
    yield 0.5
    drive.screenshot("importing")
    yield until(idle, WORK_SECONDS, "the import")
    yield 1.0
    drive.note("import", background.outcome().text)
    drive.screenshot("library")
    mine = models.standing()[-1]
    drive.note("models", [found.name for found in models.standing()])
    drive.note("icons", [models.icon_id(found.picture) for found in models.standing()])

    press("verify_model", filepath=str(models.standing()[0].weights))
    yield until(idle, WORK_SECONDS, "the check")
    drive.note("verify", background.outcome().text)
    drive.move(drive.window.width / 2, drive.window.height / 2)  # where the question will stand
    yield 0.5
    press("remove_model", filepath=str(mine.weights))
    yield 1.5
    drive.screenshot("asked")
    drive.key("Escape")
    yield 1.0
    drive.note("there after ESC", mine.weights.is_file())
    press("remove_model", filepath=str(mine.weights))
    yield 1.5
    drive.key("Return")
    yield 1.5
    drive.note("there after Return", mine.weights.is_file())
    drive.move(80, 80)
    yield 1.5
    drive.screenshot("removed")


OUT = Path(sys.argv[sys.argv.index("--") + 1])
prepare(OUT)
play(scenario, OUT)
