"""What an object of a room looks like: its variant, its colours, its pattern, and whether a lamp is lit."""

from __future__ import annotations

from random import Random

from . import palette
from .camera import Point
from .palette import Color
from .room import LAMPS, Body, Item, Light, Shell

VARIANTS: dict[str, int] = {
    "bed": 4,
    "sofa": 2,
    "wardrobe": 3,
    "dresser": 2,
    "armchair": 3,
    "table": 3,
    "nightstand": 3,
    "floor_lamp": 3,
    "plant": 4,
    "rug": 2,
    "window": 3,
    "painting": 3,
    "mirror": 2,
    "shelf": 2,
    "pendant": 4,
    "table_lamp": 3,
    "curtains": 2,
}
PATTERNS = 4
"""Patterns of rugs, blankets and pictures; 0 is the plainest."""
GLOWS = {"day": 0.55, "dusk": 0.9, "night": 0.97}
"""How often a lamp is lit."""


def painted(rng: Random, body: Body, shell: Shell, light: Light) -> Item:
    """A placed object with its looks."""
    lit = body.kind in LAMPS and rng.random() < GLOWS[light.time]
    return Item(
        body.kind,
        _rounded(body.position),
        round(body.yaw, 4),
        _rounded(body.size),
        variant=rng.randrange(VARIANTS[body.kind]),
        colors=_colors(rng, body.kind, shell, light),
        pattern=rng.randrange(PATTERNS),
        phase=round(rng.random(), 4),
        glow=1.0 if lit else 0.0,
    )


def _colors(rng: Random, kind: str, shell: Shell, light: Light) -> tuple[Color, Color, Color, Color]:
    """Body, main cloth or crown, second and third accent; what meets the eye is unlike its ground."""
    wall, floor = shell.wall, shell.floor_color
    cloth, wood = palette.CLOTH, palette.WOOD
    body = wood if rng.random() < 0.55 else palette.PAINTED
    if kind in ("bed", "sofa", "armchair"):
        main = palette.draw(rng, cloth, (wall, floor))
        head = palette.draw(rng, body if kind == "bed" or rng.random() < 0.9 else wood, (wall, main), 0.5)
        return head, main, palette.draw(rng, cloth, (main,), 0.6), palette.draw(rng, cloth, (main,), 0.6)
    if kind in ("wardrobe", "dresser", "nightstand", "table", "shelf"):
        main = palette.draw(rng, body, (wall, floor), 0.6)
        return (
            main,
            palette.vary(rng, main),
            palette.draw(rng, cloth, (main,)),
            palette.draw(rng, palette.METAL, (main,)),
        )
    if kind == "plant":
        return (
            palette.draw(rng, palette.LEAF, (wall,), 0.6),
            palette.draw(rng, cloth, (wall, floor), 0.6),
            palette.draw(rng, palette.LEAF),
            (0.42, 0.3, 0.2),
        )
    if kind in ("floor_lamp", "table_lamp", "pendant"):
        shade = palette.draw(rng, cloth, (wall,), 0.6)
        return palette.draw(rng, palette.METAL, (wall,), 0.6), shade, palette.draw(rng, cloth, (wall,)), shade
    if kind == "window":
        return palette.draw(rng, ((0.95, 0.94, 0.92), (0.25, 0.22, 0.2), (0.6, 0.42, 0.28)), (wall,), 0.5), *_sky(
            rng, light.time
        )
    if kind == "rug":
        first = palette.draw(rng, cloth, (floor,), 0.9)
        second = palette.draw(rng, cloth, (first,), 0.7)
        return first, first, second, palette.draw(rng, cloth, (first, second), 0.6)
    if kind == "curtains":
        main = palette.draw(rng, cloth, (wall,), 0.7)
        return palette.draw(rng, palette.METAL), main, palette.vary(rng, main), main
    frame = palette.draw(rng, palette.WOOD + palette.METAL, (wall,), 0.8)
    first = palette.draw(rng, cloth, (wall,))
    second = palette.draw(rng, cloth, (first,), 0.8)
    return frame, first, second, palette.draw(rng, cloth, (first, second), 0.7)


def _sky(rng: Random, time: str) -> tuple[Color, Color, Color]:
    """High sky, horizon, land."""
    if time == "day":
        land = rng.choice(((0.45, 0.62, 0.35), (0.55, 0.66, 0.48), (0.62, 0.7, 0.72)))
        return (
            palette.vary(rng, (0.38, 0.66, 0.93)),
            palette.vary(rng, (0.8, 0.92, 0.98), 0.5),
            palette.vary(rng, land),
        )
    if time == "dusk":
        high = rng.choice(((0.45, 0.42, 0.72), (0.72, 0.42, 0.55), (0.35, 0.5, 0.75)))
        return palette.vary(rng, high), palette.vary(rng, (0.98, 0.68, 0.42)), palette.vary(rng, (0.32, 0.26, 0.36))
    return (
        palette.vary(rng, (0.06, 0.1, 0.28)),
        palette.vary(rng, (0.2, 0.28, 0.52)),
        palette.vary(rng, (0.05, 0.06, 0.13)),
    )


def _rounded(point: Point) -> Point:
    x, y, z = point
    return round(x, 4), round(y, 4), round(z, 4)
