"""Check: what the Pythons that could run the worker can do."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from bpy.types import Context, Event

from .. import runtime
from ..preferences import models_folder, worker_python
from ..worker.interpreter import Interpreter
from ..worker.jobs import Job
from .waiting import WaitingOperator

if TYPE_CHECKING:
    from ..worker.python_search import Probe


class BLOBGAN_OT_check_worker(WaitingOperator):
    """Try the worker's Python: its version, its torch, and the device it computes on"""

    bl_idname = "blobgan.check_worker"
    bl_label = "Check Worker Python"
    waiting_for = "Check Worker Python"

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: importing torch takes seconds, so look on another thread."""
        return self.wait(context)

    def begin(self, _context: Context) -> Job[list[Probe]]:
        """Probe the candidates in order until one works."""
        from ..worker.python_search import candidates

        job: Job[list[Probe]] = Job()
        pythons = candidates(worker_python(), models_folder(), runtime.own_python())
        threading.Thread(target=_probe_all, args=(pythons, job), name="blobgan-check", daemon=True).start()
        return job

    def finish(self, context: Context, result: list[Probe]) -> set[str]:
        """Note what was found where the preferences and the panel show it."""
        lines = [_line(found) for found in result]
        context.window_manager.blobgan.check_report = "\n".join(lines)
        works = any(found.ok for found in result)
        self.report({"INFO"} if works else {"ERROR"}, lines[-1] if lines else "No Python was found")
        return {"FINISHED"} if works else {"CANCELLED"}


def _probe_all(pythons: list[Interpreter], job: Job[list[Probe]]) -> None:
    from ..worker.python_search import probe

    found: list[Probe] = []
    for python in pythons:
        found.append(probe(python))
        if found[-1].ok or job.done():
            break
    job.succeed(found)


def _line(found: Probe) -> str:
    if not found.ok:
        return f"{found.python}: {found.problem}"
    return f"{found.python}: Python {found.version}, {found.engine}, {found.device}"
