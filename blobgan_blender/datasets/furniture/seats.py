"""Beds, sofas and armchairs."""

from __future__ import annotations

import math

from ..shapes import Shape, Vertex
from .slots import BODY, MAIN, SECOND, THIRD


def bed(s: Shape, variant: int, size: Vertex) -> None:
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


def sofa(s: Shape, variant: int, size: Vertex) -> None:
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


def armchair(s: Shape, variant: int, size: Vertex) -> None:
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
