"""Waiting for the worker: what ESC does, and what a render that runs beside it does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from blobgan_blender.operators import waiting
from blobgan_blender.operators.waiting import WaitingOperator
from blobgan_blender.worker.jobs import Job

CONTEXT: Any = SimpleNamespace(workspace=SimpleNamespace(status_text_set=lambda _text: None))


class Operator:
    """What Blender would make of a `WaitingOperator`; only a window runs one modally."""

    waiting_for = "Reset"

    def __init__(self) -> None:
        self._job: Job[str] = Job()
        self.finished: list[str] = []

    def finish(self, _context: object, result: str) -> set[str]:
        self.finished.append(result)
        return {"FINISHED"}

    def report(self, _kind: set[str], _text: str) -> None: ...

    def _stop_waiting(self, _context: object) -> None: ...

    def hears(self, kind: str) -> set[str]:
        event: Any = SimpleNamespace(type=kind)
        return WaitingOperator.modal(self, CONTEXT, event)  # type: ignore[arg-type]


def test_a_result_waits_for_the_renders_end(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = Operator()
    operator._job.succeed("a room")
    monkeypatch.setattr(waiting, "render_runs", lambda: True)
    assert operator.hears("TIMER") == {"PASS_THROUGH"}
    monkeypatch.setattr(waiting, "render_runs", lambda: False)
    assert operator.hears("TIMER") == {"FINISHED"}
    assert operator.finished == ["a room"]


@pytest.mark.parametrize("has_come", [False, True])
def test_esc_gives_up_though_the_result_has_come(has_come: bool) -> None:
    operator = Operator()
    if has_come:
        operator._job.succeed("a room")
    assert operator.hears("LEFTMOUSE") == {"PASS_THROUGH"}
    assert operator.hears("ESC") == {"CANCELLED"}
    assert operator._job.done()
    assert not operator.finished
