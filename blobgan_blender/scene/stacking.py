"""Stacking on the canvas: heights written so that blobs lie in front of each other as asked."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from bpy.types import Depsgraph, Object, ViewLayer
from mathutils import Matrix

from ..core.stacking import new_heights
from .blobs import by_uid
from .reading import read_canvas
from .writable import check_writable


def restack(
    canvas: Object, chosen: Collection[Object], move: str, depsgraph: Depsgraph, view_layer: ViewLayer
) -> list[Object]:
    """Put blobs of a canvas to the FRONT or the BACK, or one place FORWARD or BACKWARD; hidden blobs do not count.

    Returns:
        Those whose height changed. None if `chosen` lie there already, or are not in the picture.

    Raises:
        BlobGANError: a blob that would have to move is linked from another file.
    """
    mine = by_uid(view_layer.objects)
    blobs = [mine[uid] for uid in read_canvas(canvas, depsgraph, view_layer).uids]
    heights = np.array([height(blob, depsgraph) for blob in blobs])
    places = {place for place, blob in enumerate(blobs) if blob in chosen}
    wanted = new_heights(heights, places, move)
    moving = [(blob, value) for blob, old, value in zip(blobs, heights, wanted, strict=True) if value != old]
    check_writable(blob for blob, _ in moving)
    for blob, value in moving:
        set_height(blob, float(value), depsgraph)
    return [blob for blob, _ in moving]


def height(blob: Object, depsgraph: Depsgraph) -> float:
    """Canvas units of local Z at which a blob stands, as evaluated."""
    canvas = blob.blobgan.canvas.evaluated_get(depsgraph)
    local: Matrix = canvas.matrix_world.inverted_safe() @ blob.evaluated_get(depsgraph).matrix_world
    return float(local.translation.z)


def set_height(blob: Object, value: float, depsgraph: Depsgraph) -> None:
    """Move a blob along its canvas's normal to this height, whatever it is parented to."""
    canvas = blob.blobgan.canvas
    if blob.parent == canvas and blob.matrix_parent_inverse == Matrix.Identity(4) and not blob.constraints:
        blob.location.z = value - blob.delta_location.z
        return
    world = canvas.evaluated_get(depsgraph).matrix_world
    local = world.inverted_safe() @ blob.evaluated_get(depsgraph).matrix_world
    local.translation.z = value
    blob.matrix_world = world @ local
