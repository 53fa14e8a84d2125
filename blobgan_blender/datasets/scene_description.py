"""A room as data: what stands where, how large, in which colours and light. `describe(seed)` draws one.

Each class is present by a coin of its own and takes a place of its own, wherever it overlaps nothing and hides little:
the pictures are to teach a network that these things come apart.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from . import palette
from .camera import Box, Camera, Point
from .palette import Color

CHANCES: dict[str, float] = {
    "bed": 0.58,
    "sofa": 0.17,
    "wardrobe": 0.52,
    "armchair": 0.53,
    "dresser": 0.2,
    "table": 0.16,
    "nightstand": 0.5,
    "floor_lamp": 0.52,
    "plant": 0.54,
    "rug": 0.53,
    "window": 0.64,
    "painting": 0.62,
    "mirror": 0.17,
    "shelf": 0.17,
    "pendant": 0.54,
    "table_lamp": 0.48,
    "curtains": 0.3,
}
"""The coin of each class. Table lamps (on a nightstand, dresser or table) and curtains (at a window) need a host."""

BULKY = ("bed", "sofa", "wardrobe", "dresser")
SMALL = ("armchair", "table", "nightstand", "floor_lamp", "plant")
"""What stands on the floor. The bulky come first; the small in any order, so that none is left out more often."""

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
ROUND = frozenset({"plant", "floor_lamp", "pendant", "table_lamp"})
"""As deep as wide."""
FOOTING: dict[str, float] = {"plant": 0.7, "floor_lamp": 0.75}
"""Of a class whose foot is smaller than its crown: the share of its width that takes up floor."""
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
TIMES: dict[str, tuple[tuple[float, float], ...]] = {
    "day": ((0.62, 0.85), (100, 190), (20, 42), (45, 80), (10, 17)),
    "dusk": ((0.42, 0.58), (90, 160), (30, 55), (30, 60), (20, 34)),
    "night": ((0.3, 0.42), (55, 100), (40, 70), (8, 20), (30, 46)),
}
"""Ranges of the strength of world, key, ceiling, window and lamps."""
LIGHT_COLORS: dict[str, tuple[Color, Color, Color]] = {
    "day": ((1.0, 0.97, 0.93), (1.0, 0.93, 0.84), (0.9, 0.96, 1.0)),
    "dusk": ((1.0, 0.89, 0.82), (1.0, 0.86, 0.7), (1.0, 0.72, 0.52)),
    "night": ((0.86, 0.9, 1.0), (1.0, 0.86, 0.68), (0.55, 0.68, 1.0)),
}
"""Of world (and key), ceiling and window."""
PATTERNS = 4
"""Patterns of rugs, blankets and pictures; 0 is the plainest."""


@dataclass(frozen=True)
class Body:
    """What an object takes up. `position` is the middle of its foot on the floor, of its rectangle on the wall, of a
    pendant's body; `size` is width, depth, height in metres before `yaw` (radians, about the vertical).
    """

    kind: str
    position: Point
    yaw: float
    size: Point

    def corners(self) -> list[Point]:
        """The eight corners of its box in the room."""
        width, depth, height = self.size
        low, high = (-height / 2, height / 2) if self.kind in CENTRED else (0.0, height)
        near, far = (-depth, 0.0) if self.kind in ON_WALL else (-depth / 2, depth / 2)
        cos, sin = math.cos(self.yaw), math.sin(self.yaw)
        if self.kind in ROUND:
            cos, sin = 1.0, 0.0
        x, y, z = self.position
        return [
            (x + cos * a - sin * b, y + sin * a + cos * b, z + c)
            for a in (-width / 2, width / 2)
            for b in (near, far)
            for c in (low, high)
        ]

    def footprint(self) -> Box:
        """The rectangle of floor it takes up, in metres: x from left to right, y from top to bottom."""
        width, depth, _ = self.size
        cos, sin = abs(math.cos(self.yaw)), abs(math.sin(self.yaw))
        if self.kind in ROUND:
            cos, sin = 1.0, 0.0
        share = FOOTING.get(self.kind, 1.0) / 2
        half_x, half_y = (width * cos + depth * sin) * share, (width * sin + depth * cos) * share
        x, y, _ = self.position
        return Box(x - half_x, y - half_y, x + half_x, y + half_y)


@dataclass(frozen=True)
class Item(Body):
    """One object with its looks. `colors` are four sRGB colours that the class's materials share out; `phase` in [0, 1)
    shifts its pattern; `glow` is 0 for an unlit lamp.
    """

    variant: int
    colors: tuple[Color, Color, Color, Color]
    pattern: int
    phase: float
    glow: float


ON_WALL_ALONE = ("window", "painting", "mirror", "shelf")
ON_WALL = frozenset(ON_WALL_ALONE) | {"curtains"}
CENTRED = ON_WALL | {"pendant"}
LAMPS = frozenset({"floor_lamp", "table_lamp", "pendant"})
STANDING = frozenset(BULKY + SMALL)


@dataclass(frozen=True)
class Light:
    """`time` is day, dusk or night. Strengths are Cycles' (world: factor; others: watts), colours sRGB."""

    time: str
    world: float
    world_color: Color
    key: float
    key_x: float
    ceiling: float
    ceiling_color: Color
    window: float
    window_color: Color
    lamp: float


@dataclass(frozen=True)
class Shell:
    """Walls, floor and ceiling. `floor` is the pattern: 0 planks, 1 carpet, 2 tiles, 3 short planks across."""

    width: float
    depth: float
    height: float
    wall: Color
    side: Color
    floor_color: Color
    ceiling: Color
    skirting: Color
    floor: int
    phase: float


@dataclass(frozen=True)
class Room:
    """All that decides a picture. The back wall is the plane y = 0, x = 0 its middle."""

    seed: int
    shell: Shell
    camera: Camera
    light: Light
    items: tuple[Item, ...]

    def has(self, kind: str) -> bool:
        return any(item.kind == kind for item in self.items)

    def boxes(self) -> dict[str, Box]:
        """Each object's rectangle in the picture, cut off at its edges, hidden parts included."""
        return {item.kind: self.camera.box(item.corners()).clipped() for item in self.items}

    def as_dict(self) -> dict[str, object]:
        """JSON-able."""
        return dataclasses.asdict(self)


def describe(seed: int) -> Room:
    """The room of this seed (any int ≥ 0); the same on every machine."""
    rng = Random(seed)
    shell = _shell(rng)
    light = _light(rng, shell)
    camera = Camera(
        x=rng.uniform(-0.2, 0.2),
        y=-rng.uniform(6.2, 6.6),
        z=rng.uniform(1.5, 1.75),
        pitch=math.radians(rng.uniform(1.0, 3.0)),
        yaw=math.radians(rng.uniform(-1.5, 1.5)),
        fov=math.radians(50),
    )
    present = {kind for kind, chance in CHANCES.items() if rng.random() < chance}
    return Room(seed, shell, camera, light, tuple(_Furnisher(rng, shell, camera, light).furnish(present)))


def _light(rng: Random, shell: Shell) -> Light:
    """Less of it for lighter walls, so that no room is bleached and none is gloomy."""
    time = rng.choices(tuple(TIMES), (0.55, 0.18, 0.27))[0]
    world, key, ceiling, window, lamp = (rng.uniform(*span) for span in TIMES[time])
    world_color, ceiling_color, window_color = LIGHT_COLORS[time]
    even = 1.1 - 0.35 * sum(shell.wall) / 3
    return Light(
        time,
        world * even,
        world_color,
        key * even,
        rng.uniform(-2.2, 2.2),
        ceiling * even,
        ceiling_color,
        window * even,
        window_color,
        lamp * even,
    )


def _shell(rng: Random) -> Shell:
    wall = palette.draw(rng, palette.WALL_LIGHT if rng.random() < 0.62 else palette.WALL_STRONG)
    side = wall if rng.random() < 0.6 else palette.draw(rng, palette.WALL_LIGHT)
    floor = rng.choices((0, 1, 2, 3), (0.5, 0.2, 0.12, 0.18))[0]
    swatches = palette.FLOOR_WOOD if floor in (0, 3) else palette.FLOOR_PLAIN
    return Shell(
        width=rng.uniform(4.7, 5.1),
        depth=4.2,
        height=rng.uniform(3.1, 3.4),
        wall=wall,
        side=side,
        floor_color=palette.draw(rng, swatches, (wall,), 0.4),
        ceiling=palette.vary(rng, (0.95, 0.94, 0.92), 0.4),
        skirting=palette.draw(rng, ((0.95, 0.94, 0.92), (0.93, 0.9, 0.85), (0.55, 0.38, 0.25))),
        floor=floor,
        phase=round(rng.random(), 4),
    )


@dataclass(frozen=True)
class _Placed:
    body: Body
    box: Box
    footprint: Box


class _Furnisher:
    """Finds places for the objects of one room, then paints them."""

    def __init__(self, rng: Random, shell: Shell, camera: Camera, light: Light) -> None:
        self.rng, self.shell, self.camera, self.light = rng, shell, camera, light
        self.placed: list[_Placed] = []

    def furnish(self, present: set[str]) -> list[Item]:
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
        return [self._painted(placed.body) for placed in self.placed]

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

    def _painted(self, body: Body) -> Item:
        rng = self.rng
        lit = body.kind in LAMPS and rng.random() < GLOWS[self.light.time]
        return Item(
            body.kind,
            _rounded(body.position),
            round(body.yaw, 4),
            _rounded(body.size),
            variant=rng.randrange(VARIANTS[body.kind]),
            colors=self._colors(body.kind),
            pattern=rng.randrange(PATTERNS),
            phase=round(rng.random(), 4),
            glow=1.0 if lit else 0.0,
        )

    def _colors(self, kind: str) -> tuple[Color, Color, Color, Color]:
        """Body, main cloth or crown, second and third accent; what meets the eye is unlike its ground."""
        rng, wall, floor = self.rng, self.shell.wall, self.shell.floor_color
        cloth, wood, painted = palette.CLOTH, palette.WOOD, palette.PAINTED
        body = wood if rng.random() < 0.55 else painted
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
            return palette.draw(
                rng, ((0.95, 0.94, 0.92), (0.25, 0.22, 0.2), (0.6, 0.42, 0.28)), (wall,), 0.5
            ), *self._sky()
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

    def _sky(self) -> tuple[Color, Color, Color]:
        """High sky, horizon, land."""
        rng = self.rng
        if self.light.time == "day":
            land = rng.choice(((0.45, 0.62, 0.35), (0.55, 0.66, 0.48), (0.62, 0.7, 0.72)))
            return (
                palette.vary(rng, (0.38, 0.66, 0.93)),
                palette.vary(rng, (0.8, 0.92, 0.98), 0.5),
                palette.vary(rng, land),
            )
        if self.light.time == "dusk":
            high = rng.choice(((0.45, 0.42, 0.72), (0.72, 0.42, 0.55), (0.35, 0.5, 0.75)))
            return palette.vary(rng, high), palette.vary(rng, (0.98, 0.68, 0.42)), palette.vary(rng, (0.32, 0.26, 0.36))
        return (
            palette.vary(rng, (0.06, 0.1, 0.28)),
            palette.vary(rng, (0.2, 0.28, 0.52)),
            palette.vary(rng, (0.05, 0.06, 0.13)),
        )


GLOWS = {"day": 0.55, "dusk": 0.9, "night": 0.97}
"""How often a lamp is lit."""


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


def _rounded(point: Point) -> Point:
    x, y, z = point
    return round(x, 4), round(y, 4), round(z, 4)
