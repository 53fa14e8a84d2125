"""Load Layout: the canvas's blobs become those of a file, on any model that its appearances fit."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
from bpy.props import IntProperty, StringProperty
from bpy.types import Context, Event

from .. import live
from ..core.edits import check_width
from ..core.ellipse import has_model_determinant
from ..core.errors import LayoutError
from ..core.layout import Layout
from ..scene.appearance import read_appearance
from ..scene.blobs import all_blobs
from ..scene.canvas import active_canvas, complete_canvas
from ..scene.keyframes import clear_animation
from ..scene.writable import check_writable
from .canvas_operator import CanvasOperator, may_change_canvas
from .keyed import check_answered, keyed_property

MOST_BLOBS = 100  # of a canvas: each is an object of Blender's, read at every turn of a drag


class BLOBGAN_OT_load_layout(CanvasOperator):
    """Give the canvas the blobs and the background of a layout file; the model stays"""

    bl_idname = "blobgan.load_layout"
    bl_label = "Load Layout"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(name="File", subtype="FILE_PATH")  # type: ignore[valid-type]
    filter_glob: StringProperty(default="*.npz;*.json", options={"HIDDEN"})  # type: ignore[valid-type]
    number: IntProperty(name="Layout", description="Which of the file's layouts, 0 the first", min=0)  # type: ignore[valid-type]
    keyed: keyed_property(may_be_new=False)  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas that can be changed."""
        return may_change_canvas(cls, context)

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: choose the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def run(self, context: Context) -> str:
        """Check everything, then fill the canvas."""
        canvas = active_canvas(context.scene, context.view_layer)
        path = Path(bpy.path.abspath(self.filepath))
        layout = read_fitting(path, self.number, *read_appearance(canvas))
        blobs = all_blobs(canvas)
        check_writable((canvas, *blobs))
        check_answered(blobs, self.keyed, may_be_new=False)
        clear_animation(blobs)
        complete_canvas(canvas, layout, ())
        if bpy.app.background:
            live.update_now(context.scene, context.view_layer, canvas)
        live.mark()
        reshaped = int((~has_model_determinant(layout.covs, canvas.blobgan.ab_norm)).sum())
        if reshaped:
            self.report({"WARNING"}, f"{reshaped} blobs have a shape that this model never makes: their area was kept")
        return f"Loaded {layout.blobs} blobs from {path.name}"


def read_fitting(path: Path, number: int, phi: np.ndarray, psi: np.ndarray) -> Layout[np.ndarray]:
    """One layout of a file, N = 1, if a canvas whose background is φ, ψ can show it; else raises `LayoutError`."""
    from ..library.layout_file import read_layout  # not when the extension is enabled

    layouts = read_layout(path)
    if number >= layouts.count:
        raise LayoutError(f"{path.name} holds {layouts.count} layouts, no number {number}. Choose a lower one.")
    layout = layouts.one(number)
    check_width(layout.features, layout.spatial_style, len(phi), len(psi))
    if layout.blobs == 0:
        raise LayoutError(f"{path.name} holds no blobs. For the background alone press Empty Room.")
    if layout.blobs > MOST_BLOBS:
        raise LayoutError(f"{path.name} holds {layout.blobs} blobs, and a canvas at most {MOST_BLOBS}. Remove some.")
    return layout
