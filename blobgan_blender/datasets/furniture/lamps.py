"""Lamps: on the floor, on a table, from the ceiling."""

from __future__ import annotations

import math

from ..shapes import Shape, Vertex
from .slots import BODY, MAIN, SECOND

CORD = 3.0  # metres of cord above a pendant: always more than up to the ceiling, which hides the rest


def _shade(s: Shape, radius_low: float, radius_high: float, low: float, high: float) -> None:
    s.turned([(radius_low, low), (radius_high, high)], f"shade.{MAIN}", segments=28)
    s.turned([(radius_high * 0.985, high - 0.004), (radius_low * 0.985, low + 0.004)], f"shade.{MAIN}", segments=28)


def floor_lamp(s: Shape, variant: int, size: Vertex) -> None:
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


def table_lamp(s: Shape, variant: int, size: Vertex) -> None:
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


def pendant(s: Shape, variant: int, size: Vertex) -> None:
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
