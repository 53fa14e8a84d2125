"""The canvas's blob map as a picture: the overlay's colours, for a file or an image of Blender's."""

from __future__ import annotations

import bpy
import numpy as np
from bpy.types import Image, Object

from ..core.blob_map import blob_map
from ..core.numbering import numbered
from ..core.palette import BACKGROUND, palette
from .picture import fill
from .reading import Reading

SIDE = 512  # pixels


def map_picture(canvas: Object, reading: Reading, side: int = SIDE, labels: bool = False) -> np.ndarray:
    """uint8 (side, side, 3), top row first: each blob in its index's colour, as in the overlay.

    Args:
        canvas: whose.
        reading: of it.
        side: in pixels.
        labels: write each blob's index on it, if it is not too faint to be seen.
    """
    colors = np.array([BACKGROUND, *palette(max(reading.indices, default=-1) + 1)[[i + 1 for i in reading.indices]]])
    layout, resolution = reading.layout, canvas.blobgan.resolution
    picture = blob_map(layout, colors, side, resolution)
    if not labels:
        return picture
    plain = layout.sizes[0, 1:] > bpy.context.scene.blobgan.map_threshold
    xs, ys = layout.xs[0, plain] + 0.5 / resolution, layout.ys[0, plain] + 0.5 / resolution
    return numbered(picture, xs, ys, [index for index, shown in zip(reading.indices, plain, strict=True) if shown])


def map_image(canvas: Object, picture: np.ndarray) -> Image:
    """Blender's image “<canvas> Blob Map” with a picture in it, packed; made where it is missing."""
    name = f"{canvas.name} Blob Map"
    height, width, _ = picture.shape
    image: Image | None = bpy.data.images.get(name)
    if image is None or tuple(image.size) != (width, height) or not image.is_float:
        if image is not None:
            bpy.data.images.remove(image)
        image = bpy.data.images.new(name, width, height, alpha=False, float_buffer=True)
    fill(image, picture)
    image.pack()
    return image
