"""Shapes of furniture as vertices and faces, in plain Python: rounded boxes, turned bodies, cushions, cloth, leaves.

Lengths are metres. Every face names the material slot it wears and carries one UV per corner.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Vertex = tuple[float, float, float]
UV = tuple[float, float]


@dataclass
class Shape:
    """A mesh that grows. `uvs` holds one list per face, as long as the face."""

    vertices: list[Vertex] = field(default_factory=list)
    faces: list[tuple[int, ...]] = field(default_factory=list)
    uvs: list[list[UV]] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)
    smooth: list[bool] = field(default_factory=list)

    def face(self, corners: Sequence[int], slot: str, uvs: Sequence[UV] | None = None, smooth: bool = True) -> None:
        """Adds one face over vertices that exist."""
        self.faces.append(tuple(corners))
        self.uvs.append(list(uvs) if uvs else [(0.0, 0.0)] * len(corners))
        self.slots.append(slot)
        self.smooth.append(smooth)

    def sheet(
        self, point: Callable[[float, float], Vertex], columns: int, rows: int, slot: str, *, smooth: bool = True
    ) -> None:
        """A grid of `columns` by `rows` quads over `point(u, v)`, u and v in [0, 1], which are its UVs as well."""
        first = len(self.vertices)
        self.vertices += [point(i / columns, j / rows) for j in range(rows + 1) for i in range(columns + 1)]
        for j in range(rows):
            for i in range(columns):
                a = first + j * (columns + 1) + i
                corners = (a, a + 1, a + columns + 2, a + columns + 1)
                u0, u1, v0, v1 = i / columns, (i + 1) / columns, j / rows, (j + 1) / rows
                self.face(corners, slot, ((u0, v0), (u1, v0), (u1, v1), (u0, v1)), smooth)

    def box(self, center: Vertex, size: Vertex, slot: str, radius: float = 0.02, steps: int = 2) -> None:
        """A box with rounded edges; UVs run over each side seen from the front, and over the top from above."""
        half = tuple(s / 2 for s in size)
        radius = min(radius, *half)
        known: dict[Vertex, int] = {}
        ticks = [(-1, -1 + i / steps) for i in range(steps + 1)] + [(1, i / steps) for i in range(steps + 1)]

        def corner(offsets: Sequence[tuple[int, float]]) -> int:
            length = math.sqrt(sum(t * t for _, t in offsets))
            p = [
                c + side * (h - radius) + radius * t / length
                for c, h, (side, t) in zip(center, half, offsets, strict=True)
            ]
            key = (round(p[0], 6), round(p[1], 6), round(p[2], 6))
            if key not in known:
                known[key] = len(self.vertices)
                self.vertices.append(key)
            return known[key]

        for axis in range(3):
            a, b = (axis + 1) % 3, (axis + 2) % 3
            for side in (-1, 1):
                grid = []
                for first in ticks:
                    row = []
                    for second in ticks:
                        offsets: list[tuple[int, float]] = [(0, 0.0)] * 3
                        offsets[axis], offsets[a], offsets[b] = (side, float(side)), first, second
                        row.append(corner(offsets))
                    grid.append(row)
                for i in range(len(ticks) - 1):
                    for j in range(len(ticks) - 1):
                        quad = [grid[i][j], grid[i + 1][j], grid[i + 1][j + 1], grid[i][j + 1]]
                        if len(set(quad)) < 4:
                            continue
                        quad = quad if side > 0 else quad[::-1]
                        self.face(quad, slot, [self._flat_uv(k, center, size, axis) for k in quad])

    def _flat_uv(self, index: int, center: Vertex, size: Vertex, axis: int) -> UV:
        u_axis, v_axis = ((1, 2), (0, 2), (0, 1))[axis]
        p = self.vertices[index]
        return tuple((p[k] - center[k]) / size[k] + 0.5 for k in (u_axis, v_axis))  # type: ignore[return-value]

    def turned(
        self,
        profile: Sequence[tuple[float, float]],
        slot: str,
        center: Vertex = (0.0, 0.0, 0.0),
        segments: int = 20,
        smooth: bool = True,
    ) -> None:
        """A body turned about the vertical through `center`; `profile` lists (radius, height) from below upwards."""

        def point(u: float, v: float) -> Vertex:
            radius, height = profile[round(v * (len(profile) - 1))]
            angle = 2 * math.pi * u
            return center[0] + radius * math.cos(angle), center[1] + radius * math.sin(angle), center[2] + height

        self.sheet(point, segments, len(profile) - 1, slot, smooth=smooth)

    def ball(self, center: Vertex, radii: Vertex, slot: str, segments: int = 16, rings: int = 10) -> None:
        """An ellipsoid."""

        def point(u: float, v: float) -> Vertex:
            angle, height = 2 * math.pi * u, math.pi * (v - 0.5)
            return (
                center[0] + radii[0] * math.cos(height) * math.cos(angle),
                center[1] + radii[1] * math.cos(height) * math.sin(angle),
                center[2] + radii[2] * math.sin(height),
            )

        self.sheet(point, segments, rings, slot)

    def cushion(self, center: Vertex, size: Vertex, slot: str, tilt: float = 0.0, steps: int = 10) -> None:
        """A stuffed cushion lying flat, thick in the middle and thin at its seam, tilted about x by `tilt` radians."""
        cos, sin = math.cos(tilt), math.sin(tilt)
        for side in (1, -1):

            def point(u: float, v: float, side: int = side) -> Vertex:
                a, b = 2 * u - 1, 2 * v - 1
                thick = ((1 - a**4) * (1 - b**4)) ** 0.45
                shrink = 1 - 0.06 * (1 - abs(a * b))
                x, y = a * size[0] / 2 * shrink * side, b * size[1] / 2 * shrink
                z = side * thick * size[2] / 2
                return center[0] + x, center[1] + y * cos - z * sin, center[2] + y * sin + z * cos

            self.sheet(point, steps, steps, slot)

    def tube(self, path: Sequence[Vertex], radius: float, slot: str, segments: int = 8) -> None:
        """A round bar along `path`, mostly upright or level."""
        for start, end in pairwise(path):
            along = tuple(e - s for s, e in zip(start, end, strict=True))
            length = math.dist(start, end)
            helper = (1.0, 0.0, 0.0) if abs(along[0]) < 0.9 * length else (0.0, 1.0, 0.0)
            side = _unit(_cross(along, helper))
            other = _unit(_cross(along, side))

            def point(
                u: float,
                v: float,
                start: Vertex = start,
                along: Sequence[float] = along,
                side: Vertex = side,
                other: Vertex = other,
            ) -> Vertex:
                cos, sin = radius * math.cos(2 * math.pi * u), radius * math.sin(2 * math.pi * u)
                x, y, z = (s + a * v - cos * p - sin * q for s, a, p, q in zip(start, along, side, other, strict=True))
                return x, y, z

            self.sheet(point, segments, 1, slot)

    def leaf(self, root: Vertex, heading: float, length: float, width: float, rise: float, slot: str) -> None:
        """A blade from `root` towards `heading` that starts at slope `rise` (radians) and bends with its weight."""
        cos, sin = math.cos(heading), math.sin(heading)

        def point(u: float, v: float) -> Vertex:
            out = length * v * math.cos(rise * (1 - 0.75 * v))
            up = length * (math.sin(rise) * v - 0.45 * (1 - 0.5 * math.sin(rise)) * v * v)
            across = (u - 0.5) * width * math.sin(math.pi * min(1.0, 0.06 + 0.94 * v)) ** 0.7
            fold = abs(u - 0.5) * width * 0.45
            return root[0] + out * cos - across * sin, root[1] + out * sin + across * cos, root[2] + up + fold

        self.sheet(point, 2, 6, slot)


def _cross(a: Sequence[float], b: Sequence[float]) -> Vertex:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _unit(a: Vertex) -> Vertex:
    length = math.hypot(*a)
    return a[0] / length, a[1] / length, a[2] / length
