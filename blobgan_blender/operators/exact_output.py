"""Exact Colors on Disk: the scene's output gets a view of its own."""

from __future__ import annotations

import bpy
from bpy.types import Context

from ..scene.output import output_exact_colors


class BLOBGAN_OT_exact_output(bpy.types.Operator):
    """Save rendered pictures with exactly the model's colours: a Standard view for the output, yours stays as it is"""

    bl_idname = "blobgan.exact_output"
    bl_label = "Exact Colors on Disk"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> set[str]:
        """Set the output's own colour management."""
        output_exact_colors(context.scene)
        return {"FINISHED"}
