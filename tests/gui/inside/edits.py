"""The edits in a real window: the blob map, the picker, the gallery, before and after, the pie.

Runs inside Blender, started by `scripts/window/room.py` as `blender --python edits.py -- OUT`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from drive import Drive, Scenario, play, until
from room import PATIENCE, choose_only, new_room, part, place_of, pull, screen

REDRAWS = 40


def look_at_the_map(drive: Drive, blobs: list[bpy.types.Object]) -> Scenario:
    """The overlay shows each blob's colour in its middle, and costs little."""
    scene, overlay = drive.window.scene, part("viewport.overlay")
    for item in scene.objects:
        item.select_set(False)
    scene.blobgan.show_map, scene.blobgan.map_names, scene.blobgan.map_opacity = True, False, 1.0
    solid = blobs[2]
    height, solid.location.z = solid.location.z, 1.0  # nothing lies over it …
    size, solid.blobgan.size = solid.blobgan.size, 9.0  # … and nothing shines through
    yield 1.0
    seen = screen(drive, "map-solid").astype(int)
    x, y = place_of(drive, solid.matrix_world @ type(solid.location)((0.3, 0.2, 0)))
    color = part("core.palette").palette(solid.blobgan.index + 1)[solid.blobgan.index + 1] * 255
    drive.note("map's colour off by", float(np.abs(seen[round(y), round(x)] - color).max()))
    solid.blobgan.size, solid.location.z = size, height
    scene.blobgan.show_map = scene.blobgan.map_names = scene.blobgan.map_stacking = True
    scene.blobgan.map_opacity = 0.5
    blobs[3].select_set(True)
    drive.window.view_layer.objects.active = blobs[3]
    blobs[5].scale *= 0.03
    yield 2.0
    drive.screenshot("map")

    for number in range(30 - len(blobs)):
        copy = blobs[number % len(blobs)].copy()
        blobs[0].users_collection[0].objects.link(copy)
        copy.location.x += 0.1
    seconds: list[float] = []
    draw = overlay._draw_ellipses

    fresh = False

    def timed() -> None:
        if fresh:
            overlay.changed()  # the extension's own redraw came first, and has read the blobs already
        began = time.perf_counter()
        draw()
        seconds.append(time.perf_counter() - began)

    handle = bpy.types.SpaceView3D.draw_handler_add(timed, (), "WINDOW", "POST_VIEW")
    yield 3.0
    seconds.clear()
    while len(seconds) < REDRAWS:
        drive.area("VIEW_3D").tag_redraw()
        yield 0.03
    unchanged, fresh = list(seconds), True
    seconds.clear()
    while len(seconds) < REDRAWS:
        drive.area("VIEW_3D").tag_redraw()
        yield 0.03
    bpy.types.SpaceView3D.draw_handler_remove(handle, "WINDOW")
    drive.note("overlay after a change, ms at best", round(1000 * min(seconds), 2))
    drive.note("overlay after a change, ms in the middle", round(1000 * float(np.median(seconds)), 2))
    drive.note("blobs drawn", sum(item.blobgan.role == "BLOB" for item in scene.objects))
    drive.note("overlay, ms at best", round(1000 * min(unchanged), 2))
    drive.note("overlay, ms in the middle", round(1000 * float(np.median(unchanged)), 2))
    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        bpy.ops.ed.undo_push(message="clones")


def plain(drive: Drive) -> list[tuple[bpy.types.Object, float, float]]:
    """Blobs that own their middles in the picture, the largest first, each with that place in pixels of the window."""
    canvas, view_layer = drive.window.scene.blobgan.canvas, drive.window.view_layer
    reading = part("scene.reading").read_canvas(canvas, view_layer.depsgraph, view_layer)
    layout, side, found = reading.layout, canvas.blobgan.resolution, []
    for place, name in enumerate(reading.names):
        x, y = float(layout.xs[0, place]), float(layout.ys[0, place])
        inside = 0.15 < x < 0.85 and 0.15 < y < 0.85
        if inside and part("core.blob_map").owner_at(layout, x, y, side) == place:
            found.append((float(layout.sizes[0, place + 1]), drive.window.scene.objects[name]))
    found.sort(key=lambda item: -item[0])
    return [(blob, *place_of(drive, blob.matrix_world.translation)) for _, blob in found]


def pick(drive: Drive) -> Scenario:
    """A double click on an object of the picture selects its blob, beside its empty's centre."""
    blob, x, y = plain(drive)[0]
    for item in drive.window.scene.objects:
        item.select_set(False)
    drive.move(x + 7, y - 9)
    yield 0.5
    for _ in range(5):  # a loaded machine sees two single clicks
        drive.xdotool("click", "--repeat", 2, "--delay", 30, 1)
        yield 1.5
        picked = [item.name for item in drive.window.scene.objects if item.select_get()]
        if picked == [blob.name]:
            break
    drive.note("picked", picked)
    drive.note("to be picked", [blob.name])


def seen_picture(drive: Drive, name: str, side: int) -> np.ndarray:
    """int (side, side, 3), top row first: what a screenshot has in the middle of each of the canvas's pixels."""
    canvas = drive.window.scene.blobgan.canvas
    outermost = 1 - 1 / side
    left, bottom = place_of(drive, canvas.matrix_world @ type(canvas.location)((-outermost, -outermost, 0)))
    right, top = place_of(drive, canvas.matrix_world @ type(canvas.location)((outermost, outermost, 0)))
    rows, columns = (np.rint(np.linspace(*ends, side)).astype(int) for ends in ((top, bottom), (left, right)))
    return screen(drive, name).astype(int)[rows][:, columns]


def edit_in_one_step(drive: Drive) -> Scenario:
    """What the viewport shows of a room whose largest object goes at once, and comes back by Ctrl-Z."""
    canvas, area = drive.window.scene.blobgan.canvas, drive.area("VIEW_3D")
    picture, link = part("scene.picture").shown, part("live").link(canvas)
    (blob, x, y), *_ = plain(drive)
    with drive.inside("WINDOW", area):
        bpy.ops.ed.undo_push(message="a room")
    before, drawn = picture(canvas).astype(int), link.pictures
    blob.blobgan.size = -20.0
    with drive.inside("WINDOW", area):
        bpy.ops.ed.undo_push(message="without an object")
    yield until(lambda: link.pictures > drawn and not link.waiting, PATIENCE, "the picture")
    yield 3.0
    after = picture(canvas).astype(int)
    changed = np.abs(after - before).max(axis=-1) > 60
    seen = seen_picture(drive, "one-step", len(after))
    drive.note("pixels that went", int(changed.sum()))
    drive.note("off from the picture", float(np.median(np.abs(seen - after)[changed])))
    drive.note("off from the picture before", float(np.median(np.abs(seen - before)[changed])))
    drive.move(x, y)
    yield 0.5
    drive.key("ctrl+z")
    yield until(
        lambda: bool((picture(drive.window.scene.blobgan.canvas) == before).all()), PATIENCE, "the picture again"
    )
    yield 3.0
    seen = seen_picture(drive, "one-step-back", len(before))
    drive.note("off from the picture again", float(np.median(np.abs(seen - before)[changed])))


def hide_panels_but(shown: str) -> list[type[bpy.types.Panel]]:
    """Take all panels of the tab but one away; returns them, children before their parents."""
    names = ("training_object", "training_set", "room", "blobs", "blob", "edit", "animate", "variants", "map", "output")
    panels = [getattr(bpy.types, f"BLOBGAN_PT_{name}") for name in (*names, "files", "worker") if name != shown]
    for panel in panels:
        bpy.utils.unregister_class(panel)
    return panels


def show_panels(panels: list[type[bpy.types.Panel]]) -> None:
    for panel in reversed(panels):
        bpy.utils.register_class(panel)


def pick_appearance(drive: Drive) -> Scenario:
    """The eyedropper's button in the panel, then a click on another object of the picture."""
    area, read = drive.area("VIEW_3D"), part("scene.appearance").read_appearance
    (giver, x, y), (taker, *_) = plain(drive)[:2]
    choose_only(drive, taker)
    hidden = hide_panels_but("edit")  # so that the buttons can be seen without scrolling
    yield 1.5
    button = yield from drive.find_button("bpy.ops.blobgan.pick_appearance", area)
    drive.note("eyedropper's button", button is not None)
    name, before, wanted = taker.name, read(taker), read(giver)
    drive.click(*button)
    yield until(lambda: drive.running("BLOBGAN_OT_pick_appearance"), 10, "the eyedropper")
    drive.move(x + 3, y - 3)
    yield 1.0
    drive.screenshot("eyedropper")
    drive.xdotool("click", 1)
    yield until(lambda: not drive.running("BLOBGAN_OT_pick_appearance"), 10, "the pick")
    found = read(taker)
    drive.note("eyedropper took", all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True)))
    drive.note("eyedropper changed", not any(np.array_equal(a, b) for a, b in zip(found, before, strict=True)))
    drive.move(x + 60, y + 60)
    yield 3.0
    drive.screenshot("eyedropper-after")
    drive.key("ctrl+z")
    yield 1.5
    taker = drive.window.scene.objects[name]  # undo made it anew
    drive.note("eyedropper undone", all(np.array_equal(a, b) for a, b in zip(read(taker), before, strict=True)))
    show_panels(hidden)
    yield 1.0


def drag_handles(drive: Drive) -> Scenario:
    """The box at the tip of the longer axis stretches along it alone; the ring turns."""
    scene = drive.window.scene
    scene.blobgan.show_map = True
    blob, x, y = plain(drive)[0]
    choose_only(drive, blob)
    blob.scale = (0.3, 0.25, 0.27)
    blob.rotation_euler.z = 0.0
    yield 2.0
    tip = place_of(drive, blob.matrix_world @ type(blob.location)((1, 0, 0)))
    drive.move(*tip)
    yield 1.0
    drive.screenshot("handles")
    yield from pull(drive, tip, (tip[0] + 0.5 * (tip[0] - x), tip[1]))
    drive.note("box dragged, scale", [round(value, 3) for value in blob.scale])
    drive.screenshot("handle-dragged")
    tip = place_of(drive, blob.matrix_world @ type(blob.location)((1, 0, 0)))
    radius = part("viewport.gizmos").RING * (tip[0] - x)
    turn = np.radians(150)  # away from the panel
    ring = [(x + radius * np.cos(a), y + radius * np.sin(a)) for a in (turn, turn + np.radians(40))]
    yield from pull(drive, *ring)
    drive.note("ring dragged, degrees", round(float(np.degrees(blob.rotation_euler.z)), 1))
    drive.screenshot("ring-dragged")
    blob.scale = (0.02, 0.015, 0.02)
    blob.rotation_euler.z = 0.0
    yield 2.0
    x, y = place_of(drive, blob.matrix_world.translation)
    nearest = part("viewport.gizmos").NEAREST * bpy.context.preferences.system.ui_scale
    drive.move(x, y + nearest)
    yield 1.0
    drive.screenshot("small-handles")
    yield from pull(drive, (x, y + nearest), (x, y + 3 * nearest))
    drive.note("small box dragged, scale", [round(value, 4) for value in blob.scale])
    scene.blobgan.show_map = False


def choose(drive: Drive) -> Scenario:
    """The gallery fills, picture by picture, and is there to be looked at."""
    gallery, area = part("gallery"), drive.area("VIEW_3D")
    counts: list[int] = []

    def arrived() -> bool:
        counts.append(gallery.missing())
        return counts[-1] == 0

    with drive.inside("WINDOW", area):
        bpy.ops.blobgan.show_variants("INVOKE_DEFAULT", first=30)
    began = time.monotonic()
    yield until(arrived, PATIENCE, "the gallery")
    drive.note("gallery seconds", round(time.monotonic() - began, 1))
    drive.note("gallery progressive", len(set(counts)) > 3)
    drive.note("gallery icons", all(gallery.icon_id(number) for number in range(12)))
    # The gallery's panel alone and open, where it can be seen whole.
    hidden = hide_panels_but("variants")
    yield 1.5
    drive.click(drive.region("UI", area).x + 30, drive.window.height - 160)  # its header, below the canvas's row
    yield 2.0
    drive.screenshot("gallery")
    show_panels(hidden)


def wipe(drive: Drive) -> Scenario:
    """Wiped all over an unedited room, the picture before is the picture: the same pixels on the screen."""
    scene, area = drive.window.scene, drive.area("VIEW_3D")
    with drive.inside("WINDOW", area):
        bpy.ops.blobgan.reset_layout()
        scene.blobgan.show_map = False
        for item in scene.objects:
            if item.blobgan.role == "BLOB":
                item.hide_set(True)
        bpy.ops.blobgan.update_picture()
        for item in scene.objects:
            item.hide_set(False)
    canvas = scene.blobgan.canvas
    yield until(lambda: not part("live").link(canvas).waiting, PATIENCE, "the picture")
    yield 2.0
    plain = screen(drive, "before-wipe").astype(int)
    with drive.inside("WINDOW", area):
        bpy.ops.blobgan.compare("INVOKE_DEFAULT")
    yield until(lambda: scene.blobgan.wipe > 0, PATIENCE, "the picture before")
    scene.blobgan.wipe = 0.45
    yield 1.5
    wiped = screen(drive, "wiped").astype(int)
    left, bottom = place_of(drive, canvas.matrix_world @ type(canvas.location)((-0.95, -0.95, 0)))
    right, top = place_of(drive, canvas.matrix_world @ type(canvas.location)((-0.2, 0.95, 0)))
    box = (slice(round(bottom), round(top)), slice(round(left), round(right)))
    drive.note("wiped picture off by", float(np.abs(np.median(plain[box] - wiped[box], axis=(0, 1))).max()))
    scene.blobgan.wipe = 0.0


def open_the_pie(drive: Drive, blobs: list[bpy.types.Object]) -> Scenario:
    blobs[3].select_set(True)
    drive.window.view_layer.objects.active = blobs[3]
    x, y = place_of(drive, blobs[3].matrix_world.translation)
    drive.move(x + 30, y)
    yield 0.5
    drive.xdotool("keydown", "shift")
    drive.xdotool("keydown", "q")
    yield 3.0
    drive.screenshot("pie")
    drive.xdotool("keyup", "q")
    drive.xdotool("keyup", "shift")
    yield 0.5
    drive.key("Escape")
    yield 0.5


def open_the_workspace(drive: Drive) -> Scenario:
    """In the second of two windows, which alone becomes it; then in the first."""
    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        bpy.ops.wm.window_new_main()
    first, second = drive.window, bpy.context.window_manager.windows[1]
    before = (first.workspace.name, len(first.screen.areas))
    yield 1.0
    area = next(area for area in second.screen.areas if area.type == "VIEW_3D")
    with bpy.context.temp_override(window=second, area=area, region=drive.region("WINDOW", area)):
        bpy.ops.blobgan.open_workspace("INVOKE_DEFAULT")
    yield until(lambda: second.workspace.name == "BlobGAN", 20, "the workspace")
    yield 3.0
    drive.note("other window keeps its workspace", (first.workspace.name, len(first.screen.areas)) == before)
    kinds = {area.type for area in second.screen.areas}
    drive.note("workspace", {"VIEW_3D", "IMAGE_EDITOR", "OUTLINER"} <= kinds)
    drive.screenshot("workspace")
    with bpy.context.temp_override(window=second):
        bpy.ops.wm.window_close()
    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        bpy.ops.blobgan.open_workspace("INVOKE_DEFAULT")
    yield until(lambda: first.workspace.name == "BlobGAN", 20, "the workspace in the first window")


def scenario(drive: Drive) -> Scenario:
    yield from new_room(drive)
    area = drive.area("VIEW_3D")
    area.spaces.active.show_region_ui = True
    yield 1.0
    drive.region("UI", area).active_panel_category = "BlobGAN"
    yield 1.0
    yield from edit_in_one_step(drive)
    yield from pick(drive)
    yield from pick_appearance(drive)
    yield from drag_handles(drive)
    blobs = sorted(
        (item for item in drive.window.scene.objects if item.blobgan.role == "BLOB"), key=lambda b: b.blobgan.index
    )
    yield from choose(drive)
    yield from look_at_the_map(drive, blobs)
    yield from wipe(drive)
    blobs = [item for item in drive.window.scene.objects if item.blobgan.role == "BLOB"]
    yield from open_the_pie(drive, blobs)
    yield from open_the_workspace(drive)


bpy.context.preferences.view.show_splash = False
bpy.context.preferences.use_preferences_save = False
bpy.context.preferences.inputs.mouse_double_click_time = 1000  # ms: software drawing takes its time between two clicks
play(scenario, Path(sys.argv[sys.argv.index("--") + 1]))
