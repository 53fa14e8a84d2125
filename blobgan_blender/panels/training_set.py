"""A training set of the artist's own scene: where it goes, and how far the active object may vary."""

from __future__ import annotations

import bpy
from bpy.types import Context

from .text import wrapped

_NAMED = 6  # marked objects that the panel names


class _Tab(bpy.types.Panel):
    bl_space_type, bl_region_type, bl_category = "VIEW_3D", "UI", "BlobGAN"
    bl_options = {"DEFAULT_CLOSED"}


class BLOBGAN_PT_training_set(_Tab):
    """How many pictures, where, and of what."""

    bl_label = "Training Set"
    bl_parent_id = "BLOBGAN_PT_main"

    def draw(self, context: Context) -> None:
        """See the class."""
        layout, scene = self.layout, context.scene
        layout.use_property_split, layout.use_property_decorate = True, False
        column = layout.column()
        for name in ("folder", "count", "seed", "resolution"):
            column.prop(scene.blobgan.training, name)
        marked = [thing.name for thing in scene.objects if thing.blobgan.training.marked]
        if marked:
            more = f" and {len(marked) - _NAMED} more" if len(marked) > _NAMED else ""
            wrapped(context, layout, f"Varies {', '.join(marked[:_NAMED])}{more}", "OUTLINER_OB_GROUP_INSTANCE")
        else:
            wrapped(context, layout, "Nothing varies yet: select an object and tick “In Training Set” below.", "INFO")
        if scene.camera is None:
            wrapped(context, layout, "The scene has no camera.", "ERROR")
        layout.operator("blobgan.render_training_set", icon="RENDER_ANIMATION")


class BLOBGAN_PT_training_object(_Tab):
    """What may happen to the active object."""

    bl_label = "Active Object"
    bl_parent_id = "BLOBGAN_PT_training_set"
    bl_options = set()

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs one."""
        return context.view_layer.objects.active is not None

    def draw_header(self, context: Context) -> None:
        """The mark itself."""
        self.layout.prop(context.view_layer.objects.active.blobgan.training, "marked", text="")

    def draw(self, context: Context) -> None:
        """See the class."""
        layout, thing = self.layout, context.view_layer.objects.active
        settings = thing.blobgan.training
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.prop(settings, "marked", text=f"{thing.name} In Training Set")
        column = layout.column()
        column.active = settings.marked
        shown = thing.type not in ("CAMERA", "LIGHT")
        if shown:
            collection = thing.instance_collection if thing.instance_type == "COLLECTION" else None
            column.prop(settings, "label", placeholder=(collection or thing).name)
        column.prop(settings, "location")
        column.prop(settings, "rotation")
        if thing.type != "CAMERA":
            column.prop(settings, "presence")
        if thing.type == "LIGHT":
            _span(column, settings, "strength")
        if shown:
            _span(column, settings, "scale")
            column.prop(settings, "hue")
            column.prop(settings, "value")
            column.prop(settings, "keep_apart")


def _span(layout: bpy.types.UILayout, settings: bpy.types.AnyType, name: str) -> None:
    column = layout.column(align=True)
    column.prop(settings, f"{name}_min")
    column.prop(settings, f"{name}_max")
