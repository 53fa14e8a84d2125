"""Long work in a real window: an animation's time left, a bake and a training set that ESC ends and that go on.

Runs inside Blender, started by `scripts/window/room.py` as `blender --python stepping.py -- OUT`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))

from drive import Drive, Scenario, play, render_over, until
from room import choose_only, new_room, screen

SECONDS = 150  # for what renders on a busy machine, Cycles' first samples included
FRAMES = 40
PICTURES = 8


def press_escape(drive: Drive, running: Callable[[], bool]) -> Scenario:
    """Over the picture, until it is heard: a loaded machine takes its time."""
    drive.move(drive.window.width / 2, drive.window.height / 2)
    for _ in range(40):
        drive.key("Escape")
        yield 0.5
        if not running():
            return
    raise TimeoutError("ESC was not heard.")


def may_remove(drive: Drive) -> bool:
    """Whether the selected blob's button *Remove* can be pressed."""
    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        return bool(bpy.ops.blobgan.remove_blob.poll())


def watch_an_animation(drive: Drive) -> Scenario:
    """Ctrl-F12 in the viewport's place, looked at in the middle."""
    scene, events = drive.window.scene, []
    bpy.context.preferences.view.render_display_type = "AREA"
    for name in ("render_write", "render_complete", "render_cancel"):
        getattr(bpy.app.handlers, name).append(lambda *_, name=name: events.append(name))
    scene.frame_start, scene.frame_end, scene.render.filepath = 1, 400, str(drive.out / "animation" / "f")
    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        bpy.ops.render.render("INVOKE_DEFAULT", animation=True)
    yield until(lambda: events.count("render_write") >= 40, SECONDS, "forty frames")
    area = next(area for area in drive.window.screen.areas if area.type == "IMAGE_EDITOR")
    region = drive.region("WINDOW", area)
    across, up = region.x + region.width // 2, region.y + region.height // 2
    seen = []
    for _ in range(5):
        # Twice each, for a look may fall between two frames: Blender begins each with none, before it asks the engine.
        looks = []
        for _ in range(2):
            looks.append(float(screen(drive, "time-left")[up - 40 : up + 40, across - 40 : across + 40].mean()))
            yield 0.15
        seen.append(max(looks))
    drive.note("animation's picture while it renders, brightness", seen)
    area.type = "VIEW_3D"  # the buttons are this editor's
    drive.note("may remove while it renders", may_remove(drive))
    area.type = "IMAGE_EDITOR"
    yield from press_escape(drive, lambda: "render_cancel" not in events)
    drive.note("animation", events[-1])
    area.type = "VIEW_3D"
    yield render_over()
    drive.note("may remove afterwards", may_remove(drive))
    yield 2.0


def step_by_step(drive: Drive, name: str, made: Callable[[], list[Path]], count: int, **options: object) -> Scenario:
    """Start, look, press ESC when some are made, look, start again, wait for the end. Notes what lay there when."""
    operator, idname = getattr(bpy.ops.blobgan, name), f"BLOBGAN_OT_{name}"
    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        operator("INVOKE_DEFAULT", **options)
    yield until(lambda: len(made()) >= 3, SECONDS, f"three files of {name}")
    drive.screenshot(f"{name}-runs")
    yield from press_escape(drive, lambda: drive.running(idname))
    yield 1.0
    drive.screenshot(f"{name}-stopped")
    before = {path: path.stat().st_mtime_ns for path in made()}
    drive.note(f"{name}, files after ESC", len(before))
    drive.note(f"{name}, whole after ESC", all(whole(path) for path in before))
    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        operator("INVOKE_DEFAULT", **options)
    yield 0.5
    drive.screenshot(f"{name}-goes-on")
    yield until(lambda: not drive.running(idname), SECONDS, f"the end of {name}")
    yield 1.0
    drive.screenshot(f"{name}-done")
    drive.note(f"{name}, files at the end", len(made()))
    drive.note(f"{name}, wanted", count)
    drive.note(f"{name}, kept", all(path.stat().st_mtime_ns == time for path, time in before.items()))


def whole(path: Path) -> bool:
    """Whether Blender reads all pixels of a file."""
    image = bpy.data.images.load(str(path))
    good = image.has_data or len(image.pixels) > 0
    bpy.data.images.remove(image)
    return good


def a_scene_to_learn(drive: Drive) -> None:
    """Blender's own default scene, its cube marked; Cycles with few samples."""
    bpy.ops.wm.read_homefile()
    scene = drive.window.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.device = 8, "CPU"
    marks = scene.objects["Cube"].blobgan.training
    marks.marked, marks.location = True, (2, 2, 0)
    settings = scene.blobgan.training
    settings.folder, settings.count, settings.resolution = str(drive.out / "set"), PICTURES, 128


def scenario(drive: Drive) -> Scenario:
    yield from new_room(drive)
    yield 1.0
    scene = drive.window.scene
    blob = scene.objects["Blob 8"]
    blob.keyframe_insert("location", index=0, frame=1)
    blob.location.x += 0.5
    blob.keyframe_insert("location", index=0, frame=FRAMES)
    choose_only(drive, blob)
    yield from watch_an_animation(drive)
    scene.frame_end = FRAMES
    folder = drive.out / "baked"
    yield from step_by_step(
        drive, "bake_animation", lambda: sorted(folder.glob("*.png")), FRAMES, directory=str(folder)
    )
    drive.note("baked", scene.blobgan.canvas.blobgan.baked_image is not None)
    a_scene_to_learn(drive)
    yield 3.0
    yield from step_by_step(
        drive, "render_training_set", lambda: sorted((drive.out / "set" / "pictures").glob("*.webp")), PICTURES
    )
    drive.note("training set's manifest", len((drive.out / "set" / "manifest.jsonl").read_text().splitlines()))


bpy.context.preferences.view.show_splash = False
bpy.context.preferences.use_preferences_save = False
play(scenario, Path(sys.argv[sys.argv.index("--") + 1]))
