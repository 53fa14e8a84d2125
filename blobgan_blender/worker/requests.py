"""What requests say, checked: it comes from another process. What is not as it should be is a `ProtocolError`."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..core.filters import DEFAULT, FILTERS, Region, resize
from ..core.layout import Layout
from .protocol import Message, ProtocolError

LARGEST_SIDE = 8192  # pixels of a picture
MOST_BLOBS = 1 << 16  # of a canvas: a number beyond it is a defect, not a blob


def seed(message: Message, key: str) -> int:
    """A seed in [0, 2³²)."""
    value = message.get(key, int)
    if not 0 <= value < 1 << 32:
        raise ProtocolError(f"A seed lies in 0 … 2^32 - 1, not at {value}.")
    return value


def model(message: Message) -> tuple[Path, str]:
    """Where the model lies, and the SHA-256 that it must have."""
    return Path(message.get("model", str)), message.get("sha256", str)


def lens(message: Message) -> Callable[[np.ndarray], np.ndarray]:
    """What makes of a picture (…, H, W) of the model's size the one that was asked for."""
    if "size" not in message.header:
        return lambda image: image
    size = _numbers(message, "size", 2)
    if not all(1 <= side <= LARGEST_SIDE for side in size):
        raise ProtocolError(f"A picture has a width and a height of 1 … {LARGEST_SIDE} pixels, not {size!r:.80}.")
    width, height = size
    name = message.get("filter", str) if "filter" in message.header else DEFAULT
    if name not in FILTERS:
        raise ProtocolError(f"A picture is resized by one of {', '.join(FILTERS)}, not by {name!r:.80}.")
    region: Region = (0, 0, width, height)
    if "region" in message.header:
        left, top, right, bottom = region = _numbers(message, "region", 4)
        if not (0 <= left < right <= width and 0 <= top < bottom <= height):
            raise ProtocolError(f"A region lies within its picture of {width} × {height}, not at {region!r:.80}.")
    return lambda image: resize(image, (width, height), name, region)


def preview(message: Message) -> float | None:
    """The seconds after which a live picture wants a preview; None for a picture that is to come whole."""
    if "preview" not in message.header:
        return None
    seconds = message.get("preview", float)
    if not (seconds > 0 and math.isfinite(seconds)):
        raise ProtocolError(f"A preview takes some seconds, not {seconds}.")
    if message.header.get("slot") is None or "size" in message.header:
        raise ProtocolError("Only a canvas's own picture has previews: one with a slot, of the model's size.")
    return seconds


def _numbers(message: Message, key: str, count: int) -> tuple[Any, ...]:
    values = message.get(key, list)
    if len(values) != count or any(type(value) is not int for value in values):
        raise ProtocolError(f"The message's {key!r} must be {count} whole numbers, not {values!r:.80}.")
    return tuple(values)


def geometry(message: Message) -> Layout[np.ndarray]:
    """A layout whose appearances have no width: all that mattes need."""
    arrays = {name: message.array(name) for name in ("xs", "ys", "covs", "sizes")}
    nothing = np.zeros((*arrays["sizes"].shape, 0), np.float32)
    layout = Layout(**arrays, features=nothing, spatial_style=nothing)
    check_values(layout)
    return layout


def per_blob(message: Message, name: str, dtype: Any, layout: Layout[np.ndarray]) -> np.ndarray:
    """An array (M,) of one value for each blob."""
    values = message.array(name)
    if values.dtype != dtype or values.shape != (layout.blobs,):
        raise ProtocolError(f"The message needs {name!r} for each of {layout.blobs} blobs, not {values.shape}.")
    if name == "numbers" and not ((values >= 0) & (values < MOST_BLOBS)).all():
        raise ProtocolError(f"A blob's number lies in 0 … {MOST_BLOBS - 1}.")
    return values


def levels(message: Message) -> int:
    """How many levels of a Cryptomatte are wanted."""
    value = message.get("levels", int)
    if not 0 <= value <= 8:
        raise ProtocolError(f"A Cryptomatte has up to 8 levels, not {value}.")
    return value


def check_values(layout: Layout[np.ndarray]) -> None:
    """A layout's arrays fit each other and are finite."""
    layout.check()
    for name, array in layout.arrays().items():
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            raise ProtocolError(f"The layout's {name} must be finite numbers. Undo, or reset the blob that moved last.")
