"""The engine's own settings, where Blender's are: in the render and the view layer properties."""

from __future__ import annotations

import bpy
from bpy.types import Context

from ..render.engine import BlobGANRenderEngine
from ..scene.canvas import rendered_canvas
from ..scene.output import writes_exact_colors
from .text import wrapped


class _EnginePanel(bpy.types.Panel):
    bl_space_type, bl_region_type = "PROPERTIES", "WINDOW"
    COMPAT_ENGINES = {BlobGANRenderEngine.bl_idname}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Only for scenes that the engine renders."""
        return context.engine in cls.COMPAT_ENGINES


class BLOBGAN_PT_render(_EnginePanel):
    """Which canvas is rendered, and how it is resized."""

    bl_label = "BlobGAN"
    bl_context = "render"

    def draw(self, context: Context) -> None:
        """See the class."""
        layout, scene = self.layout, context.scene
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.prop(scene.blobgan, "canvas")
        layout.prop(scene.blobgan, "resampling")
        canvas = rendered_canvas(scene, context.view_layer)
        if canvas is None:
            wrapped(context, layout, "No canvas to render, or several and none chosen.", "ERROR")
        else:
            side = canvas.blobgan.resolution
            layout.label(text=f"{canvas.name}: {side} × {side} pixels as the model draws it")
        if not writes_exact_colors(scene):
            layout.operator("blobgan.exact_output", icon="COLOR")


class BLOBGAN_PT_passes(_EnginePanel):
    """What is written beside the picture."""

    bl_label = "Passes"
    bl_context = "view_layer"

    def draw(self, context: Context) -> None:
        """See the class."""
        layout, view_layer = self.layout, context.view_layer
        layout.use_property_split, layout.use_property_decorate = True, False
        column = layout.column(heading="Blobs")
        column.prop(view_layer.blobgan, "use_pass_mattes")
        column.prop(view_layer.blobgan, "use_pass_blob_map")
        column.prop(view_layer.blobgan, "use_pass_blob_index")
        column = layout.column(heading="Cryptomatte")
        column.prop(view_layer, "use_pass_cryptomatte_object", text="Blobs")
        row = layout.row()
        row.active = view_layer.use_pass_cryptomatte_object
        row.prop(view_layer, "pass_cryptomatte_depth", text="Levels")
