"""Drafts made quicker: what a hand stays with is compiled beside the worker, and takes over while the hand rests.

The road that drafts come by goes on meanwhile, and whatever goes wrong: then nothing more is compiled. What was
compiled is tried as the road itself was (`drafts`), and at rest, for recording it may take a second.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import numpy as np

from ..core.layout import Layout
from .drafts import LEAST_PSNR, Road, Shape, psnr, shape_of, timed

logger = logging.getLogger(__name__)

OFTEN = 30  # drafts: a drag, and not a number of blobs on the way to another
_MOST = 8  # shapes of one model: each takes a processor half a minute

Drawn = tuple[Layout[np.ndarray], list[np.ndarray]]  # a layout and its noise


class Compiling(Protocol):
    """What makes a road quicker for one shape (`compiling.Compilation`)."""

    @property
    def is_over(self) -> bool:
        """Whether it is ready, or has failed."""

    def go_on(self) -> None:
        """The hand rests: what might disturb it may be done now."""

    def take(self) -> None:
        """Have the road draw the shape by what was compiled. Raises what went wrong."""

    def leave(self) -> None:
        """Have the road draw it as before."""

    def stop(self) -> None:
        """Give up on it."""


class MissingToolError(RuntimeError):
    """What this machine lacks to compile anything, of whatever model."""


_lacked: set[str] = set()  # what was said of that

Begin = Callable[[Any, Layout[np.ndarray], list[np.ndarray]], Compiling | None]


class Quickening:
    """Of one model's drafts. Not thread-safe.

    Attributes:
        is_given_up: whether nothing more is compiled.
    """

    def __init__(self, begin: Begin) -> None:
        """Compile nothing yet; `begin(road, layout, noise)` begins to, or is None where it cannot at this moment."""
        self.is_given_up = False
        self._begin = begin
        self._count: Counter[Shape] = Counter()  # drafts of each shape
        self._newest: Drawn | None = None
        self._begun: set[Shape] = set()  # shapes that were compiled, or are being
        self._compiling: tuple[Compiling, Drawn] | None = None
        self._taken: set[Shape] = set()

    @property
    def newest_is_compiled(self) -> bool:
        """Whether the newest draft was drawn by what was compiled."""
        return self._newest is not None and shape_of(self._newest[0]) in self._taken

    def heed(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> None:
        """There was a draft of this."""
        self._count[shape_of(layout)] += 1
        self._newest = layout, noise

    def rest(self, road: Road, picture: Road) -> bool:
        """No hand moves: take what was compiled, or begin to compile.

        Args:
            road: that of drafts.
            picture: that of final pictures, against which a draft is held.

        Returns:
            Whether something is being compiled: then ask again in a while.
        """
        try:
            if self._compiling is not None:
                compiling, drawn = self._compiling
                if not compiling.is_over:
                    compiling.go_on()
                    return True
                self._compiling = None
                self._try(compiling, drawn, road, picture)
            if not self.is_given_up:
                self._begin_one(road)
        except Exception as error:  # whatever a compiler or a driver says of it, drafts go on without
            _say(error)
            self.is_given_up, self._compiling = True, None
        return self._compiling is not None

    def stop(self) -> None:
        """There are no drafts any more: give up on what is being compiled."""
        if self._compiling is not None:
            self._compiling[0].stop()
        self.is_given_up, self._compiling = True, None

    def _begin_one(self, road: Road) -> None:
        """That on which the hand has come to rest, if it stayed with it."""
        if self._newest is None or len(self._begun) >= _MOST:
            return
        shape = shape_of(self._newest[0])
        if shape in self._begun or self._count[shape] < OFTEN:
            return
        compiling = self._begin(road, *self._newest)
        if compiling is not None:
            self._begun.add(shape)
            self._compiling = compiling, self._newest

    def _try(self, compiling: Compiling, drawn: Drawn, road: Road, picture: Road) -> None:
        """Take what was compiled if it is right and quicker, and else give up."""
        _, before = timed(road, *drawn)
        compiling.take()
        try:
            road(*drawn)  # records it
            draft, quick = timed(road, *drawn)
            alike = psnr(draft, picture(*drawn))
        except Exception:
            self._leave(compiling, road, drawn)
            raise
        said = f"{1000 * quick:.1f} ms instead of {1000 * before:.1f}, and {alike:.1f} dB"
        if alike < LEAST_PSNR or quick >= before:
            self._leave(compiling, road, drawn)
            raise RuntimeError(f"one takes {said}")
        self._taken.add(shape_of(drawn[0]))
        logger.info("drafts of up to %d blobs are compiled: %s", shape_of(drawn[0])[1], said)

    def _leave(self, compiling: Compiling, road: Road, drawn: Drawn) -> None:
        compiling.leave()
        with suppress(Exception):  # whatever was wrong is said already
            road(*drawn)  # records the shape anew while the hand rests


def _say(error: Exception) -> None:
    """Why a model's drafts are not compiled: of what the machine lacks for the first model alone."""
    if isinstance(error, MissingToolError):
        if str(error) in _lacked:
            return
        _lacked.add(str(error))
    logger.info("drafts are not compiled: %s: %.300s", type(error).__name__, error)
