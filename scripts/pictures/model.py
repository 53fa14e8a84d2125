"""What the model does, step by step, with no Blender: `python -m scripts.pictures.model`.

how-it-works    noise, layout, splat, the decoder's first picture, the picture
mattes          what is seen of each blob
decoder         the picture while the decoder doubles it
without-each    the room with one blob less each
rooms           twelve seeds
moved-…         rooms with one blob moved further and further, and removed
"""

from __future__ import annotations

import itertools
import sys

import numpy as np
import torch
from PIL import Image

from blobgan_blender.core import edits
from blobgan_blender.core.ellipse import owned
from blobgan_blender.core.layout import Layout
from blobgan_blender.core.palette import palette
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.evaluation.edits import LARGE
from blobgan_blender.inference.engine import make_engine
from blobgan_blender.inference.predictor import Predictor, map_to_rgb8, to_rgb8
from blobgan_blender.library.search import named_model
from blobgan_blender.model.blobgan import load_model

from .sheets import grid, tile, write

SEED, TRUNCATION = 57, 0.4  # the room of the demo and of the examples
FIRST_ROOM = 20
MOVED, MOVED_ROOMS = {"bed": 8, "window": 2, "rug": 4}, 6  # what is shown moving, its blob, in how many rooms
STEPS = (0.05, 0.1, 0.2)  # of the picture
SIDE = 208  # pixels of a picture in a sheet
FAINT = 0.15  # of the splat at a blob's best pixel: below it nothing of the blob is seen
ONLY_THIS = 5.0  # gain of a blob map that shows ellipses by their whole area


def room(predictor: Predictor, seed: int = SEED) -> Layout[np.ndarray]:
    """The layout of a seed."""
    return predictor.sample(z_from_seed(seed, 1, predictor.config.d_noise), TRUNCATION)


def picture(predictor: Predictor, layout: Layout[np.ndarray]) -> np.ndarray:
    """uint8 (H, W, 3), as Blender's canvas shows it."""
    return to_rgb8(predictor.render(layout, noise_from_seed(0, predictor.config.resolution)))[0]


def octaves(layout: Layout[np.ndarray]) -> list[np.ndarray]:
    """The decoder's colours at 16², 32², … up to the picture, uint8 each."""
    model, _ = load_model(named_model("rooms"))
    found: list[np.ndarray] = []
    for layer in (model.generator.to_rgb1, *model.generator.to_rgbs):
        layer.register_forward_hook(lambda _layer, _inputs, rgb: found.append(to_rgb8(rgb.numpy())[0]))
    noise = [torch.from_numpy(map_) for map_ in noise_from_seed(0, model.config.resolution)]
    with torch.inference_mode():
        model.generator(layout.map(torch.from_numpy), noise)
    return found


def visible(predictor: Predictor, layout: Layout[np.ndarray]) -> list[int]:
    """The blobs of which something is seen, the one in front last."""
    peaks = predictor.mattes(layout)[0, 1:].max(axis=(1, 2))
    return [place for place, peak in enumerate(peaks) if peak > FAINT]


def how_it_works(predictor: Predictor, layout: Layout[np.ndarray]) -> None:
    """The way from noise to picture in five tiles."""
    z = z_from_seed(SEED, 1, predictor.config.d_noise)[0].reshape(16, -1)
    noise = np.repeat(np.clip(z * 40 + 128, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    colors = palette(layout.blobs)
    ellipses = map_to_rgb8(predictor.blob_map(layout, colors, gain=ONLY_THIS))[0]
    splat = map_to_rgb8(predictor.blob_map(layout, colors, gain=1.0))[0]
    coarse, *_, whole = octaves(layout)
    square = tile(noise, SIDE // 2).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    tiles = [square, *(tile(one, SIDE) for one in (ellipses, splat, coarse, whole))]
    captions = ["noise z: 512 numbers", f"layout: {layout.blobs} blobs", "splat: what is seen of them"]
    captions += ["decoder, 16 pixels wide", "picture, 128 pixels wide"]
    write("how-it-works", grid(tiles, captions))


def mattes(predictor: Predictor, layout: Layout[np.ndarray]) -> None:
    """What is seen of the background and of each visible blob, as white on black."""
    seen = predictor.mattes(layout)[0]
    shown = [0, *(place + 1 for place in visible(predictor, layout))]
    grey = [np.repeat(np.rint(seen[row] * 255).astype(np.uint8)[..., None], 3, axis=2) for row in shown]
    captions = ["background", *(f"Blob {row - 1}" for row in shown[1:])]
    write("mattes", grid([tile(one, SIDE) for one in grey], captions, columns=5))


def decoder(layout: Layout[np.ndarray]) -> None:
    """The colours at each resolution."""
    found = octaves(layout)
    write("decoder", grid([tile(one, SIDE) for one in found], [f"{len(one)} pixels wide" for one in found]))


def without_each(predictor: Predictor, layout: Layout[np.ndarray]) -> None:
    """The room, and without one visible blob at a time."""
    places = visible(predictor, layout)
    pictures = [picture(predictor, layout), *(picture(predictor, edits.remove(layout, [place])) for place in places)]
    captions = ["the room", *(f"without Blob {place}" for place in places)]
    write("without-each", grid([tile(one, SIDE) for one in pictures], captions, columns=5))


def rooms(predictor: Predictor) -> None:
    """Twelve seeds."""
    seeds = range(FIRST_ROOM, FIRST_ROOM + 12)
    pictures = [picture(predictor, room(predictor, seed)) for seed in seeds]
    write("rooms", grid([tile(one, 160) for one in pictures], [f"seed {seed}" for seed in seeds], columns=6))


def moved(predictor: Predictor, blob: int) -> Image.Image:
    """The first rooms that show a blob, a row each: as they are, with it moved towards the middle, and without it."""
    tiles: list[Image.Image] = []
    captions: list[str] = []
    for seed in itertools.count(FIRST_ROOM):
        layout = room(predictor, seed)
        is_large = owned(layout.sizes[0, 1 + blob], predictor.config.ab_norm) >= LARGE
        if not is_large or not 0.1 < layout.xs[0, blob] < 0.9:
            continue
        inwards = 1 if layout.xs[0, blob] < 0.5 else -1
        changed = [layout, *(edits.move(layout, [blob], inwards * step, 0.0) for step in STEPS)]
        changed.append(edits.remove(layout, [blob]))
        tiles += [tile(picture(predictor, one), 150) for one in changed]
        captions += [f"seed {seed}", *(f"moved by {step}" for step in STEPS), "removed"]
        if len(tiles) == MOVED_ROOMS * len(changed):
            return grid(tiles, captions, columns=len(changed))
    raise AssertionError("seeds do not end")


def main() -> int:
    predictor = make_engine("cpu").load(named_model("rooms"))
    for name, blob in MOVED.items():
        write(f"moved-{name}", moved(predictor, blob))
    layout = room(predictor)
    how_it_works(predictor, layout)
    mattes(predictor, layout)
    decoder(layout)
    without_each(predictor, layout)
    rooms(predictor)
    return 0


if __name__ == "__main__":
    sys.exit(main())
