"""What can be keyframed beside transforms and opacity: the active blob's morph, the background's, a walk."""

from __future__ import annotations

from bpy.types import Context

from ..scene.appearance import stages
from ..scene.blobs import is_blob
from ..scene.canvas import active_canvas
from .main import CanvasPanel


class BLOBGAN_PT_animate(CanvasPanel):
    """See the module."""

    bl_label = "Animate"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        """See the module."""
        layout, blob = self.layout, context.view_layer.objects.active
        canvas = active_canvas(context.scene, context.view_layer)
        if blob is not None and is_blob(blob):
            row = layout.row()
            row.active = bool(stages(blob))
            row.prop(blob.blobgan, "morph")
        if stages(canvas):
            layout.prop(canvas.blobgan, "morph", text="Background Morph")
        row = layout.row(align=True)
        row.operator("blobgan.morph_to_active", icon="FORWARD")
        row.operator("blobgan.clear_morph", text="", icon="X")
        layout.operator("blobgan.latent_walk", icon="ANIM")
