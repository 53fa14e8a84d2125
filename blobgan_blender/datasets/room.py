"""A room as data: what stands where, how large, in which colours and light."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from .camera import Box, Camera, Point
from .palette import Color

BULKY = ("bed", "sofa", "wardrobe", "dresser")
SMALL = ("armchair", "table", "nightstand", "floor_lamp", "plant")
STANDING = frozenset(BULKY + SMALL)
ON_WALL_ALONE = ("window", "painting", "mirror", "shelf")
ON_WALL = frozenset(ON_WALL_ALONE) | {"curtains"}
CENTRED = ON_WALL | {"pendant"}
LAMPS = frozenset({"floor_lamp", "table_lamp", "pendant"})
ROUND = frozenset({"plant", "floor_lamp", "pendant", "table_lamp"})
"""As deep as wide."""
FOOTING: dict[str, float] = {"plant": 0.7, "floor_lamp": 0.75}
"""Of a class whose foot is smaller than its crown: the share of its width that takes up floor."""


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
