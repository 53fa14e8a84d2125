"""Wake Blob: blobs that the model left unused become visible objects."""

from __future__ import annotations

import bpy
import numpy as np
from bpy.props import StringProperty
from bpy.types import Context, Object

from .. import live
from ..scene.blobs import is_blob, wake
from ..scene.canvas import active_canvas
from ..scene.reading import evaluated_geometry
from ..scene.writable import why_read_only
from .canvas_operator import may_change_canvas


class BLOBGAN_OT_wake_blob(bpy.types.Operator):
    """Make a faint blob large enough to be seen and bring it into the picture; its angle and shape are kept"""

    bl_idname = "blobgan.wake_blob"
    bl_label = "Wake Blob"
    bl_options = {"REGISTER", "UNDO"}

    blob: StringProperty(  # type: ignore[valid-type]
        name="Blob", description="The blob's name; empty for the selected ones", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas that can be changed."""
        return may_change_canvas(cls, context)

    def execute(self, context: Context) -> set[str]:
        """Wake each, show it if it is hidden, and select it."""
        blobs = self._blobs(context)
        if not blobs:
            self.report(
                {"ERROR"}, f"“{self.blob}” is not a blob of this scene" if self.blob else "Select a blob to wake"
            )
            return {"CANCELLED"}
        reason = why_read_only(blobs)
        if reason:
            self.report({"ERROR"}, reason)
            return {"CANCELLED"}
        for item in context.selected_objects:
            item.select_set(False)
        for blob in blobs:
            blob.hide_set(False)
            blob.hide_viewport = blob.hide_render = False
        depsgraph = context.evaluated_depsgraph_get()  # only now: a hidden object's matrix is stale
        for blob in blobs:
            canvas = blob.blobgan.canvas
            geometry = evaluated_geometry(canvas, [blob], depsgraph)
            centre = (float(geometry.xs[0]), float(geometry.ys[0]))
            height = (canvas.matrix_world.inverted_safe() @ blob.matrix_world).translation.z
            wake(blob, float(geometry.sizes[0]), np.asarray(geometry.covs[0]), centre, height)
            blob.select_set(True)
        context.view_layer.objects.active = blobs[-1]
        live.mark()
        return {"FINISHED"}

    def _blobs(self, context: Context) -> list[Object]:
        if not self.blob:
            return [item for item in context.selected_objects if is_blob(item)]
        named = [item for item in context.view_layer.objects if item.name == self.blob and is_blob(item)]
        canvas = active_canvas(context.scene, context.view_layer)
        # The list's button means the active canvas's, and a linked room's blobs may have the same names.
        return [blob for blob in named if blob.blobgan.canvas == canvas] or named
