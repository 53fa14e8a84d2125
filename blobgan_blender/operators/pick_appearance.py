"""Eyedropper: point at an object in the picture, and the selected blobs look like it."""

from __future__ import annotations

import bpy
from bpy.types import Context, Event

from .. import live
from ..core.errors import BlobGANError
from ..scene.appearance import read_appearance
from ..scene.restyling import give_appearance
from ..viewport.picker import blob_at, point_under
from .selected import SelectedOperator, names_of, parts_property, selected_blobs


class BLOBGAN_OT_pick_appearance(SelectedOperator):
    """Click on an object in the picture: the selected blobs take its appearance; also the background's"""

    bl_idname = "blobgan.pick_appearance"
    bl_label = "Appearance Eyedropper"
    bl_options = {"REGISTER", "UNDO"}

    parts: parts_property()  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs selected blobs, and a viewport to point in."""
        if bpy.app.background:
            cls.poll_message_set("Without a window there is nothing to point at: use Take Appearance of Active")
            return False
        return super().poll(context)

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """Wait for the click."""
        context.window_manager.modal_handler_add(self)
        context.window.cursor_modal_set("EYEDROPPER")
        context.workspace.status_text_set("Click on the object to look like  (ESC or right click to cancel)")
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> set[str]:
        """Navigation passes through; a click picks."""
        if event.type in {"ESC", "RIGHTMOUSE"}:
            self._done(context)
            return {"CANCELLED"}
        if event.type != "LEFTMOUSE" or event.value != "PRESS":
            return {"PASS_THROUGH"}
        self._done(context)
        point = point_under(context, (event.mouse_region_x, event.mouse_region_y))
        if point is None:
            self.report({"INFO"}, "That is beside the picture: nothing was picked")
            return {"CANCELLED"}
        try:
            giver = blob_at(context, point) or point.canvas
            takers = [blob for blob in selected_blobs(context) if blob != giver]
            give_appearance(takers, read_appearance(giver), self.parts)
        except BlobGANError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        live.mark()
        self.report({"INFO"}, f"{names_of(takers)} took the appearance of {giver.name}")
        return {"FINISHED"}

    def cancel(self, context: Context) -> None:
        """Blender ends the operator."""
        self._done(context)

    def _done(self, context: Context) -> None:
        context.workspace.status_text_set(None)
        context.window.cursor_modal_restore()
