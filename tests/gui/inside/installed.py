"""What an artist has of the extension through an upgrade: `blender -b --python installed.py -- WHAT OUT [ZIP]`.

    make     with an older version: preferences, a model of one's own, a scene of it, a copied appearance
    update   in the same session: draws with the older version, installs ZIP over it, draws on
    check    in a new one: whether all of it is as it was
    draw     a room of the bundled model, by whichever repository's extension is enabled
    twenty   disables and enables the extension twenty times, with a worker running each time

Each writes what it finds to OUT/WHAT.json.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

import bpy

WHAT, OUT = sys.argv[sys.argv.index("--") + 1], Path(sys.argv[sys.argv.index("--") + 2])
PACKAGE = next(addon.module for addon in bpy.context.preferences.addons if addon.module.endswith("blobgan_blender"))
PYTHON = "/nowhere/python"  # a preference of the artist's that nothing else would set
TIMES = 20
ENDS_WITHIN = 10  # seconds, for a worker that was told to


def part(name: str) -> Any:
    """A module of the installed extension."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def note(**found: object) -> None:
    (OUT / f"{WHAT}.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def canvas() -> bpy.types.Object:
    """That of the window's scene, which the context of a script at start-up does not know."""
    return bpy.context.window_manager.windows[0].scene.blobgan.canvas


def shown() -> str:
    """The picture on the canvas, as a hash."""
    return hashlib.sha256(part("scene.picture").shown(canvas()).tobytes()).hexdigest()


def own_model(folder: Path) -> Path:
    """The bundled model with one bit of one weight changed: another model, by its hash."""
    bundled = Path(part("library.search").bundled_model())
    folder.mkdir(parents=True)
    weights = bytearray(bundled.read_bytes())
    weights[-4] ^= 1  # the lowest bit of the last float32
    path = folder / "mine.safetensors"
    path.write_bytes(weights)
    card = json.loads(bundled.with_suffix(".json").read_text(encoding="utf-8"))
    card |= {"name": "mine", "sha256": hashlib.sha256(weights).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    shutil.copy(bundled.with_suffix(".onnx"), path.with_suffix(".onnx"))
    return path


def state() -> dict[str, Any]:
    """What enabling changes in Blender, as far as Blender tells."""
    lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    keymaps = getattr(bpy.context.window_manager.keyconfigs.addon, "keymaps", ())
    tick = getattr(sys.modules.get(f"{PACKAGE}.live"), "_tick", None)
    return {
        "handlers": {
            name: [repr(one.__module__) for one in found] for name, found in lists.items() if isinstance(found, list)
        },
        "classes": sorted(name for name in dir(bpy.types) if "blobgan" in name.lower()),
        "operators": sorted(dir(bpy.ops.blobgan)),
        "properties": [
            hasattr(kind, "blobgan") for kind in (bpy.types.Object, bpy.types.Scene, bpy.types.WindowManager)
        ],
        "timer": tick is not None and bpy.app.timers.is_registered(tick),
        "shortcuts": sum(item.idname.startswith("blobgan") for keymap in keymaps for item in keymap.keymap_items),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "processes": children(),
    }


def children() -> int:
    """How many processes of this Blender's run."""
    return sum(stat_of(folder)[1] == os.getpid() for folder in Path("/proc").glob("[0-9]*"))


def stat_of(folder: Path) -> tuple[str, int]:
    """The letter of a process's state and its parent; nothing for one that has ended."""
    try:
        state, parent, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", 0
    return (state, int(parent)) if state != "Z" else ("", 0)


def make() -> None:
    preferences = bpy.context.preferences.addons[PACKAGE].preferences
    preferences.worker_python = PYTHON
    bpy.ops.wm.save_userpref()
    model = own_model(part("preferences").models_folder())
    bpy.ops.blobgan.new_scene(model=str(model), seed=57)
    scene = bpy.context.window_manager.windows[0].scene
    blob = next(item for item in scene.objects if item.blobgan.role == "BLOB")
    with bpy.context.temp_override(active_object=blob, object=blob):
        bpy.ops.blobgan.copy_appearance()
    bpy.ops.wm.save_as_mainfile(filepath=str(OUT / "scene.blend"))
    note(picture=shown(), model=str(model), module=PACKAGE)


def version() -> str:
    """What the manifest of the modules that run now says."""
    manifest = Path(part("runtime").__file__).with_name("blender_manifest.toml").read_text(encoding="utf-8")
    return next(line for line in manifest.splitlines() if line.startswith("version"))


def update() -> None:
    bpy.ops.wm.open_mainfile(filepath=str(OUT / "scene.blend"))
    bpy.ops.blobgan.update_picture()
    before, module = version(), part("runtime")
    worker = Path("/proc", str(module.worker().info.pid))
    newer = sys.argv[sys.argv.index("--") + 3]
    bpy.ops.extensions.package_install_files(filepath=newer, repo="user_default", enable_on_install=True)
    deadline = time.monotonic() + ENDS_WITHIN
    while stat_of(worker)[0] and time.monotonic() < deadline:
        time.sleep(0.02)
    blob = next(item for item in canvas().children_recursive if item.blobgan.role == "BLOB")
    place = blob.location.x
    blob.location.x += 0.3
    bpy.ops.blobgan.update_picture()
    moved = shown()
    blob.location.x = place
    bpy.ops.blobgan.update_picture()
    note(
        versions=[before, version()],
        fresh=part("runtime") is not module,
        worker_ended=not stat_of(worker)[0],
        moved=moved,
        picture=shown(),
    )


def check() -> None:
    bpy.ops.wm.open_mainfile(filepath=str(OUT / "scene.blend"))
    reopened = shown()
    bpy.ops.blobgan.update_picture()
    model = Path(part("runtime").model_of(canvas()).path)
    note(
        version=version(),
        python=bpy.context.preferences.addons[PACKAGE].preferences.worker_python,
        reopened=reopened,
        picture=shown(),
        model=str(model),
    )


def draw() -> None:
    bpy.ops.blobgan.new_scene(seed=57)
    note(picture=shown(), module=PACKAGE, deviation=float(part("scene.picture").shown(canvas()).std()))


def twenty() -> None:
    bpy.ops.preferences.addon_disable(module=PACKAGE)
    before, enabled, disabled = state(), [], []
    for _ in range(TIMES):
        bpy.ops.preferences.addon_enable(module=PACKAGE)
        enabled.append(state())
        part("runtime").worker().start()
        deadline = time.monotonic() + ENDS_WITHIN
        while children() == before["processes"] and time.monotonic() < deadline:
            time.sleep(0.02)
        started = children()
        bpy.ops.preferences.addon_disable(module=PACKAGE)
        deadline = time.monotonic() + ENDS_WITHIN
        while state() != before and time.monotonic() < deadline:
            time.sleep(0.02)
        disabled.append(state() | {"worker started": started > before["processes"]})
    bpy.ops.preferences.addon_enable(module=PACKAGE)
    note(before=before, enabled=enabled, disabled=disabled)


{"make": make, "update": update, "check": check, "draw": draw, "twenty": twenty}[WHAT]()
