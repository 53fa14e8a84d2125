"""Morph to Active and Clear Morph: what the Morph slider of a blob leads to."""

from __future__ import annotations

import bpy
from bpy.types import Context, Object

from .. import live
from ..core.errors import BlobGANError
from ..scene.appearance import clear_stages, read_appearance, stages, write_stages
from ..scene.blobs import is_blob
from ..scene.canvas import canvas_of
from .canvas_operator import may_change


class BLOBGAN_OT_morph_to_active(bpy.types.Operator):
    """As Morph goes from 0 to 1, the selected blobs turn into the active one; of two canvases, the backgrounds do"""

    bl_idname = "blobgan.morph_to_active"
    bl_label = "Morph to Active"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs an active blob or canvas, and another one selected."""
        if not _others(context):
            cls.poll_message_set("Select the blobs that morph, then the one they morph to; or two canvases")
            return False
        return may_change(cls, _others(context))

    def execute(self, context: Context) -> set[str]:
        """Store the active one's appearance on the others."""
        try:
            phi, psi = read_appearance(context.active_object)
            for owner in _others(context):
                if [len(own) for own in read_appearance(owner)] != [len(phi), len(psi)]:
                    raise BlobGANError(f"“{owner.name}” is of another model and cannot morph to this appearance.")
                write_stages(owner, phi[None], psi[None])
        except BlobGANError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        live.mark()
        return {"FINISHED"}


class BLOBGAN_OT_clear_morph(bpy.types.Operator):
    """The selected blobs and canvases morph to nothing any more; their Morph has no effect"""

    bl_idname = "blobgan.clear_morph"
    bl_label = "Clear Morph"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs something that morphs."""
        morphing = [item for item in context.selected_objects if stages(item)]
        if not morphing:
            cls.poll_message_set("None of the selected blobs morphs")
            return False
        return may_change(cls, morphing)

    def execute(self, context: Context) -> set[str]:
        """Forget what they morph to."""
        for item in context.selected_objects:
            if stages(item):
                clear_stages(item)
        live.mark()
        return {"FINISHED"}


def _others(context: Context) -> list[Object]:
    """The selected ones of the active one's kind."""
    active = context.active_object
    if active is None or canvas_of(active) is None:
        return []
    selected = [item for item in context.selected_objects if item != active and canvas_of(item) is not None]
    return [item for item in selected if is_blob(item) == is_blob(active)]
