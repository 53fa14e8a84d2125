"""Blobs: empties on a canvas. Making them, finding them, placing them, waking them, removing them."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable

import bpy
import numpy as np
from bpy.types import Object
from mathutils import Euler, Matrix, Vector

from ..core.canvas_space import Placement, placements
from ..core.ellipse import matrix_from_blob, size_that_owns
from ..core.layout import Layout
from .appearance import clear_stages, write_appearance

FAINT = -3.0  # size logit below which a blob is too faint to be seen
FAINT_AREA = 0.001  # of the picture: what owns less is too small to be seen, or nearly
WAKE_SIZE = 1.0  # least size logit of a blob just woken: plainly there
WAKE_AREA = 0.02  # of the picture, at least, for a blob just woken: smaller than a bed, of whatever model


def is_blob(item: Object) -> bool:
    """Whether an object is an empty that belongs to a canvas."""
    return item.type == "EMPTY" and item.blobgan.role == "BLOB" and item.blobgan.canvas is not None


def blobs_of(canvas: Object, objects: Iterable[Object]) -> list[Object]:
    """Those of `objects` that are blobs of the canvas, hidden ones too, by order and name."""
    found = [item for item in objects if is_blob(item) and item.blobgan.canvas == canvas]
    return sorted(found, key=lambda blob: (blob.blobgan.order, blob.name))


def all_blobs(canvas: Object) -> list[Object]:
    """A canvas's blobs in any scene, those of excluded collections too: all that another layout moves or deletes.

    Not those in no scene, which may stay in the file after they were unlinked or deleted.
    """
    return blobs_of(canvas, dict.fromkeys(item for scene in bpy.data.scenes for item in scene.objects))


def by_uid(objects: Iterable[Object]) -> dict[int, Object]:
    """Objects by session uid: names repeat where some are linked from other files."""
    return {item.session_uid: item for item in objects}


def place_blobs(canvas: Object, layout: Layout[np.ndarray], keep: Collection[Object] = ()) -> list[Object]:
    """Make the canvas's blobs those of a layout (N = 1).

    An empty that already is the model's i-th blob is moved there, with its name, its parent and its constraints;
    missing ones are made, clones and blobs that the layout lacks are deleted.

    Args:
        canvas: whose.
        layout: its blobs' indices are their places.
        keep: blobs of the canvas that stay as they are, in the place of the layout's own of their indices.

    Returns:
        The blobs of the layout that were placed.
    """
    collection = canvas.users_collection[0]
    kept = {blob.blobgan.index for blob in keep}
    taken: dict[int, Object] = {}
    for blob in all_blobs(canvas):
        if blob in keep:
            continue
        if blob.blobgan.index in taken or blob.blobgan.index >= layout.blobs or blob.blobgan.index in kept:
            bpy.data.objects.remove(blob)
        else:
            taken[blob.blobgan.index] = blob
    places = placements(layout.xs[0], layout.ys[0], layout.sizes[0, 1:], layout.covs[0], canvas.blobgan.ab_norm)
    placed = []
    for index, place in enumerate(places):
        if index in kept:
            continue
        blob = taken.get(index) or _new_blob(canvas, collection, index)
        blob.blobgan.order = index
        write_appearance(blob, layout.features[0, index + 1], layout.spatial_style[0, index + 1])
        clear_stages(blob)
        blob.blobgan.morph, blob.blobgan.opacity = 0.0, 1.0
        placed.append((blob, place))
    set_placements(placed)
    return [blob for blob, _ in placed]


def set_placements(placed: Iterable[tuple[Object, Placement]]) -> None:
    """Stand blobs on their canvases as placed, those first that others hang on."""
    levels = itertools.groupby(sorted(placed, key=_parents), key=_parents)
    for number, (_, level) in enumerate(levels):
        if number:  # a blob is placed by its parent's matrix, which has just become another
            bpy.context.view_layer.update()
        for blob, place in level:
            set_placement(blob, place)


def _parents(placed: tuple[Object, Placement]) -> int:
    """How many objects a blob hangs on, one on the other."""
    parent, count = placed[0].parent, 0
    while parent is not None:
        parent, count = parent.parent, count + 1
    return count


def set_placement(blob: Object, place: Placement) -> None:
    """Stand a blob on its canvas as placed, whatever it is parented to."""
    canvas = blob.blobgan.canvas
    if blob.parent == canvas and blob.matrix_parent_inverse == Matrix.Identity(4):
        blob.delta_location, blob.delta_rotation_euler, blob.delta_scale = (0, 0, 0), (0, 0, 0), (1, 1, 1)
        blob.rotation_mode = "XYZ"
        blob.location, blob.rotation_euler, blob.scale = place.location, (0.0, 0.0, place.angle), place.scale
    else:
        local = Matrix.LocRotScale(Vector(place.location), Euler((0.0, 0.0, place.angle)), Vector(place.scale))
        blob.matrix_world = canvas.matrix_world @ local


def wake(blob: Object, size: float, cov: np.ndarray, centre: tuple[float, float], height: float) -> None:
    """Make a faint blob visible: of `wake_size`, its angle and aspect kept, its centre inside the picture.

    Args:
        blob: the empty.
        size: its size logit now; a blob that is not below `faint_size` keeps it.
        cov: (2, 2), its covariance now.
        centre: (x, y) now, in picture units.
        height: its local Z on the canvas now.
    """
    ab_norm = blob.blobgan.canvas.blobgan.ab_norm
    woken = wake_size(ab_norm) if size < faint_size(ab_norm) else size
    angles, scales = matrix_from_blob(np.array(woken), cov, ab_norm)
    x, y = np.clip(centre, 0.1, 0.9)
    scale = (float(scales[0]), float(scales[1]), float(np.sqrt(scales[0] * scales[1])))
    set_placement(blob, Placement((float(2 * x - 1), float(1 - 2 * y), height), float(angles), scale))


def faint_size(ab_norm: float) -> float:
    """The size logit below which a blob cannot be seen, or hardly: it owns too little, or is too faint all over.

    What the list of blobs goes by, not the blob map, whose threshold is the artist's own and a size of any model: which
    ellipses are drawn and named. Of the bundled model's rooms two in three have a blob between the two.
    """
    return max(FAINT, float(size_that_owns(FAINT_AREA, ab_norm)))


def wake_size(ab_norm: float) -> float:
    """The size logit of a blob just woken: what is large with one model's covariances is a dot with another's."""
    return max(WAKE_SIZE, float(size_that_owns(WAKE_AREA, ab_norm)))


def settle_orders(blobs: Iterable[Object]) -> None:
    """Give each duplicate an order of its own, above all others, so that a tie of heights stays decided."""
    blobs = sorted(blobs, key=lambda blob: (blob.blobgan.order, blob.name))
    seen: set[int] = set()
    top = max((blob.blobgan.order for blob in blobs), default=0)
    for blob in blobs:
        if blob.blobgan.order in seen:
            top += 1
            blob.blobgan.order = top
        seen.add(blob.blobgan.order)


def _new_blob(canvas: Object, collection: bpy.types.Collection, index: int) -> Object:
    blob = bpy.data.objects.new(f"Blob {index}", None)
    blob.empty_display_type, blob.empty_display_size = "SPHERE", 1.0  # its XY ring is the ellipse
    blob.show_in_front = True
    blob.parent = canvas
    blob.lock_location[2] = True  # height is stacking; a drag in a slanted view must not change it
    blob.lock_rotation[0] = blob.lock_rotation[1] = True
    blob.blobgan.role, blob.blobgan.canvas, blob.blobgan.index = "BLOB", canvas, index
    collection.objects.link(blob)
    return blob
