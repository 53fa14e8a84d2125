"""Blobs as assets: what the asset browser shows, and what becomes of one that was dropped into a scene.

An asset leaves its canvas behind, or Blender would bring that along with it: it is a copy of the blob's empty in no
scene, of the role ASSET, with its appearance, its scale and its turn on the canvas. A copy of it that stands in a
scene, however it came there (dropped, appended, pasted), is adopted by a canvas and is a blob from then on. What it
is says its role alone, so an undo and a redo that pass by the moment of its arrival come to the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np
from bpy.types import Object, ViewLayer
from mathutils import Matrix

from ..core.canvas_space import STACK_STEP, Placement
from ..core.edits import check_width
from ..core.errors import BlobGANError
from .appearance import clear_stages, read_appearance
from .blobs import blobs_of, is_blob, set_placement
from .canvas import active_canvas, canvases
from .picture import shown
from .writable import check_writable

PREVIEW = 128  # pixels
_MARGIN = 1.25  # of the preview around the blob's ellipse
_NEAR = 0.5  # canvas units: an asset that stands no higher above a canvas was dropped on it


def mark_asset(blob: Object) -> Object:
    """Make an asset of a blob as it stands and looks now; in place of one of the same blob that was made before.

    Returns:
        The asset: an object in no scene, kept in the file.
    """
    canvas = blob.blobgan.canvas
    former: Object | None = bpy.data.objects.get(_asset_name(blob))
    if former is not None and former.blobgan.role == "ASSET" and not former.users_scene:
        bpy.data.objects.remove(former)
    local = canvas.matrix_world.inverted_safe() @ blob.matrix_world
    asset = blob.copy()
    asset.name = _asset_name(blob)
    asset.animation_data_clear()
    asset.constraints.clear()
    clear_stages(asset)
    own = asset.blobgan
    asset.parent, own.canvas, own.role, own.morph, own.pinned = None, None, "ASSET", 0.0, False
    asset.hide_viewport = asset.hide_render = own.put_away = False
    asset.matrix_basis = local
    own.asset_angle = local.to_euler().z
    asset.asset_mark()
    _draw_preview(asset, canvas, local)
    return asset


def assets_of_marks(objects: Iterable[Object]) -> list[Object]:
    """Make assets of the blobs that Blender's own Mark as Asset was used on, and take the mark off the blobs."""
    made = []
    for blob in [item for item in objects if is_blob(item) and item.asset_data is not None and item.library is None]:
        made.append(mark_asset(blob))
        blob.asset_clear()
    return made


def arrived(view_layer: ViewLayer) -> list[Object]:
    """Assets that stand in a scene and are no canvas's blobs yet."""
    return [item for item in view_layer.objects if item.blobgan.role == "ASSET"]


def why_not_adopted(asset: Object, canvas: Object | None) -> str:
    """Why an asset cannot become a blob of a canvas, one sentence; empty if it can."""
    if canvas is None:
        return f"“{asset.name}” waits for a canvas: select one, or press New BlobGAN Scene."
    try:
        check_writable((asset, canvas))
        check_width(*read_appearance(asset), *(len(vector) for vector in read_appearance(canvas)))
    except BlobGANError as error:
        return f"{error} “{asset.name}” is no part of the picture."
    return ""


def canvas_under(asset: Object, view_layer: ViewLayer) -> Object | None:
    """The canvas that an asset stands on; else the active one."""
    found: list[tuple[float, Object]] = []
    for canvas in canvases(view_layer):
        place = canvas.matrix_world.inverted_safe() @ asset.matrix_world.translation
        if max(abs(place.x), abs(place.y)) <= 1 and abs(place.z) <= _NEAR:
            found.append((abs(place.z), canvas))
    if found:
        return min(found, key=lambda item: item[0])[1]
    return active_canvas(bpy.context.scene, view_layer)


def adopt(view_layer: ViewLayer) -> list[Object]:
    """Make blobs of the assets that have arrived: where they were dropped, in front of the others."""
    waiting, adopted = arrived(view_layer), []
    # An asset hangs on nothing. After undo and redo the matrices are those of nowhere until Blender evaluates them.
    if any(asset.matrix_world != asset.matrix_basis for asset in waiting):
        view_layer.update()
    for asset in waiting:
        canvas = canvas_under(asset, view_layer)
        if not why_not_adopted(asset, canvas):
            _adopt(asset, canvas, view_layer)
            adopted.append(asset)
    return adopted


def _adopt(asset: Object, canvas: Object, view_layer: ViewLayer) -> None:
    others = blobs_of(canvas, view_layer.objects)
    place = canvas.matrix_world.inverted_safe() @ asset.matrix_world.translation
    world = canvas.matrix_world.inverted_safe()
    highest = max(((world @ blob.matrix_world).translation.z for blob in others), default=0.0)
    # Blender turns what is dropped as the surface under the mouse, and leaves its scale alone.
    angle, scale = asset.blobgan.asset_angle, asset.scale
    scales = (scale.x, scale.y, scale.z)
    asset.parent, asset.matrix_parent_inverse = canvas, Matrix.Identity(4)
    own = asset.blobgan
    own.role, own.canvas = "BLOB", canvas
    own.order = max((blob.blobgan.order for blob in others), default=-1) + 1
    set_placement(asset, Placement((place.x, place.y, highest + STACK_STEP), angle, scales))
    if asset.asset_data is not None:
        asset.asset_clear()
    asset.use_fake_user = False


def _asset_name(blob: Object) -> str:
    return f"{blob.name} Asset"


def _draw_preview(asset: Object, canvas: Object, local: Matrix) -> None:
    """The square of the picture around the blob, as the asset browser's picture of it."""
    if canvas.blobgan.image is None:
        return
    picture = shown(canvas)  # (H, W, 3), top row first
    height, width, _ = picture.shape
    reach = _MARGIN * max(local.to_2x2().row[0].length, local.to_2x2().row[1].length)
    reach = float(np.clip(reach, 0.1, 1.0))  # canvas units
    steps = (np.arange(PREVIEW) + 0.5) / PREVIEW * 2 - 1
    middle = [float(np.clip(value, reach - 1, 1 - reach)) for value in local.translation[:2]]
    columns = (middle[0] + reach * steps + 1) / 2 * width
    rows = (1 - (middle[1] + reach * steps)) / 2 * height  # bottom row first, as Blender wants it
    square = picture[
        np.clip(rows.astype(int), 0, height - 1)[:, None], np.clip(columns.astype(int), 0, width - 1)[None, :]
    ]
    pixels = np.ones((PREVIEW, PREVIEW, 4), np.float32)
    pixels[..., :3] = square / np.float32(255)
    preview: Any = asset.preview_ensure()
    preview.image_size = (PREVIEW, PREVIEW)
    preview.image_pixels_float.foreach_set(pixels.reshape(-1))
