"""A blob's size, aspect and angle as numbers: those that its empty's scale and rotation mean, read and written."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from bpy.types import Object
from mathutils import Matrix

from ..core.canvas_space import Placement
from ..core.ellipse import (
    MAX_ASPECT,
    SIZE_RANGE,
    blob_from_matrix,
    cov_from_ellipse,
    ellipse_from_cov,
    matrix_from_blob,
)
from ..core.ellipse import softplus as share_of
from .blobs import is_blob, set_placement
from .writable import check_writable


class Shape(NamedTuple):
    """Of one blob.

    Attributes:
        size: logit s, in `SIZE_RANGE`.
        aspect: longer over shorter semi-axis, 1 … 100.
        angle: of the longer axis, counter-clockwise on the canvas, radians in [-π/2, π/2).
    """

    size: float
    aspect: float
    angle: float


def shape_of(blob: Object) -> Shape:
    """As its empty stands now."""
    if not is_blob(blob):
        return Shape(0.0, 1.0, 0.0)  # Blender asks every object for its properties
    ab_norm = blob.blobgan.canvas.blobgan.ab_norm
    block = np.array(_local(blob), np.float64)[:2, :2]
    size, cov, _ = blob_from_matrix(block, ab_norm)
    eigenvalues, angle = ellipse_from_cov(cov, ab_norm)
    return Shape(float(size), float(np.sqrt(eigenvalues[0] / eigenvalues[1])), float(-angle))


def set_shape(
    blob: Object, *, size: float | None = None, aspect: float | None = None, angle: float | None = None
) -> None:
    """Write some of the three; what is not given is kept.

    A new size alone scales the empty and leaves its rotation; aspect and angle set scale and rotation anew, the longer
    axis first.

    Raises:
        BlobGANError: the blob is read-only.
    """
    if not is_blob(blob):
        return
    check_writable([blob])
    old = shape_of(blob)
    new_size = float(np.clip(old.size if size is None else size, *SIZE_RANGE))
    if aspect is None and angle is None:
        blob.scale *= float(np.sqrt(share_of(np.array(new_size)) / share_of(np.array(old.size))))
        return
    ab_norm, local = blob.blobgan.canvas.blobgan.ab_norm, _local(blob)
    ratio = float(np.clip(old.aspect if aspect is None else aspect, 1.0, np.sqrt(MAX_ASPECT)))
    turn = old.angle if angle is None else angle
    cov = cov_from_ellipse(np.array([ab_norm * ratio, ab_norm / ratio]), np.array(-turn))
    _, scales = matrix_from_blob(np.array(new_size), cov, ab_norm)
    # The angle as it was given: at an aspect of 1 a covariance has none.
    place = local.translation
    scale = (float(scales[0]), float(scales[1]), float(np.sqrt(scales[0] * scales[1])))
    set_placement(blob, Placement((place.x, place.y, place.z), float(turn), scale))


def _local(blob: Object) -> Matrix:
    """The empty's matrix on its canvas. Its own numbers are current even before Blender has evaluated them."""
    canvas = blob.blobgan.canvas
    if blob.parent == canvas and blob.matrix_parent_inverse == Matrix.Identity(4) and not blob.constraints:
        return blob.matrix_basis
    return canvas.matrix_world.inverted_safe() @ blob.matrix_world
