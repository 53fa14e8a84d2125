"""Places for the objects of a room, wherever each overlaps nothing and hides little."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from .camera import Box, Camera, Point
from .room import BULKY, ON_WALL, ON_WALL_ALONE, ROUND, SMALL, STANDING, Body, Shell

HOSTS = ("nightstand", "dresser", "table")
TRIES = 60
ARRANGEMENTS = 8
SHOWN_AT_LEAST = 0.8  # of an object's rectangle inside the picture
HIDDEN_AT_MOST = 0.3
"""The share of an object's rectangle that another one may cover."""
MARGIN = 0.06  # metres between footprints


@dataclass(frozen=True)
class Size:
    """Ranges in metres: width (x), depth (y), height (z)."""

    width: tuple[float, float]
    depth: tuple[float, float]
    height: tuple[float, float]

    def draw(self, rng: Random) -> Point:
        return rng.uniform(*self.width), rng.uniform(*self.depth), rng.uniform(*self.height)


SIZES: dict[str, Size] = {
    "bed": Size((1.35, 1.85), (1.65, 1.9), (0.95, 1.3)),
    "sofa": Size((1.45, 1.9), (0.85, 0.95), (0.75, 0.9)),
    "wardrobe": Size((0.95, 1.4), (0.55, 0.65), (1.75, 2.3)),
    "dresser": Size((1.0, 1.4), (0.45, 0.5), (0.75, 1.0)),
    "armchair": Size((0.75, 1.0), (0.75, 0.9), (0.8, 1.05)),
    "table": Size((0.85, 1.2), (0.7, 0.85), (0.42, 0.7)),
    "nightstand": Size((0.56, 0.82), (0.48, 0.55), (0.55, 0.8)),
    "floor_lamp": Size((0.62, 0.85), (0.62, 0.85), (1.5, 1.95)),
    "plant": Size((0.7, 1.0), (0.7, 1.0), (1.0, 1.65)),
    "rug": Size((1.5, 2.5), (1.15, 1.8), (0.02, 0.03)),
    "window": Size((1.1, 1.75), (0.12, 0.12), (0.95, 1.45)),
    "painting": Size((0.9, 1.5), (0.05, 0.05), (0.75, 1.2)),
    "mirror": Size((0.8, 1.1), (0.05, 0.05), (0.95, 1.3)),
    "shelf": Size((0.9, 1.4), (0.25, 0.25), (0.6, 0.85)),
    "pendant": Size((0.7, 1.05), (0.7, 1.05), (0.5, 0.75)),
    "table_lamp": Size((0.42, 0.6), (0.42, 0.6), (0.55, 0.8)),
}
TURN: dict[str, float] = {
    "bed": 0.12,
    "sofa": 0.2,
    "armchair": 0.7,
    "table": 0.5,
    "rug": 0.3,
    "plant": math.pi,
    "floor_lamp": math.pi,
    "pendant": math.pi,
    "table_lamp": math.pi,
    "nightstand": 0.15,
}
"""How far an object may be turned about the vertical, in radians."""
STANDS_OFF: dict[str, tuple[float, float]] = {
    "bed": (0.0, 1.1),
    "sofa": (0.0, 1.9),
    "wardrobe": (0.0, 0.9),
    "dresser": (0.0, 1.2),
    "nightstand": (0.0, 1.7),
}
"""Metres between an object and the back wall; classes not named here stand anywhere on the floor."""


def furnish(rng: Random, shell: Shell, camera: Camera, present: set[str]) -> list[Body]:
    """Places for objects of the classes `present`, each seen by the camera; a class that finds none is left out."""
    return _Furnisher(rng, shell, camera).furnish(present)


@dataclass(frozen=True)
class _Placed:
    body: Body
    box: Box
    footprint: Box


class _Furnisher:
    """Finds places for the objects of one room."""

    def __init__(self, rng: Random, shell: Shell, camera: Camera) -> None:
        self.rng, self.shell, self.camera = rng, shell, camera
        self.placed: list[_Placed] = []

    def furnish(self, present: set[str]) -> list[Body]:
        """Places all of `present` if any of `ARRANGEMENTS` trials can, else as many as the best of them did."""
        best: list[_Placed] = []
        for _ in range(ARRANGEMENTS):
            complete = self._arrange(present)
            if complete or len(self.placed) > len(best):
                best = self.placed
            if complete:
                break
        self.placed = best
        if "table_lamp" in present:
            self._add_table_lamp()
        if "curtains" in present:
            self._add_curtains()
        return [placed.body for placed in self.placed]

    def _arrange(self, present: set[str]) -> bool:
        self.placed = []
        small, wall = self.rng.sample(SMALL, len(SMALL)), self.rng.sample(ON_WALL_ALONE, len(ON_WALL_ALONE))
        places = [(kind, self._on_floor) for kind in (*BULKY, *small, "rug")]
        places += [(kind, self._on_wall) for kind in wall] + [("pendant", self._hanging)]
        settled = [self._settle(kind, place) for kind, place in places if kind in present]
        return all(settled)

    def _settle(self, kind: str, place: Callable[[str, Point], Body]) -> bool:
        """Draws places until one suits; gives the object up when none of `TRIES` does."""
        for _ in range(TRIES):
            placed = self._try(place(kind, self._size(kind)))
            if placed:
                self.placed.append(placed)
                return True
        return False

    def _size(self, kind: str) -> Point:
        width, depth, height = SIZES[kind].draw(self.rng)
        return width, width if kind in ROUND else depth, height

    def _on_floor(self, kind: str, size: Point) -> Body:
        """Somewhere on the floor of the room."""
        yaw = self.rng.uniform(-1, 1) * TURN.get(kind, 0.0)
        depth = size[1] if kind in ROUND else size[1] * math.cos(yaw) + size[0] * abs(math.sin(yaw))
        nearest, furthest = STANDS_OFF.get(kind, (0.0, 3.1 - depth / 2))
        y = -(self.rng.uniform(nearest, furthest) + depth / 2 + 0.05)
        reach = self.shell.width / 2 - size[0] / 2 - 0.05
        return Body(kind, (self.rng.uniform(-reach, reach), y, 0.0), yaw, size)

    def _on_wall(self, kind: str, size: Point) -> Body:
        reach = self.shell.width / 2 - size[0] / 2 - 0.12
        z = self.rng.uniform(0.55 + size[2] / 2, self.shell.height - 0.15 - size[2] / 2)
        return Body(kind, (self.rng.uniform(-reach, reach), 0.0, z), 0.0, size)

    def _hanging(self, kind: str, size: Point) -> Body:
        """Anywhere in the upper part of the *picture*, so that no wall or distance is preferred."""
        y = -self.rng.uniform(0.7, 2.6)
        u, v = self.rng.uniform(0.1, 0.9), self.rng.uniform(0.08, 0.4)
        return Body(kind, self.camera.at(u, v, y), self.rng.uniform(0, 2 * math.pi), size)

    def _try(self, body: Body) -> _Placed | None:
        """The body in its place, or None where it would stand in, or hide, or be hidden by another."""
        footprint = body.footprint()
        if body.kind == "pendant" and not self._hangs_free(body):
            return None
        if body.kind in ON_WALL and any(_wall_overlap(body, other.body) for other in self.placed):
            return None
        if body.kind in STANDING:
            around = Box(
                footprint.left - MARGIN, footprint.top - MARGIN, footprint.right + MARGIN, footprint.bottom + MARGIN
            )
            if any(other.body.kind in STANDING and around.meet(other.footprint).area for other in self.placed):
                return None
        box = self.camera.box(body.corners())
        if box.clipped().area < SHOWN_AT_LEAST * box.area:
            return None
        for other in self.placed:
            behind = box if _nearness(body) < _nearness(other.body) else other.box
            if box.meet(other.box).area > HIDDEN_AT_MOST * behind.area:
                return None
        return _Placed(body, box, footprint)

    def _hangs_free(self, body: Body) -> bool:
        (x, _, z), (width, _, height) = body.position, body.size
        return abs(x) < self.shell.width / 2 - width / 2 - 0.1 and z + height / 2 < self.shell.height - 0.12

    def _add(self, body: Body) -> None:
        self.placed.append(_Placed(body, self.camera.box(body.corners()), body.footprint()))

    def _add_table_lamp(self) -> None:
        hosts = [placed.body for placed in self.placed if placed.body.kind in HOSTS]
        if not hosts:
            return
        host, size = self.rng.choice(hosts), self._size("table_lamp")
        slack = max(0.0, host.size[0] - size[0]) / 2
        along = self.rng.uniform(-slack, slack)
        x, y, _ = host.position
        self._add(
            Body(
                "table_lamp",
                (x + along * math.cos(host.yaw), y + along * math.sin(host.yaw), host.size[2]),
                self.rng.uniform(0, math.pi),
                size,
            )
        )

    def _add_curtains(self) -> None:
        windows = [placed.body for placed in self.placed if placed.body.kind == "window"]
        if not windows:
            return
        (x, _, z), (width, _, height) = windows[0].position, windows[0].size
        low = 0.05 if self.rng.random() < 0.5 else max(0.05, z - height / 2 - 0.15)
        high = min(self.shell.height - 0.05, z + height / 2 + 0.2)
        size = (width * self.rng.uniform(1.4, 1.6), 0.2, high - low)
        self._add(Body("curtains", (x, 0.0, (low + high) / 2), 0.0, size))


def _nearness(item: Body) -> float:
    """Orders objects by who hides whom: a rug lies under all, what hangs on the wall behind all that stands."""
    return -99.0 if item.kind == "rug" else -item.position[1]


def _wall_overlap(a: Body, b: Body) -> bool:
    if b.kind not in ON_WALL:
        return False
    gap = 0.12
    return (
        abs(a.position[0] - b.position[0]) < (a.size[0] + b.size[0]) / 2 + gap
        and abs(a.position[2] - b.position[2]) < (a.size[2] + b.size[2]) / 2 + gap
    )
