"""Remove: a model's files go, after a question."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Context, Event

from .. import background, models, runtime
from ..core.errors import BlobGANError
from .model_operator import OnModel


class BLOBGAN_OT_remove_model(OnModel, bpy.types.Operator):
    """Delete the model's files. Scenes that were made with it keep their pictures, and need it again to be edited"""

    bl_idname = "blobgan.remove_model"
    bl_label = "Remove Model"

    def invoke(self, context: Context, event: Event) -> set[str]:
        """For a person: ask first."""
        try:
            found = self.model()
        except BlobGANError as error:
            return self._refuse(error)
        from ..library import shelf

        files = ", ".join(path.name for path in shelf.files_of(found.weights))
        answer: set[Any] = context.window_manager.invoke_confirm(
            self,
            event,
            title=f"Remove {found.name}?",
            message=f"{files} will be deleted from disk. There is no way back.",
            confirm_text="Remove",
            icon="WARNING",
        )
        return answer

    def execute(self, _context: Context) -> set[str]:
        """Delete them."""
        from ..library import shelf

        try:
            gone = shelf.remove(self.model().weights)
        except BlobGANError as error:
            return self._refuse(error)
        finally:
            models.look_again()
            background.redraw()
        runtime.forget_models()
        self.report({"INFO"}, f"Removed {', '.join(gone)}")
        return {"FINISHED"}

    def _refuse(self, error: BlobGANError) -> set[str]:
        self.report({"ERROR"}, str(error))
        return {"CANCELLED"}
