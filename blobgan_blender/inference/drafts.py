"""Drafts: live pictures by a GPU's quick road (`live_decoder`), where it was found to be quick and right.

The first picture of each number of blobs is drawn as final ones are. When the number comes back, a hand has begun to
move: the quick road is made ready for it, and its first draft is held against the picture. From then on drafts come
first, and the picture when the hand rests (`worker.service`). What a driver or a model makes of half precision and of
captured graphs is not foretold here: who fails, or gains nothing, is not asked again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import numpy as np

from ..core.errors import BlobGANError
from ..core.layout import Layout

logger = logging.getLogger(__name__)

# 60 dB between values before they are rounded is an error of 0.26 steps of 255 (design.md). Rounding turns that into
# whole steps for a fifth of the bytes.
LEAST_PSNR = 55.0
_TRIALS = 3
_WORTHWHILE = 0.5  # of the picture's time: a draft that takes longer comes hardly sooner

Road = Callable[[Layout[np.ndarray], list[np.ndarray]], np.ndarray]


class Drafts:
    """One model's drafts. Not thread-safe."""

    def __init__(self, build: Callable[[], Road]) -> None:
        """Build nothing yet; `build` makes the quick road, which may hold as much memory again as the model."""
        self._build = build
        self._road: Road | None = None
        self._is_proven: dict[tuple[int, int], bool] = {}  # by the shapes that there were pictures of
        self._given_up = False

    def __call__(self, layout: Layout[np.ndarray], noise: list[np.ndarray], picture: Road) -> np.ndarray | None:
        """A draft, uint8 (N, H, W, 3), or None where the picture itself is to be drawn: by `picture`, the road of final
        ones, against which a draft is held."""
        shape = (layout.count, layout.blobs)
        if self._given_up or shape not in self._is_proven:
            self._is_proven[shape] = False
            return None
        try:
            if self._road is None:
                self._road = self._build()
            draft = self._road(layout, noise)
            if not self._is_proven[shape]:
                self._prove(draft, layout, noise, picture)
                self._is_proven[shape] = not self._given_up
        except BlobGANError as error:  # what is too large for half precision may make a whole picture
            logger.debug("no draft: %s", error)
        except Exception as error:  # whatever a driver says of a graph; want of memory is no reason to lose a picture
            self._give_up(f"{type(error).__name__}: {error!s:.300}")
        else:
            return None if self._given_up else draft
        return None

    def _prove(self, draft: np.ndarray, layout: Layout[np.ndarray], noise: list[np.ndarray], picture: Road) -> None:
        assert self._road is not None
        alike = _psnr(draft, picture(layout, noise))
        quick, whole = (_best_time(road, layout, noise) for road in (self._road, picture))
        said = f"{1000 * quick:.1f} ms and {alike:.1f} dB, the picture {1000 * whole:.1f} ms"
        if alike < LEAST_PSNR or quick > _WORTHWHILE * whole:
            self._give_up(f"one takes {said}")
        else:
            logger.info("drafts of %d blobs: %s", layout.blobs, said)

    def _give_up(self, reason: str) -> None:
        logger.info("no drafts from now on: %s", reason)
        self._given_up, self._road = True, None


def _best_time(road: Road, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> float:
    """Seconds, on a machine that may have more to do."""
    seconds = []
    for _ in range(_TRIALS):
        began = time.perf_counter()
        road(layout, noise)
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def _psnr(one: np.ndarray, other: np.ndarray) -> float:
    """dB of bytes."""
    return float(10 * np.log10(255**2 / max(1e-9, np.square(one.astype(np.float64) - other).mean())))
