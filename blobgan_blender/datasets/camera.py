"""A pinhole camera in plain Python: where a point of the room lies in the picture, and the reverse.

Room axes in metres: x right, y away from the camera (the back wall is y = 0), z up from the floor. Picture axes:
u right, v down, both in [0, 1] inside the (square) picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle of the picture: left, top, right, bottom; it may reach beyond [0, 1]."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    def meet(self, other: Box) -> Box:
        """The rectangle both share; its area is 0 where they share none."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def clipped(self) -> Box:
        """What of it lies in the picture."""
        return self.meet(Box(0.0, 0.0, 1.0, 1.0))


@dataclass(frozen=True)
class Camera:
    """Where the camera stands and looks: `pitch` down, `yaw` to the right, `fov` across the picture, in radians."""

    x: float
    y: float
    z: float
    pitch: float
    yaw: float
    fov: float

    @cached_property
    def focal(self) -> float:
        """Focal length in picture widths."""
        return 0.5 / math.tan(self.fov / 2)

    @cached_property
    def _turn(self) -> tuple[float, float, float, float]:
        return math.cos(self.yaw), math.sin(self.yaw), math.cos(self.pitch), math.sin(self.pitch)

    def project(self, point: Point) -> tuple[float, float, float]:
        """u, v and the depth in metres along the line of sight; points behind the camera are taken at 0.1 m."""
        dx, dy, dz = point[0] - self.x, point[1] - self.y, point[2] - self.z
        cos_yaw, sin_yaw, cos_pitch, sin_pitch = self._turn
        right = dx * cos_yaw - dy * sin_yaw
        ahead = dx * sin_yaw + dy * cos_yaw
        depth = max(0.1, ahead * cos_pitch - dz * sin_pitch)
        up = ahead * sin_pitch + dz * cos_pitch
        return 0.5 + self.focal * right / depth, 0.5 - self.focal * up / depth, depth

    def at(self, u: float, v: float, y: float) -> Point:
        """The point of the plane at depth `y` that shows at (u, v)."""
        right, up = (u - 0.5) / self.focal, (0.5 - v) / self.focal
        cos_yaw, sin_yaw, cos_pitch, sin_pitch = self._turn
        ahead = cos_pitch + up * sin_pitch
        rise = up * cos_pitch - sin_pitch
        dx = right * cos_yaw + ahead * sin_yaw
        dy = ahead * cos_yaw - right * sin_yaw
        scale = (y - self.y) / dy
        return self.x + dx * scale, y, self.z + rise * scale

    def box(self, points: list[Point]) -> Box:
        """The smallest rectangle of the picture around the points."""
        shown = [self.project(point) for point in points]
        us, vs = [p[0] for p in shown], [p[1] for p in shown]
        return Box(min(us), min(vs), max(us), max(vs))
