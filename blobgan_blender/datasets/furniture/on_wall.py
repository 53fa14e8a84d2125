"""What hangs on the wall."""

from __future__ import annotations

import math
from random import Random

from ..shapes import Shape, Vertex
from .slots import BODY, MAIN


def window(s: Shape, variant: int, size: Vertex) -> None:
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


def curtains(s: Shape, variant: int, size: Vertex) -> None:
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


def painting(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    if variant == 2:
        for side in (-1, 1):
            _framed(s, side * w * 0.26, w * 0.47, d, h, 0.045, 0.0)
    else:
        _framed(s, 0.0, w, d, h, 0.05 if variant == 0 else 0.06, 0.0 if variant == 0 else 0.2)


def mirror(s: Shape, variant: int, size: Vertex) -> None:
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


def shelf(s: Shape, variant: int, size: Vertex) -> None:
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
