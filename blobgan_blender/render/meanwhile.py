"""What a window shows of an animation while a frame is drawn: the frame before it, for Blender begins with none."""

from __future__ import annotations

import numpy as np

from .framing import Framing
from .passes import COMBINED

_last: dict[str, tuple[Framing, np.ndarray]] = {}  # by view layer


def forget() -> None:
    """A render begins: what the last one showed may be another scene's."""
    _last.clear()


def keep(layer: str, framing: Framing, planes: dict[str, np.ndarray]) -> None:
    """Remember a finished frame's Combined."""
    _last[layer] = (framing, planes[COMBINED])


def last(layer: str, framing: Framing) -> dict[str, np.ndarray]:
    """The view layer's frame before, where it was framed alike; else nothing."""
    before, plane = _last.get(layer, (None, None))
    return {COMBINED: plane} if plane is not None and before == framing else {}
