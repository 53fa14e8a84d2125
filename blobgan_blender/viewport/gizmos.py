"""Handles on the active blob's ellipse: boxes at the tips of its axes scale, a ring beyond them turns.

Those of a blob that is small on the screen stand further out, where each can be seen and taken. They start Blender's
own transforms, so snapping, typed numbers, auto-keying and undo are the ones an artist knows.
"""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Context
from bpy_extras.view3d_utils import location_3d_to_region_2d, region_2d_to_location_3d
from mathutils import Matrix, Vector

from ..scene.blobs import is_blob

RING = 1.35  # times the longer axis: a ring through a box would take the box's clicks
NEAREST = 24  # pixels of an unscaled interface from a blob's centre to its boxes, at least: they are half as large
_COLORS = ((0.9, 0.25, 0.3), (0.45, 0.75, 0.1), (0.95, 0.9, 0.3))  # Blender's for X and Y, and one for the turn


class BLOBGAN_GGT_blob(bpy.types.GizmoGroup):
    """See the module."""

    bl_label = "Blob"
    bl_space_type, bl_region_type = "VIEW_3D", "WINDOW"
    bl_options = {"3D", "PERSISTENT", "SHOW_MODAL_ALL"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Shown on an active, selected blob while the blob map is."""
        blob = context.view_layer.objects.active if context.mode == "OBJECT" else None
        return blob is not None and is_blob(blob) and blob.select_get() and context.scene.blobgan.show_map

    def setup(self, _context: Context) -> None:
        """Two boxes and a dial."""
        self.boxes = []
        for axis in range(2):
            box: Any = self.gizmos.new("GIZMO_GT_arrow_3d")
            box.draw_style, box.length, box.scale_basis = "BOX", 0.0, 1.0
            resize: Any = box.target_set_operator("transform.resize")
            resize.constraint_axis = (axis == 0, axis == 1, False)
            resize.orient_type, resize.release_confirm = "LOCAL", True
            self._color(box, _COLORS[axis])
            self.boxes.append(box)
        dial: Any = self.gizmos.new("GIZMO_GT_dial_3d")
        dial.draw_options, dial.scale_basis, dial.line_width = {"CLIP"}, 1.0, 2.0
        dial.use_draw_scale = False  # as large as the ellipse wants it, not one size on the screen
        rotate: Any = dial.target_set_operator("transform.rotate")
        rotate.constraint_axis, rotate.orient_type, rotate.release_confirm = (False, False, True), "LOCAL", True
        self._color(dial, _COLORS[2])
        self.dial = dial

    def draw_prepare(self, context: Context) -> None:
        """Stand the handles where the ellipse is now."""
        world = context.view_layer.objects.active.matrix_world
        centre, normal = world.translation, world.to_3x3() @ Vector((0, 0, 1))
        nearest = _length(context, NEAREST * context.preferences.system.ui_scale, centre)
        axes = [world.to_3x3().col[axis] for axis in range(2)]
        axes = [axis.normalized() * max(axis.length, nearest) for axis in axes]
        for along, box in zip(axes, self.boxes, strict=True):
            box.matrix_basis = Matrix.Translation(centre + along) @ along.to_track_quat("Z", "Y").to_matrix().to_4x4()
        turned = Matrix.Translation(centre) @ normal.to_track_quat("Z", "Y").to_matrix().to_4x4()
        self.dial.matrix_basis = turned @ Matrix.Scale(RING * max(axis.length for axis in axes), 4)

    def _color(self, gizmo: Any, color: tuple[float, float, float]) -> None:
        gizmo.color, gizmo.alpha = color, 0.8
        gizmo.color_highlight, gizmo.alpha_highlight = (1.0, 1.0, 1.0), 1.0


def _length(context: Context, pixels: float, place: Vector) -> float:
    """World units that are so many pixels long at a place of the view."""
    region, view = context.region, context.region_data
    at = location_3d_to_region_2d(region, view, place)
    if at is None:  # behind the eye
        return 0.0
    beside = region_2d_to_location_3d(region, view, at + Vector((pixels, 0)), place)
    return (beside - region_2d_to_location_3d(region, view, at, place)).length


_GROUP: Any = BLOBGAN_GGT_blob  # the stubs know no gizmo groups among the classes to register


def register() -> None:
    """Add them."""
    bpy.utils.register_class(_GROUP)


def unregister() -> None:
    """Take them back."""
    bpy.utils.unregister_class(_GROUP)
