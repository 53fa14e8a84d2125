"""Numbers written into a picture, by a font of 3 × 5 pixels: a labelled map needs no more, and no library."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Each digit's five rows of three bits, the top one first.
_DIGITS = {
    "0": "111101101101111",
    "1": "010110010010111",
    "2": "111001111100111",
    "3": "111001111001111",
    "4": "101101111001001",
    "5": "111100111001111",
    "6": "111100111101111",
    "7": "111001001010010",
    "8": "111101111101111",
    "9": "111101111001111",
}
HEIGHT = 1 / 36  # of the picture's side: a digit's


def numbered(picture: np.ndarray, xs: np.ndarray, ys: np.ndarray, numbers: Sequence[int]) -> np.ndarray:
    """A copy of a picture with numbers on it, white with a black edge.

    Args:
        picture: uint8 (side, side, 3).
        xs, ys: (M,) centres of the numbers in [0, 1], y down; what lies outside is cut off.
        numbers: M whole numbers, not negative.
    """
    found = picture.copy()
    side = len(picture)
    pixel = max(1, round(side * HEIGHT / 5))
    for x, y, number in zip(xs, ys, numbers, strict=True):
        ink = np.kron(_glyphs(number), np.ones((pixel, pixel), bool))
        edge = np.zeros_like(ink)
        for down in range(-pixel, pixel + 1):
            for right in range(-pixel, pixel + 1):
                edge |= np.roll(ink, (down, right), (0, 1))
        top, left = round(y * side) - ink.shape[0] // 2, round(x * side) - ink.shape[1] // 2
        _paint(found, edge & ~ink, top, left, 0)
        _paint(found, ink, top, left, 255)
    return found


def _glyphs(number: int) -> np.ndarray:
    """bool (7, 4n + 1), an empty pixel around and between the digits."""
    digits = [np.array(list(_DIGITS[digit])).reshape(5, 3) == "1" for digit in str(number)]
    return np.pad(np.concatenate([np.pad(digit, ((0, 0), (0, 1))) for digit in digits], axis=1), ((1, 1), (1, 0)))


def _paint(picture: np.ndarray, mask: np.ndarray, top: int, left: int, value: int) -> None:
    rows, columns = np.nonzero(mask)
    rows, columns = rows + top, columns + left
    inside = (rows >= 0) & (rows < picture.shape[0]) & (columns >= 0) & (columns < picture.shape[1])
    picture[rows[inside], columns[inside]] = value
