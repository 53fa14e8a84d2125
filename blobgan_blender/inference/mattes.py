"""What compositing wants of mattes: whose pixel it is, and Cryptomatte's ranking."""

from __future__ import annotations

import numpy as np


def heaviest(mattes: np.ndarray) -> np.ndarray:
    """The row of mattes (M+1, H, W) that has most of each pixel: int64 (H, W); of equal ones the first."""
    return np.argmax(mattes, axis=0)


def ranked(mattes: np.ndarray, ids: np.ndarray, levels: int) -> np.ndarray:
    """Mattes as Cryptomatte holds them.

    Args:
        mattes: float32 (M, H, W) in [0, 1], without the background.
        ids: float32 (M,).
        levels: layers of two blobs each; a pixel's lighter ones beyond them are dropped.

    Returns:
        float32 (levels, H, W, 4): (id, weight, id, weight), by falling weight from the first level to the last.
    """
    blobs, height, width = mattes.shape
    slots = np.zeros((height, width, 2 * levels, 2), np.float32)
    kept = min(2 * levels, blobs)
    left = mattes.copy()
    for slot in range(kept):
        row = np.argmax(left, axis=0)[None]
        weight = np.take_along_axis(left, row, 0)[0]
        np.put_along_axis(left, row, -1.0, 0)
        slots[:, :, slot, 0] = np.where(weight > 0, ids[row[0]], np.float32(0))  # a blob that is not there has no id
        slots[:, :, slot, 1] = weight
    return np.ascontiguousarray(slots.reshape(height, width, levels, 4).transpose(2, 0, 1, 3))
