"""Rendered mode, an animation of Eevee with a canvas in it, a render and a bake that ESC ends, in a real window.

Runs inside Blender, started by `scripts/window/room.py` as `blender --python rendered.py -- OUT`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Vector

sys.path.insert(0, str(Path(__file__).resolve().parent))

from drive import Drive, Scenario, play, render_over, until

PICTURE_SECONDS = 120  # the worker's start, the model's load and the first picture, on a busy machine
RENDER_SECONDS = 150  # Eevee's shaders, compiled in software, included
MOVE = 0.5  # canvas units


def canvas() -> bpy.types.Object | None:
    """The scene's canvas, None while there is none."""
    return bpy.context.window_manager.windows[0].scene.blobgan.canvas


def image() -> bpy.types.Image | None:
    """The canvas's own picture."""
    return canvas().blobgan.image if canvas() is not None else None


def rgb8(picture: bpy.types.Image) -> np.ndarray:
    """(H, W, 3) uint8, bottom row first, of the float image that a canvas has."""
    values = np.empty(len(picture.pixels), np.float32)
    picture.pixels.foreach_get(values)
    values = values.reshape(picture.size[1], picture.size[0], 4)[..., :3]
    curved = np.where(values <= 0.0031308, values * 12.92, 1.055 * np.maximum(values, 0.0031308) ** (1 / 2.4) - 0.055)
    return np.rint(np.clip(curved, 0, 1) * 255).astype(np.uint8)


def on_screen(drive: Drive, name: str) -> np.ndarray:
    """What the window shows of the canvas now: uint8 (H, W, 3), top row first."""
    drive.screenshot(name)
    area = drive.area("VIEW_3D")
    region, view = drive.region("WINDOW", area), area.spaces.active.region_3d
    world = canvas().matrix_world
    corners = [location_3d_to_region_2d(region, view, world @ Vector((s, s, 0))) for s in (-1, 1)]
    (left, bottom), (right, top) = (
        (round(region.x + corner.x), round(drive.window.height - 1 - (region.y + corner.y))) for corner in corners
    )
    loaded = bpy.data.images.load(str(drive.out / f"{name}.png"))
    loaded.colorspace_settings.name = "Non-Color"
    shot = rgb8_of_bytes(loaded)[::-1]
    bpy.data.images.remove(loaded)
    return shot[top:bottom, left:right]


def rgb8_of_bytes(picture: bpy.types.Image) -> np.ndarray:
    flat = np.empty(len(picture.pixels), np.float32)
    picture.pixels.foreach_get(flat)
    return np.rint(flat.reshape(picture.size[1], picture.size[0], picture.channels)[..., :3] * 255).astype(np.uint8)


def shrunk(shot: np.ndarray, side: int) -> np.ndarray:
    """Block means (side, side, 3) of a larger picture."""
    rows = np.linspace(0, shot.shape[0], side + 1).astype(int)
    columns = np.linspace(0, shot.shape[1], side + 1).astype(int)
    down = np.add.reduceat(shot.astype(float), rows[:-1], axis=0) / np.diff(rows)[:, None, None]
    return np.add.reduceat(down, columns[:-1], axis=1) / np.diff(columns)[None, :, None]


def unlike(shot: np.ndarray, picture: np.ndarray | None = None) -> float:
    """Mean difference, of 255, between what the window shows and a picture (bottom row first), as 16 × 16 means."""
    wanted = rgb8(image()) if picture is None else picture
    return float(np.abs(shrunk(shot, 16) - shrunk(wanted[::-1], 16)).mean())


def baked(folder: Path, frame: int) -> np.ndarray:
    """A baked frame: (16, 16, 3) means."""
    file = bpy.data.images.load(str(folder / f"{frame:04}.png"))
    file.colorspace_settings.name = "Non-Color"
    picture = shrunk(rgb8_of_bytes(file), 16)
    bpy.data.images.remove(file)
    return picture


def prepare() -> None:
    """No splash, no window of its own for the render's result, nothing kept."""
    preferences = bpy.context.preferences
    preferences.view.show_splash = False
    preferences.view.render_display_type = "NONE"
    preferences.use_preferences_save = False


def scenario(drive: Drive) -> Scenario:
    events: list[str] = []
    for name in ("render_complete", "render_cancel", "render_write"):
        getattr(bpy.app.handlers, name).append(lambda *_, name=name: events.append(name))

    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        bpy.ops.blobgan.new_scene("INVOKE_DEFAULT", seed=57)
    yield until(lambda: image() is not None and rgb8(image()).any(), PICTURE_SECONDS, "the first picture")
    yield 2.0
    scene = drive.window.scene
    scene.view_settings.view_transform = "Standard"

    # Rendered mode
    space = drive.area("VIEW_3D").spaces.active
    space.overlay.show_overlays = False
    space.shading.type = "RENDERED"
    yield 5.0
    drive.note("rendered mode unlike the picture", unlike(on_screen(drive, "rendered")))
    before = rgb8(image())
    blob = scene.objects["Blob 8"]
    blob.location.x += MOVE
    yield until(lambda: not np.array_equal(rgb8(image()), before), PICTURE_SECONDS, "the picture of the moved blob")
    yield 2.0
    moved = on_screen(drive, "rendered-moved")
    drive.note("rendered mode after a move unlike the picture", unlike(moved))
    drive.note("the move changed the picture by", float(np.abs(before.astype(int) - rgb8(image())).mean()))
    space.shading.type = "SOLID"
    space.overlay.show_overlays = True

    # Eevee, the canvas in its scene
    blob.keyframe_insert("location", index=0, frame=1)
    blob.location.x -= 2 * MOVE
    blob.keyframe_insert("location", index=0, frame=3)
    scene.render.engine = "BLENDER_EEVEE" if bpy.app.version >= (5, 0) else "BLENDER_EEVEE_NEXT"
    scene.frame_start, scene.frame_end = 1, 3
    scene.render.filepath = str(drive.out / "eevee-")
    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        bpy.ops.render.render("INVOKE_DEFAULT", animation=True)
    yield until(lambda: {"render_complete", "render_cancel"} & set(events), RENDER_SECONDS, "Eevee's three frames")
    drive.note("eevee", "complete" if "render_complete" in events else "cancelled")
    yield render_over()
    yield 2.0
    differences = []
    for frame in (1, 2, 3):
        scene.frame_set(frame)
        bpy.ops.blobgan.update_picture()
        wanted = rgb8(image()).astype(int)
        loaded = bpy.data.images.load(str(drive.out / f"eevee-{frame:04}.png"))
        loaded.colorspace_settings.name = "Non-Color"
        found = rgb8_of_bytes(loaded).astype(int)
        differences.append(float(np.abs(shrunk(found, 32) - shrunk(wanted, 32)).mean()))
    drive.note("eevee's frames unlike their pictures", differences)

    # ESC in an animation of the BlobGAN engine
    scene.render.engine, scene.frame_end = "BLOBGAN", 250
    scene.render.filepath = str(drive.out / "cancelled" / "f")
    events.clear()
    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        bpy.ops.render.render("INVOKE_DEFAULT", animation=True)
    yield until(lambda: events.count("render_write") >= 3, RENDER_SECONDS, "three frames")
    drive.move(drive.window.width / 2, drive.window.height / 2)
    drive.screenshot("rendering")
    for _ in range(20):
        drive.key("Escape")
        yield 0.5
        if "render_cancel" in events:
            break
    drive.note("ESC", "cancelled" if "render_cancel" in events else "ignored")
    yield render_over()

    # ESC in a bake
    folder = drive.out / "baked"
    scene.frame_start = 1
    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        bpy.ops.blobgan.bake_animation("INVOKE_DEFAULT", directory=str(folder))
    yield until(lambda: len(list(folder.glob("*.png"))) >= 3, RENDER_SECONDS, "three baked frames")
    drive.screenshot("baking")
    drive.move(drive.window.width / 2, drive.window.height / 2)
    for _ in range(20):
        drive.key("Escape")
        yield 0.5
        if not drive.running("BLOBGAN_OT_bake_animation"):
            break
    drive.note("frames after ESC", [path.name for path in sorted((drive.out / "cancelled").iterdir())])
    drive.note("bake stopped by ESC", not drive.running("BLOBGAN_OT_bake_animation"))
    drive.note("live after the stopped bake", canvas().blobgan.live)
    scene.frame_end = 3
    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        bpy.ops.blobgan.bake_animation("INVOKE_DEFAULT", directory=str(folder))
    yield until(lambda: canvas().blobgan.baked_image is not None, RENDER_SECONDS, "the end of the bake")
    drive.note("baked image", canvas().blobgan.baked_image.source)
    space.overlay.show_overlays = False
    for shading, seconds in (("SOLID", 2.0), ("MATERIAL", 10.0), ("RENDERED", 3.0), ("SOLID", 2.0)):
        space.shading.type = shading
        yield seconds
        found = []
        for frame in (1, 2, 3):
            scene.frame_set(frame)
            yield 2.0
            file = bpy.data.images.load(str(folder / f"{frame:04}.png"))
            file.colorspace_settings.name = "Non-Color"
            found.append(unlike(on_screen(drive, f"baked-{shading.lower()}-{frame}"), rgb8_of_bytes(file)))
            bpy.data.images.remove(file)
        drive.note(f"baked frames in {shading} unlike their files", found)
    drive.note("the baked frames differ by", float(np.abs(baked(folder, 1) - baked(folder, 3)).mean()))


prepare()
play(scenario, Path(sys.argv[sys.argv.index("--") + 1]))
