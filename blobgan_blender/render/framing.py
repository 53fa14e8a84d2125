"""Where the square picture lies in the frame, and which piece of it a render region wants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from bpy.types import RenderSettings

from ..core.filters import Region


@dataclass(frozen=True)
class Framing:
    """A frame, or the render region of one, with the picture fitted into the frame's middle.

    Attributes:
        width, height: of what Blender wants, in pixels: the frame, or its region.
        side: of the whole picture in the frame.
        region: the piece of the picture that is wanted, rows counted from the top; None where none of it is.
        left, bottom: where that piece lies in what Blender wants, rows counted from the bottom.
    """

    width: int
    height: int
    side: int
    region: Region | None
    left: int
    bottom: int

    @property
    def whole(self) -> bool:
        """Whether the whole picture is wanted."""
        return self.region == (0, 0, self.side, self.side)

    def place(self, band: np.ndarray, first: int, frame: np.ndarray | None = None) -> np.ndarray:
        """Some rows of the piece in the frame.

        Args:
            band: (rows, columns, channels) from the top.
            first: the number of its first row in the piece.
            frame: what other rows were placed in; a new one, all 0, if None.

        Returns:
            The frame: flat float32, from the bottom.
        """
        assert self.region is not None
        rows, columns, channels = band.shape
        if frame is None:
            frame = np.zeros(self.height * self.width * channels, np.float32)
        end = self.bottom + self.region[3] - self.region[1] - first
        pixels = frame.reshape(self.height, self.width, channels)
        pixels[end - rows : end, self.left : self.left + columns] = band[::-1]
        return frame


def framing_of(render: RenderSettings) -> Framing:
    """How a scene's render settings frame the picture."""
    width, height = frame_size(render)
    left, bottom, right, top = _region(render, width, height)
    side = min(width, height)
    picture_left, picture_bottom = (width - side) // 2, (height - side) // 2
    first, last = max(left, picture_left), min(right, picture_left + side)
    low, high = max(bottom, picture_bottom), min(top, picture_bottom + side)
    piece: Region | None = None
    if first < last and low < high:
        piece = (first - picture_left, picture_bottom + side - high, last - picture_left, picture_bottom + side - low)
    return Framing(right - left, top - bottom, side, piece, first - left, low - bottom)


def frame_size(render: RenderSettings) -> tuple[int, int]:
    """Width and height of the frame in pixels, the resolution's percentage taken in."""
    percentage = render.resolution_percentage  # in integers, as Blender does: 100 · 0.29 is 28.999…
    return max(1, render.resolution_x * percentage // 100), max(1, render.resolution_y * percentage // 100)


def _region(render: RenderSettings, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, bottom, right, top of the render region in pixels of the frame; the whole frame without one."""
    if not render.use_border:
        return 0, 0, width, height
    # In float32 and rounded down, as Blender does, or the region would be a pixel larger or smaller than its own.
    edges = [render.border_min_x, render.border_min_y, render.border_max_x, render.border_max_y]
    left, bottom, right, top = np.array(edges, np.float32) * np.array([width, height, width, height], np.float32)
    return int(left), int(bottom), int(right), int(top)
