"""The BlobGAN tab: the canvas, the room on it, and what it will be on disk."""

from __future__ import annotations

import bpy
from bpy.types import Context, Object, UILayout

from .. import live, runtime
from ..render.engine import BlobGANRenderEngine
from ..scene.assets import arrived, canvas_under, why_not_adopted
from ..scene.canvas import active_canvas
from ..scene.output import previews_exact_colors, writes_exact_colors
from .text import wrapped


class _Tab(bpy.types.Panel):
    bl_space_type, bl_region_type, bl_category = "VIEW_3D", "UI", "BlobGAN"


class CanvasPanel(_Tab):
    """A panel of the tab that is there only when a canvas is."""

    bl_parent_id = "BLOBGAN_PT_main"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas."""
        return active_canvas(context.scene, context.view_layer) is not None


class BLOBGAN_PT_main(_Tab):
    """Which canvas, which model, is it live; and what is wrong, if something is."""

    bl_label = "BlobGAN"

    def draw(self, context: Context) -> None:
        """See the class."""
        layout = self.layout
        for asset in arrived(context.view_layer)[:3]:
            reason = why_not_adopted(asset, canvas_under(asset, context.view_layer))
            if reason:
                wrapped(context, layout, reason, icon="ERROR")
        canvas = active_canvas(context.scene, context.view_layer)
        if canvas is None:
            wrapped(context, layout, "Empties become the objects of a picture. Start with a room:")
            column = layout.column()
            column.scale_y = 1.5
            column.operator("blobgan.new_scene", icon="ADD")
            rooms = runtime.starting_rooms()
            if rooms:  # an empty column would leave a gap
                column = layout.column(align=True)
                for name in rooms:
                    column.operator("blobgan.new_scene", text=name).room = name
            layout.operator("blobgan.new_scene", text="Add Canvas to This Scene", icon="MESH_PLANE").target = "CURRENT"
            return
        settings, state = canvas.blobgan, live.link(canvas)
        row = layout.row(align=True)
        row.label(text=canvas.name, icon="IMAGE_DATA")
        row.prop(settings, "live", toggle=True, icon="PLAY" if settings.live else "PAUSE")
        row.operator("blobgan.update_picture", text="", icon="FILE_REFRESH")
        row.operator("blobgan.open_workspace", text="", icon="WORKSPACE")
        if state.problem:
            box = layout.box()
            box.alert = True
            wrapped(context, box, state.problem, icon="ERROR")
        worker = runtime.existing_worker()
        if worker is not None and worker.notice:
            wrapped(context, layout, worker.notice, icon="INFO")
        for name in state.clamped[:3]:
            wrapped(context, layout, f"{name} is too flat or too large and was clamped. Give it another scale.", "INFO")


def _made_by(context: Context, layout: UILayout, canvas: Object) -> None:
    """What drew the canvas's final pictures, and whether something else would draw the next."""
    before = canvas.blobgan.made_by
    if not before:
        return
    layout.label(text=f"Final pictures: {before}", icon="RENDER_STILL")
    worker = runtime.existing_worker()
    if worker is not None and worker.info is not None and str(worker.info) != before:
        now = f"{worker.info} draws now: the next ones may differ by 1/255 from those on disk."
        wrapped(context, layout, now, icon="INFO")


class BLOBGAN_PT_room(CanvasPanel):
    """The room: which seed of which model."""

    bl_label = "Room"

    def draw(self, context: Context) -> None:
        """See the class."""
        layout = self.layout
        settings = active_canvas(context.scene, context.view_layer).blobgan
        row = layout.row(align=True)
        row.label(text=f"{settings.model_name}, {settings.resolution}²", icon="FILE_3D")
        row.menu("BLOBGAN_MT_models", text="", icon="DOWNARROW_HLT")
        row.operator("blobgan.load_model", text="", icon="FILE_FOLDER").filepath = ""
        layout.label(text=f"Seed {settings.seed}, truncation {settings.truncation:.2f}")
        row = layout.row(align=True)
        row.operator("blobgan.resample", text="Next Room", icon="FILE_REFRESH")
        row.operator("blobgan.reset_layout", text="Reset", icon="LOOP_BACK")
        layout.prop(settings, "noise_seed")
        layout.operator("blobgan.new_scene", text="Add Canvas", icon="ADD").target = "CURRENT"


class BLOBGAN_PT_output(CanvasPanel):
    """Frames on disk: which engine, which canvas, which colours."""

    bl_label = "Output"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        """See the class."""
        layout, scene = self.layout, context.scene
        layout.prop(scene.blobgan, "canvas")
        _made_by(context, layout, active_canvas(scene, context.view_layer))
        row = layout.row(align=True)
        row.operator("blobgan.bake_animation", icon="RENDER_ANIMATION")
        row.operator("blobgan.unbake", icon="LOOP_BACK")
        if scene.render.engine != BlobGANRenderEngine.bl_idname:
            wrapped(context, layout, "To render the canvas's own picture, set the render engine to BlobGAN.", "INFO")
            layout.prop(scene.render, "engine", text="")
        if writes_exact_colors(scene):
            layout.label(text="Files hold the model's colours", icon="CHECKMARK")
        else:
            layout.operator("blobgan.exact_output", icon="COLOR")
        if not previews_exact_colors(scene):
            view = scene.view_settings.view_transform
            wrapped(context, layout, f"Material Preview shows the canvas through {view}; Solid mode shows it as it is.")
