"""The process that draws: whether it runs, on what, and what to do if it does not."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Context

from .. import runtime
from .text import wrapped

# By name: the enum itself is not imported when the extension is enabled.
_STATES: dict[str, tuple[str, Any]] = {
    "OFF": ("Off; it starts with the next picture", "RADIOBUT_OFF"),
    "STARTING": ("Starting …", "SORTTIME"),
    "READY": ("Ready", "RADIOBUT_ON"),
    "FAILED": ("Failed", "ERROR"),
}


class BLOBGAN_PT_worker(bpy.types.Panel):
    """See the module."""

    bl_label = "Worker"
    bl_space_type, bl_region_type, bl_category = "VIEW_3D", "UI", "BlobGAN"
    bl_parent_id = "BLOBGAN_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        """See the module."""
        layout, worker = self.layout, runtime.existing_worker()
        text, icon = _STATES[worker.state.name if worker is not None else "OFF"]
        info = worker.info if worker is not None else None
        layout.label(text=f"{text}: {info}" if info else text, icon=icon)
        if worker is not None and worker.failure:
            wrapped(context, layout, worker.failure)
        layout.operator("blobgan.release_memory", icon="TRASH")
        row = layout.row(align=True)
        row.operator("blobgan.restart_worker", text="Restart", icon="FILE_REFRESH")
        row.operator("blobgan.check_worker", text="Check Python", icon="CHECKMARK")
        for line in filter(None, context.window_manager.blobgan.check_report.split("\n")):
            wrapped(context, layout, line)
