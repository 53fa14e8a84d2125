"""A room as data: what stands where, how large, in which colours and light. `describe(seed)` draws one.

Each class is present by a coin of its own and takes a place of its own, wherever it overlaps nothing and hides little:
the pictures are to teach a network that these things come apart.
"""

from __future__ import annotations

import math
from random import Random

from . import palette
from .camera import Camera
from .coloring import painted
from .furnishing import furnish
from .palette import Color
from .room import Light, Room, Shell

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
    bodies = furnish(rng, shell, camera, present)
    return Room(seed, shell, camera, light, tuple(painted(rng, body, shell, light) for body in bodies))


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
