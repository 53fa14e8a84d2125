"""What can be said of the worker without having one: its states, its own words, how long it is waited for."""

from __future__ import annotations

import enum
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadlines:
    """How long the client waits, in seconds.

    Attributes:
        start: from the start of the process to its hello, torch's import and the device's first use included.
        reply: the longest silence while the worker has a job, loading a model included; progress breaks it.
        stop: from `stop()` to the end of the process, which is killed in the last third.
    """

    start: float = 90.0
    reply: float = 120.0
    stop: float = 6.0


class WorkerState(enum.Enum):
    """What the worker is doing, as a panel would say it."""

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker says of itself in its hello."""

    device: str
    engine: str
    python: str
    pid: int

    def __str__(self) -> str:
        """What draws, such as “torch 2.13.0 on cuda (NVIDIA H100)”."""
        return drawn_by(self.engine, self.device)


def drawn_by(engine: str, device: str) -> str:
    """An engine with its version and the device it computes on, as files and panels say it."""
    return f"{engine} on {device}"
