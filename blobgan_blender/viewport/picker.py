"""Which blob an artist points at: from the mouse to a point of the picture to the blob that owns it."""

from __future__ import annotations

from typing import NamedTuple

from bpy.types import Context, Object
from bpy_extras.view3d_utils import region_2d_to_origin_3d, region_2d_to_vector_3d

from ..core.blob_map import BACKGROUND, owner_at
from ..scene.blobs import by_uid
from ..scene.canvas import canvases
from ..scene.reading import read_canvas


class Point(NamedTuple):
    """A point of a canvas's picture: x, y in [0, 1], y down."""

    canvas: Object
    x: float
    y: float


def point_under(context: Context, mouse: tuple[float, float]) -> Point | None:
    """The point of the nearest canvas under the mouse, in pixels of the region; None beside all canvases."""
    region, view = context.region, context.region_data
    if region is None or view is None:
        return None
    origin = region_2d_to_origin_3d(region, view, mouse)
    direction = region_2d_to_vector_3d(region, view, mouse)
    found: list[tuple[float, Point]] = []
    for canvas in canvases(context.view_layer):
        if not canvas.visible_get():
            continue
        local = canvas.evaluated_get(context.view_layer.depsgraph).matrix_world.inverted_safe()
        start, along = local @ origin, local.to_3x3() @ direction
        if abs(along.z) < 1e-9:
            continue  # seen edge on
        distance = -start.z / along.z
        hit = start + distance * along
        # An orthographic view's rays start in the middle of what it shows: what lies before that is seen as well.
        ahead = distance >= 0 or not view.is_perspective
        if ahead and abs(hit.x) <= 1 and abs(hit.y) <= 1:
            found.append((distance, Point(canvas, (hit.x + 1) / 2, (1 - hit.y) / 2)))
    return min(found, key=lambda item: item[0])[1] if found else None


def blob_at(context: Context, point: Point) -> Object | None:
    """The blob that owns a point of the picture; None where the background does.

    Raises:
        LayoutError: the canvas's blobs mean no layout.
    """
    reading = read_canvas(point.canvas, context.evaluated_depsgraph_get(), context.view_layer)
    place = owner_at(reading.layout, point.x, point.y, point.canvas.blobgan.resolution)
    return None if place == BACKGROUND else by_uid(context.view_layer.objects)[reading.uids[place]]
