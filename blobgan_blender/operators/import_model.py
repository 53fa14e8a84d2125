"""Import Model: an official checkpoint is converted, one's own model copied, into the models folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty
from bpy.types import Context, Event

from .. import background
from .asking import AskingOperator


class BLOBGAN_OT_import_model(AskingOperator):
    """Convert an official checkpoint (.ckpt), or copy a converted model (.safetensors), into the models folder"""

    bl_idname = "blobgan.import_model"
    bl_label = "Import Model"

    filepath: StringProperty(name="File", description="A checkpoint or a model", subtype="FILE_PATH")  # type: ignore[valid-type]
    filter_glob: StringProperty(default="*.ckpt;*.safetensors", options={"HIDDEN"})  # type: ignore[valid-type]
    model_name: StringProperty(name="Name", description="Of a checkpoint's model; empty for the file's own")  # type: ignore[valid-type]
    license: StringProperty(  # type: ignore[valid-type]
        name="Licence", description="Who may use a checkpoint's model, as an SPDX identifier", default="unknown"
    )

    def invoke(self, context: Context, event: Event) -> set[str]:
        """For a person: choose the file first; Blender then calls `execute`."""
        if self.filepath:
            return self.begin(context)
        self._asked = True
        answer: set[str] = self.ask(context, event)
        return answer

    def ask(self, context: Context, _event: Event) -> Any:
        """Open the file browser."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def task(self, _context: Context) -> background.Task:
        """See the class."""
        from .. import model_tasks  # not when the extension is enabled

        return model_tasks.import_task(
            Path(bpy.path.abspath(self.filepath)), self.model_name.strip(), self.license.strip()
        )
