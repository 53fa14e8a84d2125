"""Pictures that the trainer's tests learn from: two discs on a ground, by seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def drawing(seed: int, width: int = 64, height: int = 64) -> Image.Image:
    """An RGB picture that follows from its seed."""
    random = np.random.RandomState(seed)
    y, x = np.mgrid[:height, :width] / height
    pixels = np.ones((height, width, 3)) * random.uniform(0.2, 0.8, 3)
    for _ in range(2):
        centre, radius, color = random.uniform(0.2, 0.8, 2), random.uniform(0.12, 0.25), random.uniform(0, 1, 3)
        inside = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 < radius**2
        pixels[inside] = color
    return Image.fromarray((pixels * 255).astype(np.uint8))


def draw_folder(folder: Path, count: int) -> Path:
    """`count` drawings as PNG."""
    folder.mkdir(parents=True)
    for seed in range(count):
        drawing(seed).save(folder / f"{seed:03d}.png")
    return folder
