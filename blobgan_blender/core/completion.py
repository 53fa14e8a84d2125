"""Auto-complete: some blobs are pinned, the model makes the rest of the room to fit them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .canvas_space import STACK_STEP
from .edits import take
from .layout import Layout

MET = 0.02  # picture units: a candidate whose own x and y of the pins lie nearer than this fits them


@dataclass(frozen=True)
class Pins:
    """What is asked of a room: P blobs of the model and where they shall be.

    Attributes:
        indices: (P,) int64, which of the model's blobs.
        xs, ys: (P,) float32 centres in picture units.
        sizes: (P,) float32 size logits.
    """

    indices: np.ndarray
    xs: np.ndarray
    ys: np.ndarray
    sizes: np.ndarray


@dataclass(frozen=True)
class Candidates:
    """Rooms that fit, the best first.

    Attributes:
        layouts: N of them, as the model makes them: the pins are met nearly, not copied in.
        misses: (N,) the largest |Δx| or |Δy| between a candidate's own blobs and the pins, in picture units.
    """

    layouts: Layout[np.ndarray]
    misses: np.ndarray


def completed(
    candidate: Layout[np.ndarray],
    current: Layout[np.ndarray],
    pinned: Sequence[int],
    indices: Sequence[int],
    heights: Sequence[float],
) -> Layout[np.ndarray]:
    """A candidate with the pins copied in: what the canvas shows after it is chosen.

    Args:
        candidate: N = 1, the model's whole room; its blobs stand at their heights at birth.
        current: N = 1, the canvas as it stands.
        pinned: places in `current` of the pinned blobs; a clone may be pinned too.
        indices: which of the model's blobs each of them is; the candidate's own of these indices are left out.
        heights: canvas height of each pinned blob, which decides the stacking.
    """
    others = [place for place in range(candidate.blobs) if place not in set(indices)]
    rest, kept = take(candidate, others), take(current, list(pinned))
    both = Layout(*(_joined(name, getattr(rest, name), getattr(kept, name)) for name in Layout.FIELDS))
    stack = np.concatenate([STACK_STEP * (np.array(others) + 1.0), np.asarray(heights, float)])
    return take(both, np.argsort(np.round(stack, 4), kind="stable").tolist())


def _joined(name: str, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Along the blobs; the background is the first's."""
    skip = 1 if name in ("sizes", "features", "spatial_style") else 0
    return np.concatenate([first, second[:, skip:]], axis=1)
