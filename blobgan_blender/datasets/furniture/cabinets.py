"""Wardrobes, dressers, nightstands and tables."""

from __future__ import annotations

from ..shapes import Shape, Vertex
from .slots import BODY, MAIN, SECOND, THIRD


def wardrobe(s: Shape, variant: int, size: Vertex) -> None:
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


def dresser(s: Shape, variant: int, size: Vertex) -> None:
    w, d, h = size
    _drawers(s, w, d, h, 3, 2, 0.14 if variant else 0.05, "wood" if variant else "paint")


def nightstand(s: Shape, variant: int, size: Vertex) -> None:
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


def table(s: Shape, variant: int, size: Vertex) -> None:
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
