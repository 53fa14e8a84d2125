"""Pictures side by side, with captions: what the sheets of the documentation are made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

IMAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "images"
GAP, BAR = 8, 26  # pixels between pictures, and above one for its caption
PAPER, INK = (32, 32, 32), (230, 230, 230)
QUALITY = 88


def tile(pixels: np.ndarray, height: int) -> Image.Image:
    """Pixels uint8 (H, W, 3), enlarged or reduced to a height; blown-up pixels stay crisp from four times on."""
    image = Image.fromarray(pixels)
    size = (round(image.width * height / image.height), height)
    crisp = height >= 4 * image.height
    return image.resize(size, Image.Resampling.NEAREST if crisp else Image.Resampling.BICUBIC)


def grid(tiles: Sequence[Image.Image], captions: Sequence[str] = (), columns: int | None = None) -> Image.Image:
    """Tiles of one height, row by row, each with its caption above it."""
    columns = columns or len(tiles)
    bar = BAR if captions else 0
    width, height = max(one.width for one in tiles), tiles[0].height + bar
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * (width + GAP) - GAP, rows * (height + GAP) - GAP), PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for place, one in enumerate(tiles):
        left, top = place % columns * (width + GAP), place // columns * (height + GAP)
        if captions:
            pen.text((left + 6, top + 4), captions[place], fill=INK, font=font)
        sheet.paste(one, (left + (width - one.width) // 2, top + bar))
    return sheet


def write(name: str, image: Image.Image) -> None:
    """`docs/images/NAME.webp`."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = IMAGES / f"{name}.webp"
    image.save(path, quality=QUALITY, method=6)
    print(f"{path}  {image.width} × {image.height}, {path.stat().st_size / 1000:.0f} kB", flush=True)
