"""What a hand stays with is compiled once; if it is right and quicker it takes over at rest, and else all stays."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import numpy as np
import pytest

from blobgan_blender.core.layout import Layout
from blobgan_blender.inference.drafts import Drafts, Shape, shape_of
from blobgan_blender.inference.quickening import OFTEN, Quickening

DRAFT, PICTURE = 0.004, 0.04  # seconds that they take in these tests


def room(blobs: int) -> Layout[np.ndarray]:
    n, m = 1, blobs
    return Layout(
        np.zeros((n, m)),
        np.zeros((n, m)),
        np.zeros((n, m, 2, 2)),
        *(np.zeros((n, m + 1, *w)) for w in ((), (4,), (4,))),
    )


def drawn(layout: Layout[np.ndarray], wrong: int = 0) -> np.ndarray:
    return np.full((1, 8, 8, 3), layout.blobs + wrong, np.uint8)


def picture(layout: Layout[np.ndarray], _noise: list[np.ndarray]) -> np.ndarray:
    time.sleep(PICTURE)
    return drawn(layout)


class Road:
    """Draws some shapes more quickly, once it is told to, and perhaps wrongly."""

    def __init__(self, quick: float = DRAFT / 10, wrong: int = 0) -> None:
        self.compiled: set[Shape] = set()
        self._quick, self._wrong = quick, wrong

    def __call__(self, layout: Layout[np.ndarray], _noise: list[np.ndarray]) -> np.ndarray:
        is_quick = shape_of(layout) in self.compiled
        time.sleep(self._quick if is_quick else DRAFT)
        return drawn(layout, self._wrong * is_quick)


class Compiling:
    """Is over when the test says so."""

    def __init__(self, road: Road, layout: Layout[np.ndarray], _noise: list[np.ndarray]) -> None:
        self.blobs, self.is_over, self.error = layout.blobs, False, None
        self.is_stopped = False
        self._road, self._shape, self.rests = road, shape_of(layout), 0

    def go_on(self) -> None:
        self.rests += 1

    def take(self) -> None:
        if self.error is not None:
            raise self.error
        self._road.compiled.add(self._shape)

    def leave(self) -> None:
        self._road.compiled.discard(self._shape)

    def stop(self) -> None:
        self.is_stopped = True


class Hand:
    """Drafts of a road, and what was begun to be compiled of it."""

    def __init__(self, road: Road) -> None:
        self.begun: list[Compiling] = []
        self.is_busy = False
        self.quickening = Quickening(self._begin)
        self._drafts = Drafts(lambda: road, self.quickening)

    def drag(self, blobs: int, steps: int = OFTEN + 1) -> np.ndarray | None:
        """The last draft."""
        for _ in range(steps):
            draft = self._drafts(room(blobs), [], picture)
        return draft

    def rest(self) -> bool:
        return self._drafts.rest(picture)

    def _begin(self, *given: object) -> Compiling | None:
        if self.is_busy:
            return None
        self.begun.append(Compiling(*given))  # type: ignore[arg-type]
        return self.begun[-1]


@pytest.fixture
def hand() -> Hand:
    return Hand(Road())


def test_what_is_compiled_takes_over_at_rest(hand: Hand, caplog: pytest.LogCaptureFixture) -> None:
    before = hand.drag(3)
    for rests in range(3):
        assert hand.rest()
        assert [(each.blobs, each.rests) for each in hand.begun] == [(3, rests)]
    hand.begun[0].is_over = True
    assert np.array_equal(hand.drag(3, 1), before)
    assert not hand.quickening.newest_is_compiled
    with caplog.at_level(logging.INFO):
        assert not hand.rest()
    assert "drafts of up to 7 blobs are compiled" in caplog.text
    assert np.array_equal(hand.drag(3, 1), before)
    assert hand.quickening.newest_is_compiled
    assert not hand.rest()
    assert len(hand.begun) == 1


@pytest.mark.parametrize("steps", [1, 2, OFTEN])
def test_a_number_of_blobs_on_the_way_to_another_is_not_compiled(hand: Hand, steps: int) -> None:
    for blobs in range(0, 40, 8):
        hand.drag(blobs, steps)  # whose first is a picture
        assert not hand.rest()
    assert hand.begun == []


def test_like_numbers_of_blobs_are_compiled_as_one(hand: Hand) -> None:
    hand.drag(3, OFTEN)  # whose first is a picture
    assert not hand.rest()
    hand.drag(4, 1)
    assert hand.rest()
    hand.begun[0].is_over = True
    assert not hand.rest()
    for blobs in (3, 4, 7):
        hand.drag(blobs, 1)
        assert hand.quickening.newest_is_compiled
    hand.drag(8)
    assert not hand.quickening.newest_is_compiled
    assert [each.blobs for each in hand.begun] == [4]


def test_one_after_the_other_and_each_once(hand: Hand) -> None:
    hand.drag(3)
    hand.rest()
    hand.drag(8)
    assert hand.rest()
    assert len(hand.begun) == 1
    hand.begun[0].is_over = True
    assert hand.rest()
    assert [each.blobs for each in hand.begun] == [3, 8]
    hand.begun[1].is_over = True
    assert not hand.rest()
    for blobs in (3, 8):
        hand.drag(blobs)
        assert hand.quickening.newest_is_compiled
        assert not hand.rest()
    assert len(hand.begun) == 2


def test_what_cannot_begin_now_is_asked_again(hand: Hand) -> None:
    hand.drag(3)
    hand.is_busy = True
    assert not hand.rest()
    hand.is_busy = False
    assert hand.rest()


def test_where_there_are_no_drafts_any_more_nothing_is_compiled(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> np.ndarray:
        raise RuntimeError("the driver has gone")

    hand.drag(3)
    hand.rest()
    monkeypatch.setattr(Road, "__call__", broken)
    assert hand.drag(3, 1) is None
    assert hand.begun[0].is_stopped
    assert not hand.rest()


def fails(compiling: Compiling) -> None:
    compiling.error = RuntimeError("no C compiler")


@pytest.mark.parametrize(
    ("road", "meddle", "words"),
    [
        (Road(), fails, "no C compiler"),
        (Road(wrong=100), None, "dB"),
        (Road(quick=2 * DRAFT), None, "ms instead of"),
    ],
)
def test_what_fails_or_gains_nothing_leaves_the_road_and_is_not_tried_again(
    road: Road, meddle: Callable[[Compiling], None] | None, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    hand = Hand(road)
    before = hand.drag(3)
    hand.rest()
    hand.begun[0].is_over = True
    if meddle is not None:
        meddle(hand.begun[0])
    with caplog.at_level(logging.INFO):
        assert not hand.rest()
    assert [words in line for line in caplog.messages] == [True]
    assert road.compiled == set()
    for blobs in (3, 8):
        assert hand.drag(blobs) is not None
        assert not hand.rest()
    assert not hand.quickening.newest_is_compiled
    assert np.array_equal(hand.drag(3, 1), before)
    assert len(hand.begun) == 1
