"""BlobGAN Workspace: the canvas, its picture and the outliner side by side."""

from __future__ import annotations

import functools
from typing import Any

import bpy
from bpy.types import Context, Window

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
        before = set(bpy.data.workspaces)
        bpy.ops.workspace.duplicate()
        (copy,) = set(bpy.data.workspaces) - before
        # Blender changes over to the copy after this operator, and splits no area before it has drawn it.
        arrange = functools.partial(_arrange, context.window, copy.name)
        bpy.app.timers.register(arrange, first_interval=0.2)
        return f"Made the workspace {NAME}"


def _arrange(window: Window, name: str) -> None:
    """Split the largest 3D view and give the workspace its name, if the window still shows the copy."""
    context: Any = bpy.context
    if not _shows(window, name):
        return
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
    bpy.app.timers.register(functools.partial(_fit, window), first_interval=0.3)


def _fit(window: Window) -> None:
    """The picture as large as its area, and our tab in front: once the new areas have been drawn."""
    context: Any = bpy.context
    if not _shows(window, NAME):
        return
    for area in window.screen.areas:
        regions = {region.type: region for region in area.regions}
        if area.type == "IMAGE_EDITOR":
            with context.temp_override(window=window, area=area, region=regions["WINDOW"]):
                bpy.ops.image.view_all(fit_view=True)
        elif area.type == "VIEW_3D":
            space: Any = area.spaces.active
            sidebar: Any = regions["UI"]
            space.show_region_ui, sidebar.active_panel_category = True, "BlobGAN"


def _shows(window: Window, name: str) -> bool:
    """Whether the window is still open and shows this workspace."""
    return window in list(bpy.context.window_manager.windows) and window.workspace.name == name
