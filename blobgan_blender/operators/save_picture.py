"""Save Picture: the canvas's picture, its blob map, or the map with the blobs' numbers, as a PNG."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty
from bpy.types import Context, Event

from .. import runtime
from ..scene.canvas import active_canvas
from ..scene.maps import SIDE, map_picture
from ..scene.reading import read_canvas
from .canvas_operator import CanvasOperator

_ENDINGS = {"PICTURE": "", "MAP": "_blobs", "LABELS": "_labels"}


class BLOBGAN_OT_save_picture(CanvasOperator):
    """Save the canvas as it stands: the picture in the model's own colours, its blob map, or the map with numbers"""

    bl_idname = "blobgan.save_picture"
    bl_label = "Save Picture"
    bl_options = {"REGISTER"}

    filepath: StringProperty(name="File", subtype="FILE_PATH", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    check_existing: BoolProperty(default=True, options={"HIDDEN"})  # type: ignore[valid-type]  # the file browser asks
    filter_glob: StringProperty(default="*.png", options={"HIDDEN"})  # type: ignore[valid-type]
    kind: EnumProperty(  # type: ignore[valid-type]
        name="Save",
        items=[
            ("PICTURE", "Picture", "What the model draws"),
            ("MAP", "Blob Map", "The blobs as coloured ellipses"),
            ("LABELS", "Labelled Map", "The blob map with the blobs' numbers"),
        ],
    )
    side: IntProperty(  # type: ignore[valid-type]
        name="Side",
        description="Of the file in pixels; 0 for the model's own (pictures) or 512 (maps)",
        min=0,
        max=8192,
    )

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: choose the file."""
        if not self.filepath:
            canvas = active_canvas(context.scene, context.view_layer)
            self.filepath = f"{canvas.name}{_ENDINGS[self.kind]}.png"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def run(self, context: Context) -> str:
        """Draw and write."""
        from ..library.png import write_png  # not when the extension is enabled

        canvas, path = active_canvas(context.scene, context.view_layer), Path(bpy.path.abspath(self.filepath))
        if path.suffix.lower() != ".png":
            path = path.with_name(f"{path.name}.png")
        reading = read_canvas(canvas, context.evaluated_depsgraph_get(), context.view_layer)
        if self.kind == "PICTURE":
            job = runtime.worker().render(
                runtime.model_of(canvas),
                reading.layout,
                noise_seed=canvas.blobgan.noise_seed,
                size=(self.side, self.side) if self.side else None,
            )
            picture = job.result().rgb
        else:
            picture = map_picture(canvas, reading, self.side or SIDE, labels=self.kind == "LABELS")
        write_png(path, picture)
        return f"Saved {path}"
