"""Operators whose work is many steps: scripts block, a person sees how far it is and may press ESC."""

from __future__ import annotations

import sys
import time
from typing import Any, ClassVar

import bpy
from bpy.types import Context, Event

from ..core.errors import BlobGANError

_TICK = 0.02  # seconds between turns of the window's timer
_BUDGET = 0.05  # seconds of work a turn, so that the window stays responsive
_CONSOLE = 5.0  # seconds between lines in the console


class SteppingOperator(bpy.types.Operator):
    """Work with a `pace`, a `step` that says whether there is more, and a `close`, between `begin` and `finish`."""

    again: ClassVar[str]  # what a person does to go on after ESC
    _work: Any
    _doing: str  # what the status bar and the console call it
    _timer: Any = None

    def begin(self, context: Context) -> None:
        """Set `_work` and `_doing`; a `BlobGANError` is reported."""
        raise NotImplementedError

    def step(self, wait: bool) -> bool:
        """Do a step, waiting for what it needs or not; returns whether there is more."""
        raise NotImplementedError

    def finish(self, context: Context) -> set[str]:
        """Use what was made, after `close`; a `BlobGANError` is reported."""
        raise NotImplementedError

    def execute(self, context: Context) -> set[str]:
        """The whole job, blocking, with a line in the console now and then."""
        try:
            self.begin(context)
            said = time.monotonic()
            try:
                while self.step(wait=True):
                    if time.monotonic() - said > _CONSOLE:
                        said = time.monotonic()
                        sys.stdout.write(f"{self._doing}: {self._work.pace}\n")
                        sys.stdout.flush()
            finally:
                self._work.close()
            return self.finish(context)
        except BlobGANError as error:
            return self._refuse(error)

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: the window shows how far it is, and ESC ends it after the step in hand."""
        if bpy.app.background:
            return self.execute(context)
        try:
            self.begin(context)
        except BlobGANError as error:
            return self._refuse(error)
        manager = context.window_manager
        manager.progress_begin(0, self._work.pace.total)
        self._timer = manager.event_timer_add(_TICK, window=context.window)
        manager.modal_handler_add(self)
        self._say(context)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> set[str]:
        """Work for a moment. Nothing else passes: what is worked on must not change meanwhile."""
        if event.type == "ESC":
            self._stop(context)
            self.report({"INFO"}, f"Stopped at {self._work.pace}; {self.again}")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"RUNNING_MODAL"}
        try:
            until = time.monotonic() + _BUDGET
            more = True
            while more and time.monotonic() < until:
                more = self.step(wait=False)
        except BlobGANError as error:
            self._stop(context)
            return self._refuse(error)
        pace = self._work.pace
        context.window_manager.progress_update(pace.done + pace.skipped)
        self._say(context)
        if more:
            return {"RUNNING_MODAL"}
        self._stop(context)
        try:
            return self.finish(context)
        except BlobGANError as error:
            return self._refuse(error)

    def cancel(self, context: Context) -> None:
        """Blender ends the operator: another file is opened, or the window closes."""
        self._stop(context)

    def _say(self, context: Context) -> None:
        context.workspace.status_text_set(f"{self._doing}: {self._work.pace}  (ESC to stop)")

    def _stop(self, context: Context) -> None:
        self._work.close()
        context.window_manager.progress_end()
        context.window_manager.event_timer_remove(self._timer)
        context.workspace.status_text_set(None)

    def _refuse(self, error: BlobGANError) -> set[str]:
        self.report({"ERROR"}, str(error))
        return {"CANCELLED"}
