"""The viewport: looking straight at a canvas, in its own colours."""

from __future__ import annotations

from bpy.types import Context, SpaceView3D


def face_canvas(context: Context) -> None:
    """Turn the window's 3D views to the scene's camera and show textures flat; without a window, do nothing."""
    for area in context.window.screen.areas if context.window else ():
        for space in area.spaces:
            if isinstance(space, SpaceView3D):
                space.region_3d.view_perspective = "CAMERA"
                space.shading.type, space.shading.light, space.shading.color_type = "SOLID", "FLAT", "TEXTURE"
                overlay = space.overlay  # whatever would be drawn across the picture
                overlay.show_floor = overlay.show_axis_x = overlay.show_axis_y = False
                overlay.show_relationship_lines = overlay.show_cursor = False
