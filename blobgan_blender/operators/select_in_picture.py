"""Select in Picture: a click on an object of the picture selects its blob."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, FloatProperty
from bpy.types import Context, Event, Object

from ..core.errors import BlobGANError
from ..scene.canvas import active_canvas
from ..viewport.picker import Point, blob_at, point_under
from .canvas_operator import needs_canvas


class BLOBGAN_OT_select_in_picture(bpy.types.Operator):
    """Select the blob that owns the point of the picture under the mouse; Shift adds to the selection"""

    bl_idname = "blobgan.select_in_picture"
    bl_label = "Select in Picture"
    bl_options = {"REGISTER", "UNDO"}

    x: FloatProperty(name="X", description="0 at the left edge of the picture, 1 at the right", min=0.0, max=1.0)  # type: ignore[valid-type]
    y: FloatProperty(name="Y", description="0 at the top edge, 1 at the bottom", min=0.0, max=1.0)  # type: ignore[valid-type]
    extend: BoolProperty(name="Extend", description="Keep what is selected", options={"SKIP_SAVE"})  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas, and objects that can be selected."""
        if context.mode != "OBJECT":
            cls.poll_message_set("Go back to Object Mode")
            return False
        return needs_canvas(cls, context)

    def invoke(self, context: Context, event: Event) -> set[str]:
        """For a person: the point under the mouse; beside the picture the click is Blender's."""
        point = point_under(context, (event.mouse_region_x, event.mouse_region_y))
        if point is None:
            return {"PASS_THROUGH"}
        self.x, self.y, self.extend = point.x, point.y, event.shift
        return self._select(context, point)

    def execute(self, context: Context) -> set[str]:
        """For scripts: a point of the active canvas's picture."""
        return self._select(context, Point(active_canvas(context.scene, context.view_layer), self.x, self.y))

    def _select(self, context: Context, point: Point) -> set[str]:
        try:
            blob = blob_at(context, point)
        except BlobGANError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        # The background is the canvas's.
        self._choose(context, point.canvas if blob is None else blob)
        return {"FINISHED"}

    def _choose(self, context: Context, chosen: Object) -> None:
        if self.extend and chosen.select_get():
            chosen.select_set(False)
            return
        if not self.extend:
            for item in context.selected_objects:
                item.select_set(False)
        chosen.select_set(True)
        context.view_layer.objects.active = chosen
