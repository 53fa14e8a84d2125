"""While the hand moves and a picture takes long: what the network has of it at 32², 64² or 128², then the rest.

Each octave of the decoder ends in colours of its own, which the next one refines. So a preview is a stop on the way to
the picture, and the picture goes on from there. Which stop is decided by what was measured here: what each costs, and
whether what one sees there is like the picture. In some models nearly all of a picture is made by the last octave, and
the colours before it are a fog (docs/performance.md); they get no preview, for a late picture is worth more than that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from .predictor import Stage

LIKE = 0.9  # the least correlation of a preview with its picture
_SMOOTHING = 0.3  # weight of the newest cost
_WORTHWHILE = 0.5  # of the picture's cost: a preview that takes longer comes hardly sooner

Show = Callable[[np.ndarray], None]


class Previews:
    """One model's previews on one device: what they cost, and how like their pictures they are.

    Likeness is measured once, on the first picture drawn; until then there are none.

    Attributes:
        seconds: from the start of a picture to its colours at each side; the last is the picture's.
        likeness: correlation of the preview with the picture at each side but the last.
    """

    def __init__(self) -> None:
        self.seconds: dict[int, float] = {}
        self.likeness: dict[int, float] | None = None

    def side(self, budget: float) -> int | None:
        """Where to stop for a preview that takes `budget` seconds at most: the finest such side, else the coarsest
        that is offered. None where the picture itself is in time, or no preview is any good."""
        if self.likeness is None or self.seconds[max(self.seconds)] <= budget:
            return None
        longest = _WORTHWHILE * self.seconds[max(self.seconds)]
        offered = [side for side, alike in self.likeness.items() if alike >= LIKE and self.seconds[side] <= longest]
        in_time = [side for side in offered if self.seconds[side] <= budget]
        return max(in_time) if in_time else min(offered, default=None)

    def draw(self, stages: Iterator[Stage | None], budget: float, show: Show, go_on: Callable[[], None]) -> np.ndarray:
        """The picture, uint8 (1, H, W, 3), after a preview if there is to be one.

        Args:
            stages: of `Predictor.stages`.
            budget: seconds that a preview may take.
            show: is given the preview, uint8 (1, H, W, 3), and may raise to stop.
            go_on: is called between steps, and may raise to stop.
        """
        wanted, early = self.side(budget), {}
        spent, began = 0.0, time.perf_counter()
        for stage in stages:
            if stage is not None:
                picture = stage.picture() if stage.is_last or stage.side == wanted or self.likeness is None else None
                spent += time.perf_counter() - began
                self._cost(stage.side, spent)
                if stage.is_last:
                    break
                if stage.side == wanted and picture is not None:
                    show(picture)
                early[stage.side] = picture
                began = time.perf_counter()
            go_on()
        assert picture is not None
        if self.likeness is None:
            self.likeness = {side: likeness(one, picture) for side, one in early.items() if one is not None}
        return picture

    def _cost(self, side: int, seconds: float) -> None:
        known = self.seconds.get(side, seconds)
        self.seconds[side] = known + _SMOOTHING * (seconds - known)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two pictures' values over pixels, their channels' means apart: in [-1, 1], 0 of a flat one."""
    a, b = (image.reshape(-1, 3).astype(np.float64) for image in (one, other))
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    return float((a * b).sum() / max(1e-9, np.linalg.norm(a) * np.linalg.norm(b)))
