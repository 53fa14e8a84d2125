"""The main job in a real window: New BlobGAN Scene, drag an empty by the mouse, F12, undo, a killed worker.

Runs inside Blender, started by `scripts/window/room.py` as `blender --python drag.py -- OUT`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import bpy
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d

sys.path.insert(0, str(Path(__file__).resolve().parent))

from drive import Drive, Scenario, play, render_over, until

TRANSLATE = "TRANSFORM_OT_translate"
PICTURE_SECONDS = 120  # the worker's start, the model's load and the first picture, on a busy machine
REST_SECONDS = 2.0  # no new picture for so long: the canvas is at rest
STEPS = 16  # of the drag
STEP_SECONDS = 0.3


def canvas() -> bpy.types.Object | None:
    """The scene's canvas, None while there is none."""
    return bpy.context.window_manager.windows[0].scene.blobgan.canvas


def image() -> bpy.types.Image | None:
    """The picture in the canvas's material."""
    plane = canvas()
    if plane is None or plane.active_material is None:
        return None
    nodes = plane.active_material.node_tree.nodes
    return next((node.image for node in nodes if node.type == "TEX_IMAGE"), None)


def pixels(picture: bpy.types.Image) -> np.ndarray:
    """(H * W * 4,) float32 as Blender stores them: linear in a float image, encoded in a byte image."""
    flat = np.empty(len(picture.pixels), np.float32)
    picture.pixels.foreach_get(flat)
    return flat


def rgb8(picture: bpy.types.Image) -> np.ndarray:
    """(H, W, 3) uint8, bottom row first, as a PNG would hold it."""
    values = pixels(picture).reshape(picture.size[1], picture.size[0], 4)[..., :3]
    if picture.is_float:
        curved = 1.055 * np.maximum(values, 0.0031308) ** (1 / 2.4) - 0.055
        values = np.where(values <= 0.0031308, values * 12.92, curved)
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


class Seen(NamedTuple):
    """One picture that arrived on the canvas."""

    seconds: float
    checksum: int
    dragging: bool


class Watch:
    """Looks at the canvas at every turn of Blender's main loop, and keeps a list of the pictures that arrived."""

    def __init__(self, drive: Drive) -> None:
        self.drive = drive
        self.seen: list[Seen] = []
        self.busy_until = 0.0
        bpy.app.timers.register(self.look, persistent=True)

    def look(self) -> float:
        picture = image()
        if picture is not None:
            checksum = zlib.crc32(pixels(picture).tobytes())
            if not self.seen or self.seen[-1].checksum != checksum:
                self.seen.append(Seen(time.monotonic(), checksum, self.drive.running(TRANSLATE)))
        return 0.0

    def at_rest(self) -> bool:
        """Nothing under way and nothing new for a while: the pictures of a loaded machine come seconds apart."""
        live = sys.modules["bl_ext.user_default.blobgan_blender.live"]
        if live.link(canvas()).waiting:
            self.busy_until = time.monotonic()
        return time.monotonic() - max(self.busy_until, self.seen[-1].seconds) > REST_SECONDS


def prepare() -> None:
    """What a person would switch off first: the splash, and a window of its own for the render's result."""
    preferences = bpy.context.preferences
    preferences.view.show_splash = False
    preferences.view.render_display_type = "NONE"
    preferences.use_preferences_save = False


def press_new_scene(drive: Drive) -> Scenario:
    """Open the tab, find the button, click it; the value is when."""
    area = drive.area("VIEW_3D")
    area.spaces.active.show_region_ui = True
    yield 1.0
    drive.region("UI", area).active_panel_category = "BlobGAN"
    yield 1.0
    drive.screenshot("1-panel")
    place = yield from drive.find_button("bpy.ops.blobgan.new_scene", area)
    drive.note("button found", place is not None)
    clicked = time.monotonic()
    drive.click(*place)
    yield 0.5
    drive.screenshot("2-pressed")
    yield until(canvas, PICTURE_SECONDS, "the canvas")
    drive.note("seed", canvas().blobgan.seed)
    return clicked


def place_of(drive: Drive, empty: bpy.types.Object) -> tuple[float, float]:
    """Where an empty's centre stands in the window, in pixels."""
    area = drive.area("VIEW_3D")
    region = drive.region("WINDOW", area)
    point = location_3d_to_region_2d(region, area.spaces.active.region_3d, empty.matrix_world.translation)
    return region.x + point.x, region.y + point.y


def blob_to_drag() -> bpy.types.Object:
    """A large blob near the picture's middle: moving it changes much, and it stays inside the area."""

    def worth(blob: bpy.types.Object) -> float:
        return abs(blob.scale.x * blob.scale.y) * max(0.0, 1.0 - blob.location.xy.length)

    return max((child for child in canvas().children_recursive if child.type == "EMPTY"), key=worth)


def select(chosen: bpy.types.Object) -> None:
    layer = bpy.context.window_manager.windows[0].view_layer
    for other in layer.objects:
        other.select_set(other == chosen)
    layer.objects.active = chosen


def drag(drive: Drive, watch: Watch, empty: bpy.types.Object, halfway: Callable[[], None]) -> Scenario:
    """G, sixteen moves of the mouse, click; the value is how many pictures arrived while the empty was held."""
    select(empty)
    x, y = place_of(drive, empty)
    drive.move(x, y)
    yield 0.5
    drive.key("g")
    yield until(lambda: drive.running(TRANSLATE), 10, "Blender to grab the empty")
    before = len(watch.seen)
    for step in range(1, STEPS + 1):
        drive.move(x + 8 * step, y + 4 * step)
        yield STEP_SECONDS
        if step == STEPS // 2:
            halfway()
    assert drive.running(TRANSLATE), "the drag ended before the click"
    pictures = sum(seen.dragging for seen in watch.seen[before:])
    drive.xdotool("click", 1)
    yield until(lambda: not drive.running(TRANSLATE), 10, "the drag to end")
    yield until(watch.at_rest, PICTURE_SECONDS, "the picture of the last position")
    return pictures


def unlike_update_picture() -> float:
    """The largest difference between the canvas and what Update Picture computes for these empties."""
    live = pixels(image())
    bpy.ops.blobgan.update_picture()
    return float(np.abs(pixels(image()) - live).max())


def worker_pids() -> list[int]:
    """Processes on the worker's Python that this Blender started."""
    python = os.environ.get("BLOBGAN_PYTHON", sys.executable)
    pids = []
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        pid = int(status.parent.name)
        parent = int((status.parent / "stat").read_text().rsplit(")", 1)[1].split()[1])
        if parent == os.getpid() and status.read_bytes().startswith(python.encode()):
            pids.append(pid)
    return pids


def drag_and_kill(drive: Drive, watch: Watch, empty: bpy.types.Object) -> Scenario:
    """The worker is killed while the empty is held: Blender lives, and the picture comes back by itself."""
    killed: list[int] = []
    replaced_at: list[float] = []

    def look_for_another() -> float | None:
        if set(worker_pids()) <= set(killed):
            return 0.02
        replaced_at.append(time.monotonic())
        return None

    def kill() -> None:
        killed.extend(worker_pids())
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        bpy.app.timers.register(look_for_another)

    yield from drag(drive, watch, empty, kill)
    drive.note("workers killed", len(killed))
    yield until(lambda: replaced_at, PICTURE_SECONDS, "another worker")
    yield until(lambda: watch.seen[-1].seconds > replaced_at[0], PICTURE_SECONDS, "a picture by another worker")
    yield until(watch.at_rest, PICTURE_SECONDS, "the picture of the last position")
    drive.note("difference from Update Picture after the kill", unlike_update_picture())


def press_f12(drive: Drive) -> Scenario:
    """F12 by the keyboard; its frame on disk against the canvas, 8 bits against 8 bits."""
    done: list[str] = []
    # Both handlers run on the render's own thread: they only leave a word.
    bpy.app.handlers.render_complete.append(lambda *_: done.append("complete"))
    bpy.app.handlers.render_cancel.append(lambda *_: done.append("cancel"))
    drive.key("F12")
    yield until(lambda: done, PICTURE_SECONDS, "F12")
    drive.note("F12", done[0])
    yield render_over()
    path = drive.out / "f12.png"
    bpy.data.images["Render Result"].save_render(str(path), scene=drive.window.scene)
    frame = bpy.data.images.load(str(path))
    drive.note("frame size", list(frame.size))
    drive.note("canvas size", list(image().size))
    if list(frame.size) == list(image().size):
        drive.note("values of the frame unlike the canvas", int((rgb8(frame) != rgb8(image())).sum()))


def scenario(drive: Drive) -> Scenario:
    drive.note("blender", bpy.app.version_string)
    drive.note("torch imported", "torch" in sys.modules)
    watch = Watch(drive)
    began = yield from press_new_scene(drive)
    yield until(lambda: pixels(image()).reshape(-1, 4)[:, :3].std() > 0.01, PICTURE_SECONDS, "the first picture")
    drive.note("seconds from the button to the picture", round(time.monotonic() - began, 1))
    drive.note("engine", sys.modules["bl_ext.user_default.blobgan_blender.runtime"].worker().info.engine)
    first = pixels(image())
    yield until(watch.at_rest, PICTURE_SECONDS, "the first picture to stand")
    drive.note("first picture stayed", bool((pixels(image()) == first).all()))
    drive.screenshot("3-before-drag")

    empty = blob_to_drag()
    name, location, before = empty.name, empty.location.copy(), pixels(image())
    drive.note("dragged", name)
    pictures = yield from drag(drive, watch, empty, lambda: drive.screenshot("4-during-drag"))
    drive.note("pictures during the drag", pictures)
    drive.screenshot("5-after-drag")
    drive.note("moved by", (empty.location - location).length)
    drive.note("picture changed", bool((pixels(image()) != before).any()))
    drive.note("difference from Update Picture", unlike_update_picture())
    yield from press_f12(drive)

    drive.move(*place_of(drive, empty))
    yield 0.5
    drive.key("ctrl+z")
    yield until(lambda: (bpy.data.objects[name].location - location).length < 1e-6, 20, "Ctrl-Z to put the empty back")
    yield until(lambda: bool((pixels(image()) == before).all()), PICTURE_SECONDS, "the picture before the drag again")
    drive.note("undone", True)
    drive.screenshot("6-after-undo")
    yield from drag_and_kill(drive, watch, bpy.data.objects[name])
    drive.screenshot("7-after-kill")
    drive.note("torch imported at the end", "torch" in sys.modules)


prepare()
play(scenario, Path(sys.argv[sys.argv.index("--") + 1]))
