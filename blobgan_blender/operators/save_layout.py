"""Save Layout: the canvas's layout as a file, for another scene, a script, or the command line."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.props import BoolProperty, StringProperty
from bpy.types import Context, Event

from ..scene.canvas import active_canvas
from ..scene.reading import read_canvas
from .canvas_operator import CanvasOperator


class BLOBGAN_OT_save_layout(CanvasOperator):
    """Save where the blobs are and what they look like, as .npz or .json"""

    bl_idname = "blobgan.save_layout"
    bl_label = "Save Layout"
    bl_options = {"REGISTER"}

    filepath: StringProperty(name="File", subtype="FILE_PATH", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    check_existing: BoolProperty(default=True, options={"HIDDEN"})  # type: ignore[valid-type]  # the file browser asks
    filter_glob: StringProperty(default="*.npz;*.json", options={"HIDDEN"})  # type: ignore[valid-type]

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: choose the file."""
        if not self.filepath:
            self.filepath = f"{active_canvas(context.scene, context.view_layer).name}_layout.npz"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def run(self, context: Context) -> str:
        """Read the canvas, write the file."""
        from ..library.layout_file import write_layout  # not when the extension is enabled

        canvas, path = active_canvas(context.scene, context.view_layer), Path(bpy.path.abspath(self.filepath))
        reading = read_canvas(canvas, context.evaluated_depsgraph_get(), context.view_layer)
        write_layout(path, reading.layout)
        return f"Saved {reading.layout.blobs} blobs to {path}"
