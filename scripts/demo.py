"""The main job on a machine with no screen and no GPU, through the very operators an artist presses.

A new scene from the bundled model; the bed's empty is keyframed across the picture, the window's is duplicated and then
scaled up; 24 frames by Blender's own animation render. Run by `make demo`; everything lands in out/demo/.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# The checkout itself is what is shown, not an installed copy.
import blobgan_blender  # noqa: E402
from blobgan_blender.scene import picture  # noqa: E402
from blobgan_blender.scene.blobs import is_blob  # noqa: E402

OUT = ROOT / "out" / "demo"
OPERATORS: Any = bpy.ops  # the stubs know Blender's own only
SEED, TRUNCATION = 57, 0.4
FRAMES = 24
FPS = 12
# What blobs of the bundled model turned out to be; see assets/rooms.json.
BED, WINDOW = "Blob 8", "Blob 2"
EDITED = "after: bed moved, window duplicated and scaled up"
ENLARGED = 4  # times, for the sheet and the film: a picture of 128² is small on a screen


def main() -> int:
    """Run the demo; 0 if every file is there."""
    started = time.perf_counter()
    shutil.rmtree(OUT, ignore_errors=True)
    (OUT / "frames").mkdir(parents=True)
    blobgan_blender.register()
    with step("New BlobGAN Scene (starts the worker, loads the bundled model)"):
        OPERATORS.blobgan.new_scene(seed=SEED, truncation=TRUNCATION)
    scene = bpy.context.scene
    canvas = scene.blobgan.canvas
    before = picture.shown(canvas)

    with step("Edit: the bed keyframed across, the window duplicated and scaled up"):
        edit(scene)
        scene.frame_set(FRAMES)
        OPERATORS.blobgan.update_picture()
    after = picture.shown(canvas)

    with step("Save room.blend"):
        scene.frame_set(1)
        OPERATORS.blobgan.update_picture()
        bpy.ops.wm.save_as_mainfile(filepath=str(OUT / "room.blend"))

    print(f"  Rendering {FRAMES} frames by Blender's animation render", flush=True)
    render_frames(scene)
    frames = sorted((OUT / "frames").glob("*.png"))
    with step("Before/after sheet and film"):
        write_sheet(before, after, OUT / "before-after.png")
        write_film(frames, OUT / "film.webp")
    blobgan_blender.unregister()

    print(f"\nDone in {time.perf_counter() - started:.0f} s. Look at:")
    for path, what in (
        (OUT / "before-after.png", "the room as the model dreamt it up, and after the edits"),
        (OUT / "film.webp", f"{FRAMES} frames, the bed on its way"),
        (OUT / "frames", f"{len(frames)} PNG files, as Blender wrote them"),
        (OUT / "room.blend", "the scene: open it in Blender with the extension installed"),
    ):
        print(f"  {path.relative_to(ROOT)}  {what}")
    return 0 if len(frames) == FRAMES else 1


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    print(f"  {what} … ", end="", flush=True)
    started = time.perf_counter()
    yield
    print(f"{time.perf_counter() - started:.1f} s", flush=True)


def edit(scene: bpy.types.Scene) -> None:
    """The three edits, as an artist makes them: keyframes on an empty, Shift-D, a scale."""
    scene.frame_start, scene.frame_end, scene.render.fps = 1, FRAMES, FPS
    bed, window = scene.objects[BED], scene.objects[WINDOW]
    bed.keyframe_insert("location", frame=1)
    bed.location.x += 0.4
    bed.keyframe_insert("location", frame=FRAMES)

    for item in scene.objects:
        item.select_set(item == window)
    bpy.context.view_layer.objects.active = window
    bpy.ops.object.duplicate()
    clone = bpy.context.view_layer.objects.active
    assert is_blob(clone)
    clone.location.x += 0.6

    window.scale *= 1.2


def render_frames(scene: bpy.types.Scene) -> None:
    """Ctrl-F12, with a line of progress for each frame."""

    def say(rendered: bpy.types.Scene, *_rest: object) -> None:
        print(f"    frame {rendered.frame_current} of {FRAMES}", flush=True)

    scene.render.filepath = str(OUT / "frames") + "/"
    bpy.app.handlers.render_write.append(say)
    try:
        bpy.ops.render.render(animation=True)
    finally:
        bpy.app.handlers.render_write.remove(say)


def write_sheet(before: np.ndarray, after: np.ndarray, path: Path) -> None:
    """Two pictures, uint8 (H, W, 3), side by side with a caption each."""
    side, bar, gap = before.shape[0] * ENLARGED, 40, 12
    sheet = Image.new("RGB", (2 * side + gap, side + bar), (32, 32, 32))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    for place, (image, caption) in enumerate(((before, "before"), (after, EDITED))):
        left = place * (side + gap)
        sheet.paste(Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC), (left, bar))
        pen.text((left + 8, 9), caption, fill=(230, 230, 230), font=font)
    sheet.save(path)


def write_film(frames: list[Path], path: Path) -> None:
    """The frames there and back again, as an animated WebP."""
    images = [Image.open(frame).convert("RGB") for frame in frames]
    large = [
        image.resize((image.width * ENLARGED, image.height * ENLARGED), Image.Resampling.BICUBIC) for image in images
    ]
    large += large[-2:0:-1]
    large[0].save(path, save_all=True, append_images=large[1:], duration=1000 // FPS, loop=0, quality=80)


if __name__ == "__main__":
    sys.exit(main())
