"""A blob's appearance (φ, ψ) on its object: two custom properties, so that duplicating clones and deleting removes."""

from __future__ import annotations

import numpy as np
from bpy.types import Object

from ..core.errors import LayoutError

PHI, PSI = "blobgan_phi", "blobgan_psi"


def write_appearance(owner: Object, phi: np.ndarray, psi: np.ndarray) -> None:
    """Store structure φ (d_in,) and style ψ (d_style,) as float32 on a blob's empty, or a canvas for its background."""
    for key, vector in ((PHI, phi), (PSI, psi)):
        # Blender writes past the end when an array is assigned over one of another length: never assign over one.
        if owner.get(key) is not None:
            del owner[key]
        owner[key] = np.ascontiguousarray(vector, np.float32)
    owner.update_tag()


def read_appearance(owner: Object) -> tuple[np.ndarray, np.ndarray]:
    """φ (d_in,) and ψ (d_style,), float32 copies.

    Raises:
        LayoutError: the object lost one of them, or something else was stored there.
    """
    vectors = []
    for key in (PHI, PSI):
        stored = owner.get(key)
        if getattr(stored, "typecode", None) != "f":
            raise LayoutError(
                f"“{owner.name}” has lost its appearance ({key}). Undo, or press Reset to restore the model's blobs."
            )
        vectors.append(np.frombuffer(stored, np.float32).copy())
    return vectors[0], vectors[1]
