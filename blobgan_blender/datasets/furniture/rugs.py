"""Rugs."""

from __future__ import annotations

import math

from ..shapes import Shape, Vertex


def rug(s: Shape, variant: int, size: Vertex) -> None:
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
