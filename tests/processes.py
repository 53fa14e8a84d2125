"""Processes as the tests watch them, by /proc: who runs, whose children, and when they end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def wait_until(true: Callable[[], object], seconds: float = 5.0) -> bool:
    """Whether it becomes true in time."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True


def alive(pid: int) -> bool:
    """Whether a process runs, and is no zombie."""
    return _state_and_parent(pid)[0] not in ("", "Z")


def gone(pid: int, seconds: float = 10.0) -> bool:
    """Whether a process ends in time."""
    return wait_until(lambda: not alive(pid), seconds)


def children(pid: int) -> set[int]:
    """The processes whose parent is `pid`, those that are over excepted."""
    everybody = {int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()}
    found = ((other, *_state_and_parent(other)) for other in everybody)
    return {other for other, state, parent in found if parent == pid and state != "Z"}


def _state_and_parent(pid: int) -> tuple[str, int]:
    """The letter of a process's state and its parent; nothing and 0 once it is gone."""
    try:
        state, parent, *_ = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", 0
    return state, int(parent)
