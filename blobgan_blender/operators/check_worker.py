"""Check: what the Pythons that could run the worker can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from bpy.types import Context

from .. import background, runtime
from ..core.errors import WorkerError
from ..preferences import models_folder, worker_python
from ..worker.interpreter import Interpreter
from ..worker.jobs import Job
from .in_background import BackgroundOperator

if TYPE_CHECKING:
    from ..worker.python_search import Probe


class BLOBGAN_OT_check_worker(BackgroundOperator):
    """Try the worker's Python: its version, its torch, and the device it computes on"""

    bl_idname = "blobgan.check_worker"
    bl_label = "Check Worker Python"

    def task(self, _context: Context) -> background.Task:
        """Probe the candidates in order until one works: importing torch takes seconds."""
        from ..worker.python_search import candidates

        pythons = candidates(worker_python(), models_folder(), runtime.own_python())
        return background.Task("Checking the worker's Python", lambda job: _probe_all(pythons, job), _note)


def _probe_all(pythons: list[Interpreter], job: Job[Any]) -> list[Probe]:
    from ..worker.python_search import probe

    found: list[Probe] = []
    for number, python in enumerate(pythons):
        job.report(number / len(pythons), str(python))
        found.append(probe(python, stop=job.ended))
        if found[-1].ok:
            break
    return found


def _note(found: list[Probe]) -> str:
    """Write what was found where the preferences and the panel show it; returns the last of it."""
    lines = [_line(each) for each in found]
    bpy.context.window_manager.blobgan.check_report = "\n".join(lines)
    if not any(each.ok for each in found):
        raise WorkerError(lines[-1] if lines else "No Python was found")
    return lines[-1]


def _line(found: Probe) -> str:
    if not found.ok:
        return f"{found.python}: {found.problem}"
    return f"{found.python}: Python {found.version}, {found.engine}, {found.device}"
