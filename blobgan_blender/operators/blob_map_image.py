"""Blob Map Image: what the overlay shows, as an image of Blender's."""

from __future__ import annotations

from bpy.props import BoolProperty, IntProperty
from bpy.types import Context

from ..scene.canvas import active_canvas
from ..scene.maps import SIDE, map_image, map_picture
from ..scene.reading import read_canvas
from .canvas_operator import CanvasOperator, needs_calm


class BLOBGAN_OT_blob_map_image(CanvasOperator):
    """Put the blob map of the canvas as it stands into an image, to look at or to use in a material"""

    bl_idname = "blobgan.blob_map_image"
    bl_label = "Blob Map as Image"
    bl_options = {"REGISTER", "UNDO"}

    side: IntProperty(name="Side", description="Of the image in pixels", min=16, max=8192, default=SIDE)  # type: ignore[valid-type]
    labels: BoolProperty(name="Numbers", description="Write each blob's number on it")  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas, and no render: an image of another size takes the place of the last one."""
        return needs_calm(cls) and super().poll(context)

    def run(self, context: Context) -> str:
        """Draw it."""
        canvas = active_canvas(context.scene, context.view_layer)
        reading = read_canvas(canvas, context.evaluated_depsgraph_get(), context.view_layer)
        image = map_image(canvas, map_picture(canvas, reading, self.side, self.labels))
        return f"Drew “{image.name}”"
