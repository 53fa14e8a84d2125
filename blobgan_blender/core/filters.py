"""Pictures at another size than the model's, by a named filter: separable, with the reach widened when shrinking.

Every output value is a sum of its taps in a fixed order, with no library's matrix product in between. So a region is
bit for bit a piece of the whole, on any machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


def _box(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) <= 0.5 + 1e-9, 1.0, 0.0)  # a tie goes to both: rounding must not leave it to none


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(1 - np.abs(x), 0.0)


def _mitchell(x: np.ndarray) -> np.ndarray:
    x = np.abs(x)
    near = (7 * x**3 - 12 * x**2 + 16 / 3) / 6
    far = (-7 / 3 * x**3 + 12 * x**2 - 20 * x + 32 / 3) / 6
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def _lanczos(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


@dataclass(frozen=True, eq=False)
class Filter:
    """A kernel over pixels of the picture, zero at `reach` and beyond; how an artist reads of it."""

    kernel: Callable[[np.ndarray], np.ndarray]
    reach: float
    label: str
    description: str


FILTERS = {
    "LANCZOS": Filter(_lanczos, 3.0, "Lanczos", "Sharpest: a sinc windowed over three pixels"),
    "MITCHELL": Filter(_mitchell, 2.0, "Mitchell", "Mitchell and Netravali's cubic: a little softer, hardly rings"),
    "LINEAR": Filter(_triangle, 1.0, "Linear", "Soft, and never beyond the picture's own values"),
    "BOX": Filter(_box, 0.5, "Box", "Enlarged, the model's pixels as squares; reduced, their mean"),
}
DEFAULT = "LANCZOS"

Region = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the resized picture; right, bottom excluded


def resize(image: np.ndarray, size: tuple[int, int], name: str = DEFAULT, region: Region | None = None) -> np.ndarray:
    """A picture at another size; the very same values, untouched, where the size is its own.

    Args:
        image: float (..., H, W).
        size: (width, height) in pixels of the whole.
        name: of `FILTERS`.
        region: the piece that is wanted; the whole if None.

    Returns:
        float32 (..., height, width) of the region. Lanczos and Mitchell overshoot at edges; clip what must not.
    """
    width, height = size
    left, top, right, bottom = region or (0, 0, width, height)
    if (width, height) == (image.shape[-1], image.shape[-2]):
        return np.asarray(image, np.float32)[..., top:bottom, left:right]
    planes = np.asarray(image, np.float32).reshape(-1, *image.shape[-2:])
    down = _taps(image.shape[-2], height, FILTERS[name], top, bottom)
    across = _taps(image.shape[-1], width, FILTERS[name], left, right)
    result = np.empty((len(planes), bottom - top, right - left), np.float32)
    for plane, out in zip(planes, result, strict=True):  # one at a time: it stays in the processor's cache
        out[:] = _rows(np.ascontiguousarray(_rows(plane, *down).T), *across).T
    return result.reshape(*image.shape[:-2], bottom - top, right - left)


def _rows(plane: np.ndarray, sources: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(H, W) → (rows, W), by the taps that `_taps` says: sources and weights (taps, rows)."""
    total = plane[sources[0]] * weights[0][:, None]
    term = np.empty_like(total)
    for source, weight in zip(sources[1:], weights[1:], strict=True):
        np.take(plane, source, axis=0, out=term, mode="clip")
        term *= weight[:, None]
        total += term
    return total


def _taps(source: int, size: int, filter_: Filter, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """For each output pixel the source pixels and their weights, which sum to 1: int and float32 (taps, last - first).

    What lies beyond an edge has no weight.
    """
    scale = source / size
    widened = max(scale, 1.0)
    centres = (np.arange(first, last) + 0.5) * scale
    reach = filter_.reach * widened
    begin = np.floor(centres - reach + 0.5).astype(np.int64)
    index = begin + np.arange(int(np.ceil(2 * reach)) + 1)[:, None]
    inside = (index >= 0) & (index < source)
    weights = filter_.kernel((index + 0.5 - centres) / widened) * inside
    weights /= weights.sum(axis=0)
    return np.clip(index, 0, source - 1), weights.astype(np.float32)
