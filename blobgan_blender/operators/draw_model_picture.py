"""Draw Picture: what a model is shown by in the library, drawn by the model itself."""

from __future__ import annotations

from bpy.types import Context

from .. import background
from .in_background import BackgroundOperator
from .model_operator import OnModel


class BLOBGAN_OT_draw_model_picture(OnModel, BackgroundOperator):
    """Let the model draw the room that it is shown by, and keep the picture beside it"""

    bl_idname = "blobgan.draw_model_picture"
    bl_label = "Draw Picture"

    def task(self, _context: Context) -> background.Task:
        """See the class."""
        from .. import model_tasks  # not when the extension is enabled

        return model_tasks.picture_task(self.model().weights)
