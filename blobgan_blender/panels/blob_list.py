"""The list of a canvas's blobs: click to select, wake the faint, see what is hidden."""

from __future__ import annotations

import math

import bpy
from bpy.types import AnyType, Context, Object, UILayout

from ..core.ellipse import owned
from ..scene.blobs import blobs_of, by_uid, faint_size
from ..scene.canvas import active_canvas
from .main import CanvasPanel
from .text import wrapped


class BLOBGAN_UL_blobs(bpy.types.UIList):
    """The scene's objects, filtered to the blobs of the active canvas, front to back."""

    def draw_item(
        self,
        _context: Context,
        layout: UILayout,
        _data: AnyType,
        item: Object,
        _icon: int,
        _active_data: AnyType,
        _active_property: str,
    ) -> None:
        """One blob: its name, a way to wake it if it is faint, its eye."""
        row = layout.row(align=True)
        faint = is_faint(item)
        row.active = not faint
        row.prop(item, "name", text="", emboss=False, icon="GHOST_DISABLED" if faint else "SPHERE")
        if faint:
            row.operator("blobgan.wake_blob", text="Wake").blob = item.name
        row.prop(item.blobgan, "pinned", text="", emboss=False, icon="PINNED" if item.blobgan.pinned else "UNPINNED")
        row.prop(item, "hide_viewport", text="", emboss=False)

    def filter_items(self, context: Context, data: AnyType, property_name: str) -> tuple[list[int], list[int]]:
        """Show the canvas's blobs only, the front-most first."""
        objects = getattr(data, property_name)
        canvas = active_canvas(context.scene, context.view_layer)
        mine = by_uid(blobs_of(canvas, objects))
        shown = [self.bitflag_filter_item if item.session_uid in mine else 0 for item in objects]
        front_first = sorted(range(len(objects)), key=lambda i: (-objects[i].location.z, -objects[i].blobgan.order))
        places = [0] * len(objects)
        for place, index in enumerate(front_first):
            places[index] = place
        return shown, places


class BLOBGAN_PT_blobs(CanvasPanel):
    """The blobs, and what can be done to the selected ones."""

    bl_label = "Blobs"

    def draw(self, context: Context) -> None:
        """See the class."""
        layout = self.layout
        canvas = active_canvas(context.scene, context.view_layer)
        layout.template_list("BLOBGAN_UL_blobs", "", context.scene, "objects", canvas.blobgan, "active_blob", rows=6)
        row = layout.row(align=True)
        row.operator("blobgan.wake_blob", text="Wake", icon="GHOST_ENABLED").blob = ""
        row.operator("blobgan.remove_blob", text="Remove", icon="X")
        if not blobs_of(canvas, context.scene.objects):
            wrapped(context, layout, "An empty room. Reset brings the model's blobs back.", "INFO")


def is_faint(blob: Object) -> bool:
    """Whether a blob is too small on its canvas to be seen: by its own scale or a parent's, as last evaluated."""
    canvas, ab_norm = blob.blobgan.canvas, blob.blobgan.canvas.blobgan.ab_norm
    block = (canvas.matrix_world.inverted_safe() @ blob.matrix_world).to_2x2()
    return bool(math.pi * abs(block.determinant()) / 4 < owned(faint_size(ab_norm), ab_norm))
