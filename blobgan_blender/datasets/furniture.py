"""One shape for each variant of each class, modelled at the size that `NATURAL_SIZE` gives, then stretched.

A slot is a material and one of the item's four colours, "cloth.1" the cloth in colour 1 (see `materials`). Floor
objects stand on z = 0 and face -y; wall objects are centred on the wall y = 0 and reach towards -y; pendants are
centred.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from .scene_description import SIZES, VARIANTS
from .shapes import Shape, Vertex

BODY, MAIN, SECOND, THIRD = "0", "1", "2", "3"
CORD = 3.0  # metres of cord above a pendant: always more than up to the ceiling, which hides the rest

NATURAL_SIZE: dict[str, Vertex] = {
    kind: (sum(size.width) / 2, sum(size.depth) / 2, sum(size.height) / 2) for kind, size in SIZES.items()
} | {"curtains": (2.2, 0.2, 2.2)}


def shape_of(kind: str, variant: int) -> Shape:
    """The shape of one variant of a class, at its natural size."""
    shape = Shape()
    MODELS[kind](shape, variant, NATURAL_SIZE[kind])
    return shape


def _bed(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    back = d / 2
    if variant == 0:
        s.box((0, back - 0.05, h / 2), (w, 0.1, h), f"wood.{BODY}", 0.04)
    elif variant == 1:
        for i in range(3):
            s.box(((i - 1) * w / 3, back - 0.07, h * 0.6), (w / 3, 0.16, h * 0.8), f"cloth.{BODY}", 0.06, 3)
    elif variant == 2:
        s.tube([(-w / 2 + 0.03, back - 0.05, 0), (-w / 2 + 0.03, back - 0.05, h)], 0.035, f"metal.{BODY}")
        s.tube([(w / 2 - 0.03, back - 0.05, 0), (w / 2 - 0.03, back - 0.05, h)], 0.035, f"metal.{BODY}")
        for i in range(7):
            x = (i - 3) * (w - 0.1) / 7
            s.tube([(x, back - 0.05, 0.3), (x, back - 0.05, h - 0.04)], 0.02, f"metal.{BODY}")
        s.tube([(-w / 2, back - 0.05, h - 0.03), (w / 2, back - 0.05, h - 0.03)], 0.035, f"metal.{BODY}")
    else:

        def arch(u: float, v: float) -> Vertex:
            x = (u - 0.5) * w
            return x, back - 0.02 - 0.1 * (v > 0.01), h * (0.62 + 0.38 * math.sqrt(max(0.0, 1 - (2 * u - 1) ** 2))) * v

        s.sheet(arch, 20, 6, f"cloth.{BODY}")
    s.box((0, 0, 0.17), (w, d, 0.22), f"wood.{BODY}" if variant != 2 else f"metal.{BODY}", 0.03)
    for x in (-w / 2 + 0.1, w / 2 - 0.1):
        s.box((x, -d / 2 + 0.1, 0.05), (0.08, 0.08, 0.1), f"wood.{BODY}", 0.01, 1)
    s.box((0, -0.03, 0.37), (w - 0.05, d - 0.12, 0.24), "sheet.1", 0.07, 3)
    _blanket(s, w, d)
    for x in (-w * 0.24, w * 0.24):
        s.cushion((x, back - 0.36, 0.6), (w * 0.44, 0.46, 0.22), f"cloth.{SECOND}", 0.5)
    s.cushion((0, back - 0.56, 0.58), (w * 0.34, 0.32, 0.18), f"cloth.{THIRD}", 0.6)


def _blanket(s: Shape, w: float, d: float) -> None:
    """A duvet from the pillows to the foot, hanging over three sides in soft waves."""
    half, long, drop, top = w / 2 + 0.01, d * 0.68, 0.26, 0.52
    foot = -d / 2 - 0.02

    def over(a: float, edge: float) -> tuple[float, float]:
        """Along the cloth by `a`: how far out, how far down; a rounded shoulder in between."""
        r = 0.07
        if a <= edge - r:
            return a, 0.0
        turn = min((a - edge + r) / r, math.pi / 2)
        return edge - r + r * math.sin(turn), r * (1 - math.cos(turn)) + max(0.0, a - edge + r - r * math.pi / 2)

    def point(u: float, v: float) -> Vertex:
        a, b = (2 * u - 1) * (half + drop), v * (long + drop)
        x, fall_x = over(abs(a), half)
        y, fall_y = over(b, long)
        fall = max(fall_x, fall_y)
        wave = 0.02 * (fall / drop) * (math.sin(9 * a) + math.sin(11 * b))
        puff = 0.014 * math.sin(7 * a + 1) * math.sin(6 * b) * (1 - min(1.0, fall / 0.1))
        outward = wave if fall_x > fall_y else 0.0
        return math.copysign(x + outward, a), foot + long - y - (wave if fall_y >= fall_x else 0.0), top - fall + puff

    s.sheet(point, 36, 30, "pattern.1")


def _sofa(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    arm, seat = 0.2, 0.42
    cloth = f"cloth.{MAIN}"
    s.box((0, 0.0, 0.22), (w - 0.04, d - 0.04, 0.24), cloth, 0.05, 3)
    s.box((0, d / 2 - 0.13, h / 2 + 0.06), (w - 0.06, 0.26, h - 0.12), cloth, 0.09, 3)
    for x in (-w / 2 + arm / 2, w / 2 - arm / 2):
        s.box((x, -0.01, 0.36), (arm, d, 0.5), cloth, 0.09 if variant else 0.04, 3)
        for y in (-d / 2 + 0.1, d / 2 - 0.1):
            s.tube([(x, y, 0), (x, y, 0.12)], 0.03, f"wood.{BODY}")
    inner = w - 2 * arm
    for i in (-1, 1):
        s.box((i * inner / 4, -0.06, seat - 0.03), (inner / 2 - 0.02, d - 0.3, 0.18), cloth, 0.07, 3)
        s.box((i * inner / 4, d / 2 - 0.29, seat + 0.24), (inner / 2 - 0.03, 0.2, 0.38), cloth, 0.09, 3)
    s.cushion((-inner * 0.34, 0.02, seat + 0.24), (0.42, 0.42, 0.2), f"cloth.{SECOND}", 1.15)
    s.cushion((inner * 0.36, 0.02, seat + 0.24), (0.4, 0.4, 0.2), f"cloth.{THIRD}", 1.15)


def _armchair(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    cloth = f"cloth.{MAIN}"
    for x in (-w / 2 + 0.1, w / 2 - 0.1):
        for y in (-d / 2 + 0.1, d / 2 - 0.1):
            s.tube([(x * 1.05, y * 1.05, 0), (x * 0.9, y * 0.9, 0.24)], 0.03, f"wood.{BODY}")
    if variant == 0:
        s.box((0, 0, 0.3), (w - 0.06, d - 0.06, 0.2), cloth, 0.07, 3)
        s.box((0, d / 2 - 0.13, h / 2 + 0.1), (w - 0.1, 0.24, h - 0.2), cloth, 0.1, 3)
        for x in (-w / 2 + 0.1, w / 2 - 0.1):
            s.box((x, -0.02, 0.42), (0.2, d - 0.06, 0.4), cloth, 0.09, 3)
        s.box((0, -0.08, 0.44), (w - 0.4, d - 0.3, 0.18), f"cloth.{MAIN}", 0.07, 3)
    elif variant == 1:

        def tub(u: float, v: float) -> Vertex:
            angle = math.pi * (1.28 * u - 0.14)
            top = h * (0.62 + 0.38 * math.sin(math.pi * u) ** 1.2)
            swell = 1 + 0.05 * v
            profile = min(1.0, v / 0.5)
            inner = 1.0 if v <= 0.5 else 1.0 - 0.22 * math.sin((v - 0.5) * math.pi) ** 0.7
            z = 0.2 + (top - 0.2) * (profile if v <= 0.5 else 1 - (v - 0.5) * 1.1)
            return w / 2 * swell * inner * math.cos(angle), d / 2 * swell * inner * math.sin(angle) * 0.98, z

        s.sheet(tub, 26, 12, cloth)
        s.turned([(0.0, 0.2), (w * 0.4, 0.2), (w * 0.45, 0.26), (w * 0.45, 0.4), (w * 0.4, 0.47), (0.0, 0.48)], cloth)
    else:
        s.box((0, -0.02, 0.36), (w - 0.16, d - 0.14, 0.16), cloth, 0.07, 3)
        s.box((0, d / 2 - 0.16, h * 0.68), (w - 0.16, 0.16, h * 0.62), cloth, 0.07, 3)
        for x in (-w / 2 + 0.05, w / 2 - 0.05):
            s.box((x, -0.02, 0.58), (0.08, d - 0.1, 0.05), f"wood.{BODY}", 0.02)
            for y in (-d / 2 + 0.09, d / 2 - 0.13):
                s.tube([(x, y, 0.0), (x, y, 0.57)], 0.028, f"wood.{BODY}")
    s.cushion((0, d * 0.16, 0.66), (w * 0.46, 0.36, 0.17), f"cloth.{SECOND}", 1.2)


def _wardrobe(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    look = "paint" if variant == 1 else "wood"
    s.box((0, 0, h / 2 + 0.04), (w, d, h - 0.08), f"{look}.{BODY}", 0.02)
    for x in (-w / 2 + 0.08, w / 2 - 0.08):
        s.box((x, -d / 2 + 0.08, 0.04), (0.07, 0.07, 0.08), f"{look}.{BODY}", 0.01, 1)
    front = -d / 2 - 0.012
    if variant == 2:
        for i in (-1, 1):
            s.box((i * w / 4, front, h * 0.62), (w / 2 - 0.05, 0.03, h * 0.66), f"paint.{MAIN}", 0.012)
        for i in (0, 1):
            z = 0.18 + i * h * 0.125
            s.box((0, front, z), (w - 0.07, 0.03, h * 0.115), f"paint.{MAIN}", 0.012)
            s.tube([(-0.1, front - 0.035, z), (0.1, front - 0.035, z)], 0.012, f"metal.{THIRD}")
        low = h * 0.45
    else:
        for i in (-1, 1):
            s.box((i * w / 4, front, h / 2 + 0.04), (w / 2 - 0.04, 0.03, h - 0.2), f"{look}.{MAIN}", 0.012)
            if variant == 1:
                for z, part in ((h * 0.28, 0.34), (h * 0.72, 0.36)):
                    s.box((i * w / 4, front - 0.014, z), (w / 2 - 0.2, 0.02, h * part), f"paint.{MAIN}", 0.01)
        low = h * 0.42
    for x in (-0.06, 0.06):
        s.tube([(x, front - 0.04, low), (x, front - 0.04, low + 0.26)], 0.016, f"metal.{THIRD}")


def _drawers(s: Shape, w: float, d: float, h: float, rows: int, columns: int, leg: float, look: str) -> None:
    s.box((0, 0, (h + leg) / 2), (w, d, h - leg), f"{look}.{BODY}", 0.018)
    for x in (-w / 2 + 0.07, w / 2 - 0.07):
        for y in (-d / 2 + 0.07, d / 2 - 0.07):
            s.tube([(x * 1.02, y * 1.02, 0), (x, y, leg + 0.01)], 0.022, f"wood.{BODY}")
    height = (h - leg - 0.06) / rows
    for row in range(rows):
        for column in range(columns):
            x = (column + 0.5) / columns * (w - 0.06) - (w - 0.06) / 2
            z = leg + 0.03 + (row + 0.5) * height
            s.box((x, -d / 2 - 0.01, z), ((w - 0.06) / columns - 0.025, 0.03, height - 0.025), f"{look}.{MAIN}", 0.01)
            s.ball((x, -d / 2 - 0.045, z), (0.026, 0.026, 0.026), f"metal.{THIRD}", 8, 6)


def _dresser(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    _drawers(s, w, d, h, 3, 2, 0.14 if variant else 0.05, "wood" if variant else "paint")


def _nightstand(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    if variant == 2:
        s.turned(
            [
                (0.0, 0.0),
                (w * 0.42, 0.0),
                (w * 0.46, 0.03),
                (w * 0.46, h - 0.05),
                (w * 0.5, h - 0.04),
                (w * 0.5, h - 0.01),
                (w * 0.48, h),
                (0.0, h),
            ],
            f"wood.{BODY}",
            segments=28,
        )
        return
    _drawers(
        s, w, d, h, 2 if variant == 0 else 1, 1, 0.06 if variant == 0 else h * 0.45, "paint" if variant == 0 else "wood"
    )


def _table(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    if variant == 0:
        s.box((0, 0, h - 0.025), (w, d, 0.05), f"wood.{BODY}", 0.02)
        for x in (-w / 2 + 0.08, w / 2 - 0.08):
            for y in (-d / 2 + 0.08, d / 2 - 0.08):
                s.tube([(x * 1.04, y * 1.04, 0), (x, y, h - 0.04)], 0.032, f"wood.{BODY}")
    elif variant == 1:
        s.turned(
            [(0.0, h - 0.05), (w * 0.44, h - 0.05), (w * 0.46, h - 0.03), (w * 0.45, h), (0.0, h)],
            f"wood.{BODY}",
            segments=32,
        )
        s.turned([(0.24, 0.0), (0.24, 0.03), (0.05, 0.07), (0.045, h - 0.1), (0.15, h - 0.04)], f"metal.{THIRD}")
    else:
        s.box((0, 0, h - 0.03), (w, d, 0.06), f"paint.{BODY}", 0.025)
        s.box((0, 0, h * 0.35), (w - 0.16, d - 0.12, 0.04), f"wood.{MAIN}", 0.015)
        for x in (-w / 2 + 0.05, w / 2 - 0.05):
            s.box((x, 0, h / 2 - 0.02), (0.06, d - 0.04, h - 0.04), f"paint.{BODY}", 0.02)
    s.ball((0.0, 0.0, h + 0.05), (0.13, 0.13, 0.06), f"paint.{SECOND}", 14, 8)


def _plant(s: Shape, variant: int, size: Vertex) -> None:
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


def _shade(s: Shape, radius_low: float, radius_high: float, low: float, high: float) -> None:
    s.turned([(radius_low, low), (radius_high, high)], f"shade.{MAIN}", segments=28)
    s.turned([(radius_high * 0.985, high - 0.004), (radius_low * 0.985, low + 0.004)], f"shade.{MAIN}", segments=28)


def _floor_lamp(s: Shape, variant: int, size: Vertex) -> None:
    w, _, h = size
    metal, r = f"metal.{BODY}", w / 2
    if variant == 1:
        for i in range(3):
            angle = 2 * math.pi * i / 3 + 0.5
            s.tube([(r * 0.8 * math.cos(angle), r * 0.8 * math.sin(angle), 0), (0, 0, h * 0.62)], 0.024, f"wood.{BODY}")
        s.tube([(0, 0, h * 0.58), (0, 0, h - 0.2)], 0.02, metal)
    else:
        s.turned([(0.0, 0.0), (0.19, 0.0), (0.19, 0.02), (0.03, 0.045), (0.022, 0.1)], metal)
        s.tube([(0, 0, 0.03), (0, 0, h - 0.2)], 0.022, metal)
    if variant == 2:
        s.ball((0, 0, h - r * 0.62), (r * 0.74, r * 0.74, r * 0.64), f"shade.{MAIN}", 22, 14)
    else:
        _shade(s, r, r * (0.6 if variant == 0 else 0.94), h - 0.46, h)
        s.ball((0, 0, h - 0.24), (0.06, 0.06, 0.08), f"shade.{MAIN}", 10, 8)


def _table_lamp(s: Shape, variant: int, size: Vertex) -> None:
    w, _, h = size
    r, body = w / 2, h * 0.5
    if variant == 0:
        s.turned(
            [(0.0, 0.0), (0.08, 0.0), (0.13, 0.05), (0.14, 0.12), (0.1, body * 0.75), (0.03, body), (0.02, h * 0.7)],
            f"paint.{SECOND}",
        )
    elif variant == 1:
        s.turned([(0.0, 0.0), (0.1, 0.0), (0.1, 0.02), (0.025, 0.035), (0.02, h * 0.7)], f"metal.{BODY}")
    else:
        s.ball((0, 0, 0.1), (0.11, 0.11, 0.1), f"paint.{SECOND}", 16, 10)
        s.ball((0, 0, 0.24), (0.07, 0.07, 0.07), f"paint.{SECOND}", 14, 8)
        s.tube([(0, 0, 0.28), (0, 0, h * 0.7)], 0.018, f"metal.{BODY}")
    _shade(s, r, r * (0.62, 0.9, 0.75)[variant], h * 0.5, h)
    s.ball((0, 0, h * 0.74), (0.05, 0.05, 0.06), f"shade.{MAIN}", 10, 8)


def _pendant(s: Shape, variant: int, size: Vertex) -> None:
    w, _, h = size
    r, half = w / 2, h / 2
    s.tube([(0, 0, half - 0.05), (0, 0, half + CORD)], 0.013 if variant != 3 else 0.03, f"metal.{BODY}")
    if variant == 0:
        s.ball((0, 0, 0), (r * 0.78, r * 0.78, half), f"shade.{MAIN}", 24, 16)
    elif variant == 1:
        s.turned(
            [(r, -half), (r * 0.93, -half * 0.3), (r * 0.66, half * 0.35), (r * 0.2, half * 0.8), (0.05, half)],
            f"shade.{MAIN}",
            segments=28,
        )
        s.ball((0, 0, -half * 0.5), (0.09, 0.09, 0.09), "bulb.1", 12, 8)
    elif variant == 2:
        _shade(s, r, r * 0.92, -half, half)
        s.turned([(r * 0.97, -half + 0.03), (0.0, -half + 0.03)], "bulb.1", segments=24)
    else:
        s.turned([(0.0, half * 0.1), (0.12, half * 0.12), (0.13, half * 0.6), (0.04, half)], f"metal.{BODY}")
        s.ball((0, 0, -half * 0.35), (r * 0.36, r * 0.36, half * 0.5), f"shade.{MAIN}", 16, 10)
        for i in range(5):
            angle = 2 * math.pi * i / 5
            cos, sin = math.cos(angle), math.sin(angle)

            def paddle(u: float, v: float, cos: float = cos, sin: float = sin) -> Vertex:
                out, across = 0.1 + (r * 1.35 - 0.1) * v, (u - 0.5) * (0.18 + 0.08 * v)
                return out * cos - across * sin, out * sin + across * cos, half * 0.3 + 0.1 * (u - 0.5)

            s.sheet(paddle, 2, 4, f"wood.{MAIN}")


def _rug(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    if variant == 0:
        s.sheet(lambda u, v: ((u - 0.5) * w, (v - 0.5) * d, h - 0.002), 1, 1, "rug.1", smooth=False)
        s.box((0, 0, h / 2 - 0.002), (w, d, h - 0.004), "rug.1", 0.006, 1)
        return
    first = len(s.vertices)
    angles = [2 * math.pi * i / 48 for i in range(48)]
    s.vertices += [(w / 2 * math.cos(a), d / 2 * math.sin(a), h) for a in angles]
    s.face(
        range(first, first + 48), "rug.1", [(0.5 + 0.5 * math.cos(a), 0.5 + 0.5 * math.sin(a)) for a in angles], False
    )
    s.turned([(1.0, 0.0), (1.0, h)], "rug.1", segments=48)
    s.vertices[-98:] = [(x * w / 2, y * d / 2, z) for x, y, z in s.vertices[-98:]]


def _window(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    paint, bar = f"paint.{BODY}", 0.09
    s.sheet(lambda u, v: ((u - 0.5) * (w - bar), -0.02, (v - 0.5) * (h - bar)), 1, 1, "sky.1", smooth=False)
    for side in (-1, 1):
        s.box((side * (w - bar) / 2, -d / 2, 0), (bar, d, h), paint, 0.015)
        s.box((0, -d / 2, side * (h - bar) / 2), (w - 2 * bar + 0.02, d - 0.01, bar), paint, 0.015)
    s.box((0, -d * 0.75, -h / 2), (w + 0.1, d * 1.5, 0.05), paint, 0.015)
    upright = {0: (0.0,), 1: (0.0,), 2: (-w / 6, w / 6)}[variant]
    for x in upright:
        s.box((x, -d * 0.35, 0), (0.05, d * 0.5, h - bar), paint, 0.01)
    if variant != 1:
        s.box((0, -d * 0.35, h * (0.0 if variant == 0 else 0.2)), (w - bar, d * 0.45, 0.05), paint, 0.01)


def _curtains(s: Shape, variant: int, size: Vertex) -> None:
    w, _, h = size
    panel = w * 0.23
    for side in (-1, 1):

        def point(u: float, v: float, side: int = side) -> Vertex:
            gather = 1.0 if variant == 0 else 1 - 0.5 * math.exp(-(((v - 0.42) / 0.16) ** 2))
            x = side * (w / 2 - panel * (1 - u if side < 0 else u) * gather)
            fold = 0.05 * math.sin(u * 2 * math.pi * 4.5) * (0.6 + 0.4 * (1 - v)) * gather
            return x, -0.12 + fold, (v - 0.5) * (h - 0.06) - 0.03

        s.sheet(point, 44, 12 if variant else 2, f"cloth.{MAIN}")
    s.tube([(-w / 2 - 0.05, -0.12, h / 2 - 0.04), (w / 2 + 0.05, -0.12, h / 2 - 0.04)], 0.022, f"metal.{BODY}")
    for side in (-1, 1):
        s.ball((side * (w / 2 + 0.07), -0.12, h / 2 - 0.04), (0.045, 0.045, 0.045), f"metal.{BODY}", 10, 8)


def _framed(s: Shape, x: float, w: float, d: float, h: float, bar: float, mat: float) -> None:
    for side in (-1, 1):
        s.box((x + side * (w - bar) / 2, -d / 2, 0), (bar, d, h), f"wood.{BODY}", 0.012)
        s.box((x, -d / 2, side * (h - bar) / 2), (w - 2 * bar, d, bar), f"wood.{BODY}", 0.012)
    if mat:
        s.sheet(lambda u, v: (x + (u - 0.5) * (w - bar), -0.018, (v - 0.5) * (h - bar)), 1, 1, "sheet.1", smooth=False)
    s.sheet(
        lambda u, v: (x + (u - 0.5) * (w - bar - mat), -0.022, (v - 0.5) * (h - bar - mat)), 1, 1, "art.1", smooth=False
    )


def _painting(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    if variant == 2:
        for side in (-1, 1):
            _framed(s, side * w * 0.26, w * 0.47, d, h, 0.045, 0.0)
    else:
        _framed(s, 0.0, w, d, h, 0.05 if variant == 0 else 0.06, 0.0 if variant == 0 else 0.2)


def _mirror(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    if variant == 0:
        for side in (-1, 1):
            s.box((side * (w - 0.07) / 2, -d / 2, 0), (0.07, d, h), f"metal.{BODY}", 0.015)
            s.box((0, -d / 2, side * (h - 0.07) / 2), (w - 0.14, d, 0.07), f"metal.{BODY}", 0.015)
        s.sheet(lambda u, v: ((u - 0.5) * (w - 0.1), -0.02, (v - 0.5) * (h - 0.1)), 1, 1, "mirror.1", smooth=False)
        return
    angles = [2 * math.pi * i / 48 for i in range(48)]
    first = len(s.vertices)
    s.vertices += [(w / 2 * math.cos(a), -0.03, h / 2 * math.sin(a)) for a in angles]
    s.face(range(first, first + 48), "mirror.1", smooth=False)

    def rim(u: float, v: float) -> Vertex:
        a, b = 2 * math.pi * u, 2 * math.pi * v
        out = 1 - 0.035 / (w / 2) + 0.035 / (w / 2) * math.cos(b)
        return w / 2 * out * math.cos(a), -0.03 - 0.03 * math.sin(b), h / 2 * out * math.sin(a)

    s.sheet(rim, 48, 6, f"metal.{BODY}")


def _shelf(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    rng = Random(variant + 7)
    boards = (-h / 2 + 0.02, 0.02)
    for z in boards:
        s.box((0, -d / 2, z), (w, d, 0.04), f"wood.{BODY}", 0.012)
    if variant:
        for side in (-1, 1):
            s.box((side * (w / 2 - 0.02), -d / 2, 0), (0.04, d, h), f"wood.{BODY}", 0.012)
        s.box((0, -d / 2, h / 2 - 0.02), (w, d, 0.04), f"wood.{BODY}", 0.012)
    for z in boards:
        x = -w / 2 + 0.1
        while x < w / 2 - 0.16:
            if rng.random() < 0.2:
                x += rng.uniform(0.08, 0.2)
                continue
            wide, tall = rng.uniform(0.045, 0.09), rng.uniform(0.2, 0.32) * (0.9 if variant else 1.0)
            color = rng.choice(("2", "2", "3", "1"))
            s.box((x, -d / 2, z + 0.02 + tall / 2), (wide, 0.18, tall), f"paint.{color}", 0.008, 1)
            x += wide + 0.006


MODELS: dict[str, Callable[[Shape, int, Vertex], None]] = {
    "bed": _bed,
    "sofa": _sofa,
    "armchair": _armchair,
    "wardrobe": _wardrobe,
    "dresser": _dresser,
    "nightstand": _nightstand,
    "table": _table,
    "plant": _plant,
    "floor_lamp": _floor_lamp,
    "table_lamp": _table_lamp,
    "pendant": _pendant,
    "rug": _rug,
    "window": _window,
    "curtains": _curtains,
    "painting": _painting,
    "mirror": _mirror,
    "shelf": _shelf,
}
assert MODELS.keys() == VARIANTS.keys()
