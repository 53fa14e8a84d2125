"""Blobs that come from another file by hand: dragged out of the asset browser, and by Ctrl-C and Ctrl-V.

Runs inside Blender, started by `scripts/window/room.py` as `blender --python assets.py -- OUT`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

sys.path.insert(0, str(Path(__file__).resolve().parent))

from drive import Drive, Scenario, play, until
from room import PATIENCE, blobs, choose_only, new_room, part, place_of, pull

LIBRARY = "Rooms"
DROP = (0.5, -0.45)  # canvas units


def make_library(drive: Drive) -> Scenario:
    """A saved file whose largest blob is an asset, in a folder that the preferences name."""
    yield from new_room(drive)
    blob = max(blobs(drive), key=lambda item: item.blobgan.size)
    choose_only(drive, blob)
    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        bpy.ops.blobgan.mark_asset()
    folder = drive.out / "library"
    folder.mkdir(exist_ok=True)
    bpy.context.preferences.filepaths.asset_libraries.new(name=LIBRARY, directory=str(folder))
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "rooms.blend"))
    return blob.name


def open_browser(drive: Drive) -> Scenario:
    """Below the 3D view an asset browser that shows the library."""
    area = drive.area("VIEW_3D")
    with drive.inside("WINDOW", area):
        bpy.ops.screen.area_split(direction="HORIZONTAL", factor=0.3)
    yield 1.0
    browser = min((a for a in drive.window.screen.areas if a.type == "VIEW_3D"), key=lambda a: a.height)
    browser.ui_type = "ASSETS"
    yield until(lambda: browser.spaces.active.params, PATIENCE, "the asset browser")
    browser.spaces.active.params.asset_library_reference = LIBRARY
    browser.spaces.active.show_region_toolbar = False
    yield 5.0
    return browser


def state_of(blob: bpy.types.Object) -> list[np.ndarray]:
    return [*part("scene.appearance").read_appearance(blob), np.array(part("scene.shape").shape_of(blob))]


def bring(drive: Drive, name: str, giver: list[np.ndarray], hand: Scenario) -> Scenario:
    """Let the hand bring a blob, wait for the picture with it, and note what came. Returns that."""
    canvas, known = drive.window.scene.blobgan.canvas, {item.name for item in drive.window.scene.objects}
    before = len(blobs(drive))
    pictures = part("live").link(canvas).pictures
    yield from hand
    yield until(lambda: len(blobs(drive)) == before + 1, 20, f"the blob that was {name}")
    yield until(lambda: part("live").link(canvas).pictures > pictures, PATIENCE, "the picture with it")
    yield 2.0
    drive.screenshot(name)
    came = [item for item in drive.window.scene.objects if item.name not in known]
    drive.note(name, [item.name for item in came])
    drive.note(f"{name}, a blob of the canvas", [item.blobgan.canvas == canvas for item in came])
    pairs = zip(state_of(came[0]), giver, strict=True)
    drive.note(f"{name}, as it was", all(np.allclose(found, wanted, atol=1e-4) for found, wanted in pairs))
    drive.move(*place_of(drive, canvas.matrix_world @ Vector((0.9, 0.9, 0))))
    drive.key("ctrl+z")
    yield until(lambda: len(blobs(drive)) == before, 20, f"the undo of what was {name}")
    yield 1.0
    drive.key("ctrl+shift+z")
    yield until(lambda: len(blobs(drive)) == before + 1, 20, f"the redo of what was {name}")
    yield 2.0
    drive.note(f"{name}, canvases at the end", sum(item.blobgan.role == "CANVAS" for item in bpy.data.objects))
    drive.screenshot(f"{name}-again")
    return drive.window.scene.objects[drive.notes[name][0]]


def drag_asset(drive: Drive, giver: list[np.ndarray]) -> Scenario:
    """Out of the browser, onto the canvas, let go."""
    browser = yield from open_browser(drive)
    canvas, region = drive.window.scene.blobgan.canvas, drive.region("WINDOW", browser)
    drive.screenshot("asset-browser")
    start, end = (region.x + 48, region.y + region.height - 48), canvas.matrix_world @ Vector((*DROP, 0))
    blob = yield from bring(drive, "dropped", giver, pull(drive, start, place_of(drive, end)))
    drive.note("dropped off by", float((blob.location.xy - Vector(DROP)).length))


def copy_and_paste(drive: Drive) -> Scenario:
    """Ctrl-C of a blob, another room in another file, Ctrl-V there."""
    blob = blobs(drive)[3]
    choose_only(drive, blob)
    giver = state_of(blob)
    drive.move(*place_of(drive, drive.window.scene.blobgan.canvas.matrix_world @ Vector((0.9, 0.9, 0))))
    yield 1.0
    drive.key("ctrl+c")
    yield 2.0
    bpy.ops.wm.read_homefile()
    yield 2.0
    yield from new_room(drive, seed=4)
    yield 1.0
    yield from bring(drive, "pasted", giver, paste(drive))


def paste(drive: Drive) -> Scenario:
    """Ctrl-V over the picture."""
    drive.move(*place_of(drive, drive.window.scene.blobgan.canvas.matrix_world @ Vector((0.9, 0.9, 0))))
    yield 1.0
    drive.key("ctrl+v")


def scenario(drive: Drive) -> Scenario:
    name = yield from make_library(drive)
    giver = state_of(bpy.data.objects[name])
    bpy.ops.wm.read_homefile()
    yield 2.0
    yield from new_room(drive, seed=8)
    yield from drag_asset(drive, giver)
    yield from copy_and_paste(drive)


bpy.context.preferences.view.show_splash = False
bpy.context.preferences.use_preferences_save = False
play(scenario, Path(sys.argv[sys.argv.index("--") + 1]))
