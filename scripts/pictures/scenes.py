"""What happens in scenes, through Blender as a module: `python -m scripts.pictures.scenes`.

before-after                      the demo's room, and after its edits
animating, latent-walk, morph     frames of the example scenes, in a row
wall                              frames of the one that Cycles renders
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

import blobgan_blender
from blobgan_blender.scene import picture
from scripts import demo, examples

from .sheets import grid, tile, write

FRAMES = 6  # in a row
SIDE = 176  # pixels of a frame in a row
PICTURES = {"keyed-bed": "animating", "latent-walk": "latent-walk", "morph-and-fade": "morph"}
WALL = "picture-on-the-wall"


def frame(number: int, folder: Path) -> np.ndarray:
    """F12 of one frame of the open file, uint8 (H, W, 3)."""
    scene, path = bpy.context.scene, folder / f"{number}.png"
    scene.frame_set(number)
    scene.render.filepath = str(path)
    scene.render.image_settings.file_format = "PNG"
    bpy.ops.render.render(write_still=True)
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def row(example: examples.Example, count: int, height: int) -> Image.Image:
    """Frames of an example, evenly from its first to its last."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        bpy.ops.wm.open_mainfile(filepath=str(examples.save(example, folder)))
        scene = bpy.context.scene
        numbers = np.linspace(scene.frame_start, scene.frame_end, count).round().astype(int).tolist()
        return grid([tile(frame(number, folder), height) for number in numbers], [f"frame {n}" for n in numbers])


def before_after() -> None:
    """The demo's sheet."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    demo.OPERATORS.blobgan.new_scene(seed=demo.SEED, truncation=demo.TRUNCATION)
    scene = bpy.context.scene
    before = picture.shown(scene.blobgan.canvas)
    demo.edit(scene)
    scene.frame_set(demo.FRAMES)
    demo.OPERATORS.blobgan.update_picture()
    tiles = [tile(one, 440) for one in (before, picture.shown(scene.blobgan.canvas))]
    write("before-after", grid(tiles, ["before", demo.EDITED]))


def main() -> int:
    blobgan_blender.register()
    before_after()
    for example in examples.EXAMPLES:
        if example.name in PICTURES:
            write(PICTURES[example.name], row(example, FRAMES, SIDE))
        else:
            write("wall", row(example, 2, 360))
    blobgan_blender.unregister()
    return 0


if __name__ == "__main__":
    sys.exit(main())
