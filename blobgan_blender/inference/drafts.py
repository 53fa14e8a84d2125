"""Drafts: live pictures by a GPU's quick road (`live_decoder`), where it was found to be quick and right.

The first picture of each number of blobs, as `padding` rounds it up, is drawn as final ones are. When the number comes
back, a hand has begun to move: the quick road is made ready for it, and its first draft is held against the picture.
From then on drafts come first, and the picture when the hand rests (`worker.service`). What a driver or a model makes
of half precision and of captured graphs is not foretold here: who fails, or gains nothing, is not asked again. What
comes back often is made quicker still (`quickening`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import BlobGANError
from ..core.layout import Layout
from .padding import padded_blobs

if TYPE_CHECKING:
    from .quickening import Quickening

logger = logging.getLogger(__name__)

# 60 dB between values before they are rounded is an error of 0.26 steps of 255 (design.md). Rounding turns that into
# whole steps for a fifth of the bytes.
LEAST_PSNR = 55.0
_TRIALS = 3
_WORTHWHILE = 0.5  # of the picture's time: a draft that takes longer comes hardly sooner

Shape = tuple[int, int]  # N layouts of M blobs, those that `padding` adds among them
Road = Callable[[Layout[np.ndarray], list[np.ndarray]], np.ndarray]


class NotNow(Exception):  # noqa: N818 - an answer more than an error
    """A road cannot be made ready for a shape at this moment, and may be asked again."""


class Drafts:
    """One model's drafts. Not thread-safe."""

    def __init__(self, build: Callable[[], Road], quickening: Quickening | None = None) -> None:
        """Build nothing yet.

        Args:
            build: makes the quick road, which may hold as much memory again as the model.
            quickening: of the road that `build` makes, if that can be made quicker.
        """
        self._build, self._quickening = build, quickening
        self._road: Road | None = None
        self._seen: set[Shape] = set()  # shapes that there were pictures of, and
        self._proven: set[Shape] = set()  # those of them whose drafts are good
        self._given_up = False

    def __call__(self, layout: Layout[np.ndarray], noise: list[np.ndarray], picture: Road) -> np.ndarray | None:
        """A draft, uint8 (N, H, W, 3), or None where the picture itself is to be drawn: by `picture`, the road of final
        ones, against which a draft is held."""
        shape = shape_of(layout)
        if self._given_up or shape not in self._seen:
            self._seen.add(shape)
            return None
        try:
            if self._road is None:
                self._road = self._build()
            known = shape in self._proven
            draft = self._road(layout, noise) if known else self._prove(self._road, layout, noise, picture)
        except NotNow:
            return None
        except BlobGANError as error:  # what is too large for half precision may make a whole picture
            logger.debug("no draft: %s", error)
            return None
        except Exception as error:  # whatever a driver says of a graph; want of memory is no reason to lose a picture
            self._give_up(f"{type(error).__name__}: {error!s:.300}")
            return None
        if draft is not None:
            self._proven.add(shape)
            if self._quickening is not None:
                self._quickening.heed(layout, noise)
        return draft

    def rest(self, picture: Road) -> bool:
        """Do what is better done while no hand moves; whether there will be more to do in a while."""
        if self._road is None or self._quickening is None:
            return False
        return self._quickening.rest(self._road, picture)

    def _prove(
        self, road: Road, layout: Layout[np.ndarray], noise: list[np.ndarray], picture: Road
    ) -> np.ndarray | None:
        """The first draft of a shape, if it is good."""
        road(layout, noise)  # makes it ready for the shape
        (draft, quick), (whole, slow) = (timed(each, layout, noise) for each in (road, picture))
        alike = psnr(draft, whole)
        said = f"{1000 * quick:.1f} ms and {alike:.1f} dB, the picture {1000 * slow:.1f} ms"
        if alike < LEAST_PSNR or quick > _WORTHWHILE * slow:
            self._give_up(f"one takes {said}")
            return None
        logger.info("drafts of %d blobs: %s", layout.blobs, said)
        return draft

    def _give_up(self, reason: str) -> None:
        logger.info("no drafts from now on: %s", reason)
        self._given_up, self._road = True, None
        if self._quickening is not None:
            self._quickening.stop()


def shape_of(layout: Layout[np.ndarray]) -> Shape:
    """What roads are made ready for."""
    return layout.count, padded_blobs(layout.blobs)


def timed(road: Road, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> tuple[np.ndarray, float]:
    """What it draws, and the seconds of the best of some trials: the machine may have more to do."""
    seconds = []
    for _ in range(_TRIALS):
        began = time.perf_counter()
        drawn = road(layout, noise)
        seconds.append(time.perf_counter() - began)
    return drawn, min(seconds)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """dB of bytes."""
    return float(10 * np.log10(255**2 / max(1e-9, np.square(one.astype(np.float64) - other).mean())))
