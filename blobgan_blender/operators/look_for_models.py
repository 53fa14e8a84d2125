"""Look for Models: read the catalogue."""

from __future__ import annotations

import bpy
from bpy.types import Context

from .. import background
from ..preferences import catalogue
from .in_background import BackgroundOperator


class BLOBGAN_OT_look_for_models(BackgroundOperator):
    """Read the catalogue and list the models that can be downloaded; none of them is"""

    bl_idname = "blobgan.look_for_models"
    bl_label = "Look for Models"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """A catalogue on the network needs leave to go there."""
        return (bpy.app.online_access or "://" not in catalogue() or refuse_offline(cls)) and super().poll(context)

    def task(self, _context: Context) -> background.Task:
        """See the class."""
        from .. import model_tasks  # not when the extension is enabled

        return model_tasks.look_task()


def refuse_offline(operator: type[bpy.types.Operator]) -> bool:
    """For `poll`: say why the button is grey where Blender may not use the network; False."""
    operator.poll_message_set("Blender may not use the network: tick Allow Online Access in Preferences > System")
    return False
