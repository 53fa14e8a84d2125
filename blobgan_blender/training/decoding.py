"""One picture file of any kind → a square of uint8 RGB. No torch: the processes that decode start quickly."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

_PNG = b"\x89PNG\r\n\x1a\n"
_DEEP_MODES = ("I", "F")  # and everything that begins with "I;16"


@dataclass(frozen=True)
class Facts:
    """What is reported of a picture.

    Attributes:
        width, height: its own, in pixels; 0 where it is broken.
        notes: "16-bit", "CMYK", "alpha", "grey", as they apply.
        problem: why it cannot be used; empty where it can.
    """

    width: int = 0
    height: int = 0
    notes: tuple[str, ...] = ()
    problem: str = ""


def decode(source: Path | bytes, resolution: int) -> tuple[np.ndarray | None, Facts]:
    """The middle square of a picture, resized by Lanczos to uint8 (resolution, resolution, 3), and its facts.

    16-bit values are scaled, CMYK converted, transparency laid over white, EXIF orientation applied, of an animation
    the first frame taken. A picture that cannot be read gives None and says why.
    """
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a large picture or a damaged tag is no news here
            with Image.open(io.BytesIO(data)) as image:
                return _square(image, data, resolution)
    except UnidentifiedImageError:
        return None, Facts(problem="it is no picture of a known kind, or damaged from its first bytes")
    # Pillow's decoders raise nearly anything at damaged files.
    except Exception as error:
        return None, Facts(problem=f"{type(error).__name__}: {error}"[:200])


def decode_into(
    path: Path, shape: tuple[int, int, int, int], offset: int, task: Sequence[tuple[int, Path | bytes]]
) -> list[tuple[int, Facts]]:
    """Decode pictures into their rows of an array on disk; what a process of the pool does.

    Args:
        path: the file of the array.
        shape: (count, resolution, resolution, 3).
        offset: bytes before the array's first value.
        task: rows and their pictures.

    Returns:
        Each row's facts.
    """
    rows = np.memmap(path, np.uint8, mode="r+", offset=offset, shape=shape)
    facts = []
    for index, source in task:
        picture, found = decode(source, shape[1])
        if picture is not None:
            rows[index] = picture
        facts.append((index, found))
    return facts


def _square(image: Image.Image, data: bytes, resolution: int) -> tuple[np.ndarray, Facts]:
    width, height = image.size
    notes = []
    # Pillow opens colour PNGs of 16 bits as 8: byte 24 of the file is its depth.
    if image.mode.startswith(("I;16", *_DEEP_MODES)) or (data[:8] == _PNG and data[24] == 16):
        notes.append("16-bit")
    if image.mode == "CMYK":
        notes.append("CMYK")
    if image.mode in ("L", "1", "LA") or image.mode.startswith(("I", "F")):
        notes.append("grey")
    if image.format == "JPEG":
        image.draft(None, (2 * resolution, 2 * resolution))  # decode no more than is needed
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        notes.append("alpha")
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    elif image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    image = image.convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side))
    if side != resolution:
        image = image.resize((resolution, resolution), Image.Resampling.LANCZOS)
    return np.asarray(image), Facts(width, height, tuple(notes))


def _eight_bits(image: Image.Image) -> Image.Image:
    """A grey picture of more than 8 bits, which Pillow's own conversion would clip to white."""
    values = np.asarray(image, np.float32)
    largest = float(values.max(initial=0))
    scale = 255.0 if image.mode == "F" and largest <= 1 else 1.0 if largest <= 255 else 255 / 65535
    return Image.fromarray(np.clip(np.rint(values * scale), 0, 255).astype(np.uint8))
