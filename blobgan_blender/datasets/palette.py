"""The colours of the rooms: named sRGB swatches, and how one is drawn so that an object stands out from its wall."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from random import Random

Color = tuple[float, float, float]
"""sRGB, each channel in [0, 1]."""


def _swatches(*codes: str) -> tuple[Color, ...]:
    return tuple((int(c[0:2], 16) / 255, int(c[2:4], 16) / 255, int(c[4:6], 16) / 255) for c in codes)


CLOTH = _swatches(
    "c8553d",
    "f0805a",
    "e0a526",
    "f2c84b",
    "7c8b3a",
    "8fb07a",
    "2f8f6b",
    "17798c",
    "5fa8dc",
    "2f5fb3",
    "27406b",
    "9d8ad6",
    "7a3e74",
    "c23b78",
    "ee9fa8",
    "b3273d",
    "f3e7d2",
    "f4f1ec",
    "7fd0b4",
    "f4b183",
)
WOOD = _swatches("b98752", "6b4428", "d9b98a", "94502f", "453029", "e6ded2", "9c6b3c", "d7a566")
PAINTED = _swatches("f2efe8", "2f6f73", "c65a43", "e3b23c", "3e5c8a", "86a873", "a14a6a", "30343b", "e9c3b5", "8bbcd0")
WALL_LIGHT = _swatches("f2ebe0", "edd3cb", "cfdcc6", "cbdfec", "dad2ea", "f3e6bd", "cce8db", "dcdad6", "f0d6b8")
WALL_STRONG = _swatches("d9a98c", "9ab4c9", "5f8f94", "c98a6e", "a3a77d", "5d7296", "94789a", "d9b45f", "86a78f")
FLOOR_WOOD = _swatches("b58a5c", "7a5335", "d2ad7c", "96623d", "c9a889", "5d4233", "a98a6d")
FLOOR_PLAIN = _swatches("cfc6b8", "9aa3a8", "b9a79a", "8f9a86", "d9cdbb", "8a8794")
LEAF = _swatches("3f8f3f", "2e6f46", "6ba644", "4f8f6f", "8aa83b", "1f5f3a")
METAL = _swatches("c9a352", "2b2b2e", "b87a58", "d8d8d6", "f0ece4")


def distance(a: Color, b: Color) -> float:
    """Perceived difference of two sRGB colours ("redmean"), about 0 (equal) to 3 (black against white)."""
    mean_red = (a[0] + b[0]) / 2
    red, green, blue = ((x - y) ** 2 for x, y in zip(a, b, strict=True))
    return ((2 + mean_red) * red + 4 * green + (3 - mean_red) * blue) ** 0.5


def vary(rng: Random, color: Color, amount: float = 1.0) -> Color:
    """A neighbour of `color`: hue, saturation and value each moved a little."""
    hue, saturation, value = colorsys.rgb_to_hsv(*color)
    hue = (hue + rng.uniform(-0.025, 0.025) * amount) % 1
    saturation = min(1.0, max(0.0, saturation * (1 + rng.uniform(-0.18, 0.15) * amount)))
    value = min(0.97, max(0.05, value * (1 + rng.uniform(-0.15, 0.1) * amount)))
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(red, 4), round(green, 4), round(blue, 4)


def draw(rng: Random, swatches: Sequence[Color], avoid: Sequence[Color] = (), apart: float = 0.75) -> Color:
    """A varied swatch at least `apart` from every colour of `avoid`; the furthest of a dozen where none is."""
    tries = [vary(rng, rng.choice(swatches)) for _ in range(12)]
    if not avoid:
        return tries[0]
    for color in tries:
        if all(distance(color, other) >= apart for other in avoid):
            return color
    return max(tries, key=lambda color: min(distance(color, other) for other in avoid))


def to_linear(color: Color) -> Color:
    """sRGB to linear light."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color)
    return red, green, blue
