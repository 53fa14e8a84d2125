"""A layout as a picture of soft ellipses, and the question which blob owns a point of it: numpy, for one layout.

The model's grid is pixel / S with no half pixel (`parity.md` 6), so what stands at x in a layout is seen at x + 0.5/S
in the picture. Points here are the picture's: [0, 1]², y down, pixel i of S in the middle of its square.
"""

from __future__ import annotations

import numpy as np

from .layout import Layout

GAIN = 2.0  # opacities are doubled before a blob map is composited (`parity.md` 12)
BACKGROUND = -1  # `owner_at` where no blob covers the background
OWNED = 0.25  # of a blob map's colour: enough for a point to be the blob's


def seen(layout: Layout[np.ndarray], xs: np.ndarray, ys: np.ndarray, resolution: int, gain: float = GAIN) -> np.ndarray:
    """How much of each blob is seen at points: float32 (M+1, …), row 0 the background's, summing to 1 over M+1.

    Args:
        layout: N = 1.
        xs: points in the picture, 0 = left edge, of a shape that broadcasts with that of `ys` to (…).
        ys: the same, 0 = top edge.
        resolution: S, the model's side in pixels.
        gain: what opacities are multiplied with, clamped to 1; 1 gives what the generator gets.
    """
    xs, ys = np.asarray(xs, np.float32) - np.float32(0.5 / resolution), np.asarray(ys, np.float32)
    ys = ys - np.float32(0.5 / resolution)
    shape = np.broadcast_shapes(xs.shape, ys.shape)
    found = np.empty((layout.blobs + 1, *shape), np.float32)
    through = np.ones(shape, np.float32)
    # Far away an infinite distance is no opacity; a flat blob makes values that are not finite, which `render` refuses.
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        for place in reversed(range(layout.blobs)):
            (a, b), (c, d) = layout.covs[0, place].astype(np.float64)
            det = a * d - b * c
            dx, dy = xs - layout.xs[0, place], ys - layout.ys[0, place]
            distance = np.float32(d / det) * dx * dx + np.float32(a / det) * dy * dy
            distance = distance - np.float32((b + c) / det) * dx * dy
            alone = np.minimum(gain / (1 + np.exp(distance - layout.sizes[0, place + 1])), 1)
            found[place + 1] = alone * through
            through = through * (1 - alone)
    found[0] = through
    return found


def blob_map(
    layout: Layout[np.ndarray], colors: np.ndarray, side: int, resolution: int, gain: float = GAIN
) -> np.ndarray:
    """The layout as coloured ellipses: uint8 (side, side, 3), top row first.

    Args:
        layout: N = 1.
        colors: (M+1, 3) display colours in [0, 1], row 0 the background's.
        side: of the picture in pixels; at the model's own resolution the model's own blob map.
        resolution: the model's.
        gain: see `seen`.
    """
    middle = (np.arange(side, dtype=np.float32) + np.float32(0.5)) / side
    parts = seen(layout, middle[None, :], middle[:, None], resolution, gain)
    mixed = np.tensordot(np.moveaxis(parts, 0, -1), np.asarray(colors[: layout.blobs + 1], np.float32), 1)
    return np.clip(np.rint(mixed * 255), 0, 255).astype(np.uint8)


def owner_at(layout: Layout[np.ndarray], x: float, y: float, resolution: int) -> int:
    """The place in the stacking order of the blob that is seen most at a point of the picture.

    `BACKGROUND` where none is seen by `OWNED` at least: a click in the middle of a small object means the object,
    though its blob is half transparent.
    """
    parts = seen(layout, np.array(x), np.array(y), resolution)[1:]
    return int(np.argmax(parts)) if parts.size and parts.max() >= OWNED else BACKGROUND
