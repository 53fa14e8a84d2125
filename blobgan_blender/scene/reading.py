"""The scene → the layout it means, at whatever frame and in whatever depsgraph is given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from bpy.types import Depsgraph, LayerCollection, Object, ViewLayer

from ..core.canvas_space import Geometry, affine_inverse, geometry_of
from ..core.ellipse import faded
from ..core.errors import LayoutError
from ..core.layout import Layout
from .appearance import appearance_at
from .blobs import is_blob


@dataclass(frozen=True, eq=False)
class Reading:
    """What a canvas means at one moment.

    Attributes:
        layout: N = 1, float32, in stacking order.
        names: the blobs' objects, in that order; a linked one may have the name of one of this file.
        uids: their session uids, which no two share.
        indices: which of the model's blobs each one is.
        orders: their `order`, which stays theirs whatever lies in front of what: a colour, a number in a pass.
        clamped: those whose transform could not be taken as it was (flat, huge, not a number).
        signature: equal for equal pictures of the same model.
    """

    layout: Layout[np.ndarray]
    names: tuple[str, ...]
    uids: tuple[int, ...]
    indices: tuple[int, ...]
    orders: tuple[int, ...]
    clamped: tuple[str, ...]
    signature: str


def read_canvas(canvas: Object, depsgraph: Depsgraph, view_layer: ViewLayer) -> Reading:
    """The layout of a canvas's blobs as evaluated: parents, constraints, drivers and keyframes included.

    Args:
        canvas: the original object.
        depsgraph: the viewport's, or the one a render is given.
        view_layer: the original one, for what is hidden in it.

    Raises:
        LayoutError: a blob lost its appearance, or has that of another model.
    """
    blobs = [blob for blob in visible_blobs(view_layer, depsgraph) if blob.blobgan.canvas == canvas]
    blobs.sort(key=lambda blob: blob.name)  # equal heights and orders: by name, never by chance
    geometry = evaluated_geometry(canvas, blobs, depsgraph)
    blobs = [blobs[row] for row in geometry.order]
    owners = [(owner, owner.evaluated_get(depsgraph).blobgan) for owner in (canvas, *blobs)]
    appearances = [appearance_at(owner, at.morph, canvas.blobgan.norm_features) for owner, at in owners]
    sizes = faded(geometry.sizes, np.array([at.opacity for _, at in owners[1:]]))
    widths = [(len(phi), len(psi)) for phi, psi in appearances]
    for owner, width in zip(blobs, widths[1:], strict=True):
        if width != widths[0]:
            raise LayoutError(
                f"“{owner.name}” has the appearance of another model ({width[0]} + {width[1]} numbers where "
                f"“{canvas.name}” has {widths[0][0]} + {widths[0][1]}). Delete it, or hide it."
            )
    layout = Layout(
        xs=geometry.xs[None].astype(np.float32),
        ys=geometry.ys[None].astype(np.float32),
        covs=geometry.covs[None].astype(np.float32),
        sizes=np.concatenate([[0.0], sizes])[None].astype(np.float32),
        features=np.stack([phi for phi, _ in appearances])[None],
        spatial_style=np.stack([psi for _, psi in appearances])[None],
    )
    return Reading(
        layout=layout,
        names=tuple(blob.name for blob in blobs),
        uids=tuple(blob.session_uid for blob in blobs),
        indices=tuple(blob.blobgan.index for blob in blobs),
        orders=tuple(max(0, blob.blobgan.order) for blob in blobs),
        clamped=tuple(blob.name for blob, clamped in zip(blobs, geometry.clamped, strict=True) if clamped),
        signature=_signature(canvas, layout),
    )


def evaluated_geometry(canvas: Object, blobs: list[Object], depsgraph: Depsgraph) -> Geometry:
    """The geometry of some blobs of a canvas, as evaluated; `Geometry.order` indexes `blobs`."""
    world = _matrices([canvas], depsgraph)[0]
    matrices = _matrices(blobs, depsgraph)
    local = np.einsum("ij,mjk->mik", affine_inverse(world), matrices)  # NaN where a canvas is scaled to nothing
    ties = np.array([blob.blobgan.order for blob in blobs], np.int64)
    return geometry_of(local, ties, canvas.blobgan.ab_norm)


def _matrices(items: list[Object], depsgraph: Depsgraph) -> np.ndarray:
    """(M, 4, 4) evaluated world matrices. Number by number: numpy takes four times as long to make arrays of them."""
    evaluated: Iterator[Any] = (item.evaluated_get(depsgraph).matrix_world for item in items)
    return np.array([value for matrix in evaluated for row in matrix for value in row], np.float64).reshape(-1, 4, 4)


def visible_blobs(view_layer: ViewLayer, depsgraph: Depsgraph) -> Iterator[Object]:
    """The blobs that are in the picture, by one rule for the viewport, F12 and background renders.

    In the picture is what shows in the viewport (not hidden by H, an eye, a monitor, or an excluded collection) and
    in renders (no camera crossed out), its own or a collection's; animated values count.
    """
    seen: set[int] = set()
    for item in _objects_of_visible_collections(view_layer.layer_collection):
        if item.session_uid in seen or not is_blob(item):
            continue
        seen.add(item.session_uid)
        evaluated = item.evaluated_get(depsgraph)
        if not (evaluated.hide_viewport or evaluated.hide_render or item.hide_get(view_layer=view_layer)):
            yield item


def _objects_of_visible_collections(layer: LayerCollection) -> Iterator[Object]:
    if layer.collection.hide_render or layer.collection.hide_viewport or layer.hide_viewport:
        return
    if not layer.exclude:  # a child of an excluded collection can be included again
        yield from layer.collection.objects
    for child in layer.children:
        yield from _objects_of_visible_collections(child)


def _signature(canvas: Object, layout: Layout[np.ndarray]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for array in layout.arrays().values():
        digest.update(array.tobytes())
    digest.update(f"{canvas.blobgan.noise_seed} {canvas.blobgan.model_sha256} {layout.blobs}".encode())
    return digest.hexdigest()
