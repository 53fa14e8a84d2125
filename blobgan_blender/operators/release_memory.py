"""Release GPU Memory: end the process that draws until a picture is wanted again."""

from __future__ import annotations

import bpy
from bpy.types import Context

from .. import live, runtime


class BLOBGAN_OT_release_memory(bpy.types.Operator):
    """End the process that draws, and with it what it holds of the GPU's memory; the next picture starts it again"""

    bl_idname = "blobgan.release_memory"
    bl_label = "Release GPU Memory"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        """Needs a worker with nothing to do: whoever waits for it would get an error."""
        worker = runtime.existing_worker()
        if worker is None or worker.state.name in ("OFF", "FAILED"):
            cls.poll_message_set("No worker runs, so it holds no memory")
        elif live.held():
            cls.poll_message_set("A render runs and needs the worker")
        elif worker.idle_for is None:
            cls.poll_message_set("The worker is busy: wait for its picture, or press Restart")
        else:
            return True
        return False

    def execute(self, _context: Context) -> set[str]:
        """End it without waiting."""
        runtime.release_worker()
        self.report({"INFO"}, "The worker ends and its memory is free; the next picture starts it again")
        return {"FINISHED"}
