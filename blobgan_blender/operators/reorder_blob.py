"""Reorder Blob: which blob lies in front of which."""

from __future__ import annotations

from typing import Any

from bpy.props import EnumProperty
from bpy.types import Context

from ..scene.stacking import restack
from .choices import description_of
from .selected import SelectedOperator, names_of, selected_blobs


class BLOBGAN_OT_reorder_blob(SelectedOperator):
    """Bring the selected blobs to the front or send them back; what lies in front covers what is behind it"""

    bl_idname = "blobgan.reorder_blob"
    bl_label = "Reorder Blob"
    bl_options = {"REGISTER", "UNDO"}

    to: EnumProperty(  # type: ignore[valid-type]
        name="To",
        items=[
            ("FRONT", "Bring to Front", "Bring the selected blobs in front of all others"),
            ("FORWARD", "Bring Forward", "Bring the selected blobs in front of the next one"),
            ("BACKWARD", "Send Backward", "Send the selected blobs behind the next one"),
            (
                "BACK",
                "Send to Back",
                "Send the selected blobs behind all others; the background stays behind them",
            ),
        ],
        default="FRONT",
    )

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        """What the button does that is pointed at."""
        return description_of("reorder_blob", "to", properties.to)

    def edit(self, context: Context) -> str:
        """Restack each canvas's own blobs."""
        chosen = selected_blobs(context)
        depsgraph = context.evaluated_depsgraph_get()
        for canvas in {blob.blobgan.canvas for blob in chosen}:
            mine = [blob for blob in chosen if blob.blobgan.canvas == canvas]
            restack(canvas, mine, self.to, depsgraph, context.view_layer)
        return f"Reordered {names_of(chosen)}"
