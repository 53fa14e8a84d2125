"""Check: what the Pythons that could run the worker can do."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
from bpy.types import Context

from ..preferences import models_folder, worker_python
from ..worker.python_search import Probe, candidates, probe

_DEADLINE = 60.0  # seconds for each; the first import of torch from a cold disk takes long


class BLOBGAN_OT_check_worker(bpy.types.Operator):
    """Try the worker's Python: its version, its torch, and the device it computes on"""

    bl_idname = "blobgan.check_worker"
    bl_label = "Check Worker Python"

    def execute(self, context: Context) -> set[str]:
        """Probe the candidates in order until one works."""
        lines, works = [], False
        for python in candidates(worker_python(), models_folder(), sys.executable):
            found = probe(Path(python), deadline=_DEADLINE)
            lines.append(_line(found))
            works = found.ok
            if works:
                break
        context.window_manager.blobgan.check_report = "\n".join(lines)
        self.report({"INFO"} if works else {"ERROR"}, lines[-1] if lines else "No Python was found")
        return {"FINISHED"} if works else {"CANCELLED"}


def _line(found: Probe) -> str:
    if not found.ok:
        return f"{found.python}: {found.problem}"
    return f"{found.python}: Python {found.version}, torch {found.torch}, {found.device}"
