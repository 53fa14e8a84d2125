"""Operators that wait for the worker: scripts block, a person keeps working and may press ESC."""

from __future__ import annotations

from typing import Any, ClassVar

import bpy
from bpy.types import Context, Event

from ..core.errors import BlobGANError, Cancelled
from ..scene.writable import render_runs
from ..worker.jobs import Job

_PERIOD = 0.03  # seconds between looks at the job


class WaitingOperator(bpy.types.Operator):
    """One job of the worker between `begin` and `finish`; `execute` is the same job for scripts, blocking.

    Not generic over the result: a subscripted base keeps Blender as a module from freeing its classes at exit.
    """

    waiting_for: ClassVar[str] = "BlobGAN"
    _job: Job[Any] | None = None
    _timer: Any = None

    def begin(self, context: Context) -> Job[Any]:
        """Hand the job to the worker; a `BlobGANError` is reported."""
        raise NotImplementedError

    def finish(self, context: Context, result: Any) -> set[str]:
        """Use the result on the main thread; a `BlobGANError` is reported."""
        raise NotImplementedError

    def execute(self, context: Context) -> set[str]:
        """The whole job, blocking."""
        try:
            return self.finish(context, self.begin(context).result())
        except BlobGANError as error:
            return self._refuse(error)

    def wait(self, context: Context) -> set[str]:
        """For `invoke`: start the job and let Blender go on; without a window, block."""
        if bpy.app.background:
            return self.execute(context)
        try:
            self._job = self.begin(context)
        except BlobGANError as error:
            return self._refuse(error)
        manager = context.window_manager
        self._timer = manager.event_timer_add(_PERIOD, window=context.window)
        manager.modal_handler_add(self)
        context.window.cursor_modal_set("WAIT")
        return {"RUNNING_MODAL"}

    def go_on(self, context: Context, job: Job[Any]) -> set[str]:
        """For `finish` of a modal wait: another job follows this one, and `finish` is called with its result."""
        self._job = job
        self._timer = context.window_manager.event_timer_add(_PERIOD, window=context.window)
        context.window.cursor_modal_set("WAIT")
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> set[str]:
        """Look at the job; ESC gives it up, everything else passes through. Its result waits until no render runs."""
        job = self._job
        if event.type == "ESC":
            job.cancel()
            self._stop_waiting(context)
            self.report({"INFO"}, f"{self.waiting_for} was cancelled")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if render_runs():
            context.workspace.status_text_set(f"{self.waiting_for}: waiting for the render's end …  (ESC to cancel)")
            return {"PASS_THROUGH"}
        if not job.done():
            _, doing = job.progress
            context.workspace.status_text_set(f"{self.waiting_for}: {doing or 'starting'} …  (ESC to cancel)")
            return {"PASS_THROUGH"}
        self._stop_waiting(context)
        try:
            return self.finish(context, job.result())
        except BlobGANError as error:
            return self._refuse(error)

    def cancel(self, context: Context) -> None:
        """Blender ends the operator, or its dialogue: another file is opened, or the window closes."""
        if self._job is not None:
            self._job.cancel()
            self._stop_waiting(context)

    def _stop_waiting(self, context: Context) -> None:
        context.window_manager.event_timer_remove(self._timer)
        context.workspace.status_text_set(None)
        context.window.cursor_modal_restore()

    def _refuse(self, error: BlobGANError) -> set[str]:
        self.report({"INFO"} if isinstance(error, Cancelled) else {"ERROR"}, str(error))
        return {"CANCELLED"}
