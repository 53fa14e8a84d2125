"""How far long work is, and how long it will go on, in words."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass
class Pace:
    """Counts what is done of `total`; what was there already takes no time and does not count into the pace."""

    total: int
    done: int = 0
    skipped: int = 0
    started: float = field(default_factory=time.monotonic)
    unit: str = "frames"

    def __str__(self) -> str:
        """Such as “12 of 240 frames, 0:37 left”."""
        words = f"{self.done + self.skipped} of {self.total} {self.unit}"
        left = self.total - self.done - self.skipped
        return f"{words}, {clock(left * self.each)} left" if self.done and left > 0 else words

    @property
    def each(self) -> float:
        """Seconds that one takes."""
        return (time.monotonic() - self.started) / max(self.done, 1)


def megabytes(count: int) -> str:
    """Such as 0.4 MB or 112 MB, of a number of bytes."""
    return f"{count / 1e6:.1f} MB" if count < 10e6 else f"{count / 1e6:.0f} MB"


def clock(seconds: float) -> str:
    """Such as 0:07 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
