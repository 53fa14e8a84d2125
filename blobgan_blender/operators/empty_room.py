"""Empty Room: the background alone, and the furniture back again, by one button."""

from __future__ import annotations

import bpy
from bpy.types import Context

from .. import live
from ..core.errors import BlobGANError
from ..scene.canvas import active_canvas
from ..scene.empty_room import bring_back, is_empty, put_away
from .canvas_operator import may_change_canvas


class BLOBGAN_OT_empty_room(bpy.types.Operator):
    """Hide all blobs of the canvas, so that the background is seen alone; press again to bring them back"""

    bl_idname = "blobgan.empty_room"
    bl_label = "Empty Room"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas that can be changed."""
        return may_change_canvas(cls, context)

    def execute(self, context: Context) -> set[str]:
        """Away, or back."""
        canvas = active_canvas(context.scene, context.view_layer)
        try:
            if is_empty(canvas, context.view_layer):
                said = f"Brought {len(bring_back(canvas, context.view_layer))} blobs back"
            else:
                said = f"Put {len(put_away(canvas, context.view_layer))} blobs away; press again to bring them back"
        except BlobGANError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        context.view_layer.objects.active = canvas  # hidden blobs are active no more
        live.mark()
        self.report({"INFO"}, said)
        return {"FINISHED"}
