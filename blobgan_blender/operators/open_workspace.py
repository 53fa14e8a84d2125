"""BlobGAN Workspace: the canvas, its picture and the outliner side by side."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Context

from ..scene.canvas import active_canvas
from ..scene.view import face_canvas
from .canvas_operator import CanvasOperator

NAME = "BlobGAN"


class BLOBGAN_OT_open_workspace(CanvasOperator):
    """Open a workspace with the canvas, its picture and the outliner side by side; yours stays as it is"""

    bl_idname = "blobgan.open_workspace"
    bl_label = "BlobGAN Workspace"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas and a window."""
        if bpy.app.background:
            cls.poll_message_set("Without a window there are no workspaces")
            return False
        return super().poll(context)

    def run(self, context: Context) -> str:
        """Go there; the first time, make it of a copy of this one."""
        found: bpy.types.WorkSpace | None = bpy.data.workspaces.get(NAME)
        if found is not None:
            context.window.workspace = found
            return f"Workspace {NAME}"
        bpy.ops.workspace.duplicate()
        # Blender changes over to the copy after this operator, and splits no area before it has drawn it.
        bpy.app.timers.register(_arrange, first_interval=0.2)
        return f"Made the workspace {NAME}"


def _arrange() -> None:
    context: Any = bpy.context
    window = context.window_manager.windows[0]
    views = [area for area in window.screen.areas if area.type == "VIEW_3D"]
    canvas = active_canvas(window.scene, window.view_layer)
    if not views or canvas is None:
        return
    window.workspace.name = NAME
    view = max(views, key=lambda area: area.width * area.height)
    before = set(window.screen.areas)
    region = next(region for region in view.regions if region.type == "WINDOW")
    with context.temp_override(window=window, area=view, region=region):
        bpy.ops.screen.area_split(direction="VERTICAL", factor=0.6)
        face_canvas(bpy.context)
    for area in set(window.screen.areas) - before:
        area.type = "IMAGE_EDITOR"
        space: Any = area.spaces.active
        space.image = canvas.blobgan.image
    bpy.app.timers.register(_fit, first_interval=0.3)


def _fit() -> None:
    """The picture as large as its area, and our tab in front: once the new areas have been drawn."""
    context: Any = bpy.context
    window = context.window_manager.windows[0]
    for area in window.screen.areas:
        regions = {region.type: region for region in area.regions}
        if area.type == "IMAGE_EDITOR":
            with context.temp_override(window=window, area=area, region=regions["WINDOW"]):
                bpy.ops.image.view_all(fit_view=True)
        elif area.type == "VIEW_3D":
            area.spaces.active.show_region_ui = True
            regions["UI"].active_panel_category = "BlobGAN"
