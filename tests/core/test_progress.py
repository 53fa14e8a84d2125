"""Progress in words."""

from __future__ import annotations

import time

from blobgan_blender.core.progress import Pace, clock


def test_the_time_left_follows_from_what_was_done_and_not_from_what_was_there() -> None:
    pace = Pace(total=100, done=10, skipped=40, started=time.monotonic() - 20)
    assert str(pace) == "50 of 100 frames, 1:40 left"


def test_no_time_is_promised_before_anything_was_done() -> None:
    assert str(Pace(total=9, skipped=3)) == "3 of 9 frames"
    assert str(Pace(total=9, done=9)) == "9 of 9 frames"


def test_clock() -> None:
    assert [clock(seconds) for seconds in (0, 7.4, 61, 3723)] == ["0:00", "0:07", "1:01", "1:02:03"]
