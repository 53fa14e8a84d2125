"""Plants in pots."""

from __future__ import annotations

import math
from random import Random

from ..shapes import Shape, Vertex
from .slots import BODY, MAIN, SECOND, THIRD


def plant(s: Shape, variant: int, size: Vertex) -> None:
    w, _, h = size
    rng = Random(variant)
    pot = 0.34 if variant != 1 else 0.4
    s.turned(
        [
            (0.0, 0.0),
            (0.13, 0.0),
            (0.16, 0.03),
            (0.2, pot - 0.05),
            (0.21, pot),
            (0.185, pot),
            (0.17, pot - 0.05),
            (0.0, pot - 0.05),
        ],
        f"paint.{MAIN}",
        segments=22,
    )
    s.turned([(0.17, pot - 0.05), (0.0, pot - 0.03)], f"paint.{THIRD}", segments=16)
    reach = w / 2
    if variant == 0:
        for i in range(22):
            heading, level = i * 2.4, i / 22
            root = (0.03 * math.cos(heading), 0.03 * math.sin(heading), pot + (h - pot) * 0.62 * level)
            s.leaf(
                root,
                heading,
                reach * (1.25 - 0.35 * level),
                0.26,
                0.5 + 0.75 * level,
                f"leaf.{BODY if i % 3 else SECOND}",
            )
        s.tube([(0, 0, pot - 0.1), (0, 0, h * 0.75)], 0.02, f"leaf.{BODY}")
    elif variant == 1:
        for i in range(17):
            heading, length = i * 2.4, (h - pot) * rng.uniform(0.62, 1.0)
            lean = reach * 0.75 * (i / 17) ** 0.6
            _blade(s, heading, lean, length, pot - 0.05, f"leaf.{BODY if i % 3 else SECOND}")
    elif variant == 2:
        s.tube([(0, 0, pot - 0.1), (0.03, 0.02, h * 0.5), (0.0, 0.0, h * 0.7)], 0.035, "wood.3")
        for i in range(18):
            heading, out = i * 2.4, reach * 0.62 * math.sqrt((i + 0.5) / 18)
            r = reach * rng.uniform(0.34, 0.46)
            s.ball(
                (out * math.cos(heading), out * math.sin(heading), h * (0.56 + 0.3 * ((i * 7) % 18) / 18)),
                (r, r, r * 0.9),
                f"leaf.{BODY if i % 3 else SECOND}",
                10,
                7,
            )
    else:
        for i in range(15):
            heading, level = i * 2.4, i / 15
            s.leaf(
                (0.02 * math.cos(heading), 0.02 * math.sin(heading), pot + 0.12),
                heading,
                reach * 1.55 - 0.2 * level,
                0.17,
                0.85 + 0.6 * level,
                f"leaf.{BODY if i % 3 else SECOND}",
            )
            if i % 2:
                s.leaf((0.0, 0.0, pot + 0.45), heading + 0.7, reach * 1.45, 0.17, 1.05 + 0.3 * level, f"leaf.{BODY}")
        s.tube([(0, 0, pot - 0.1), (0, 0, pot + 0.5)], 0.03, "wood.3")


def _blade(s: Shape, heading: float, lean: float, length: float, base: float, slot: str) -> None:
    """An upright sword of a leaf."""
    cos, sin = math.cos(heading), math.sin(heading)

    def point(u: float, v: float) -> Vertex:
        out = 0.05 + lean * v * v
        across = (u - 0.5) * 0.13 * (1 - v**4) * (0.7 + 0.6 * v * (1 - v) * 2)
        twist = heading + 1.2 + 1.1 * v
        return out * cos + across * math.cos(twist), out * sin + across * math.sin(twist), base + length * v

    s.sheet(point, 2, 7, slot)
