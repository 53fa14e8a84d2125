"""A blob's appearance (φ, ψ) on its object: two custom properties, so that duplicating clones and deleting removes."""

from __future__ import annotations

import numpy as np
from bpy.types import Object

from ..core.errors import LayoutError
from ..core.morph import along

PHI, PSI = "blobgan_phi", "blobgan_psi"
PHI_STAGES, PSI_STAGES = "blobgan_phi_stages", "blobgan_psi_stages"  # what it morphs to, one after the other


def write_appearance(owner: Object, phi: np.ndarray, psi: np.ndarray) -> None:
    """Store structure φ (d_in,) and style ψ (d_style,) as float32 on a blob's empty, or a canvas for its background."""
    _store(owner, {PHI: phi, PSI: psi})


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


def write_stages(owner: Object, phis: np.ndarray, psis: np.ndarray) -> None:
    """Let an owner's `morph` lead from its own appearance to others: φ (K, d_in) and ψ (K, d_style), K ≥ 1."""
    _store(owner, {PHI_STAGES: np.ravel(phis), PSI_STAGES: np.ravel(psis)})


def clear_stages(owner: Object) -> None:
    """The owner morphs to nothing any more."""
    for key in (PHI_STAGES, PSI_STAGES):
        if owner.get(key) is not None:
            del owner[key]
    owner.update_tag()


def stages(owner: Object) -> int:
    """How many appearances an owner morphs to."""
    return len(owner.get(PHI_STAGES, ())) // max(1, len(owner.get(PHI, ())))


def appearance_at(owner: Object, morph: float, spherical: bool) -> tuple[np.ndarray, np.ndarray]:
    """φ and ψ where `morph` leads: 0 is the owner's own, 1 the last stage.

    Raises:
        LayoutError: as `read_appearance`; or the stages belong to another model.
    """
    own = read_appearance(owner)
    if morph <= 0.0 or owner.get(PHI_STAGES) is None:
        return own
    found = []
    for vector, key in zip(own, (PHI_STAGES, PSI_STAGES), strict=True):
        flat = np.frombuffer(owner[key], np.float32)
        if flat.size % vector.size:
            raise LayoutError(f"“{owner.name}” morphs to the appearance of another model. Press Clear Morph.")
        found.append(along(np.concatenate([vector[None], flat.reshape(-1, vector.size)]), morph, spherical))
    return found[0], found[1]


def _store(owner: Object, vectors: dict[str, np.ndarray]) -> None:
    for key, vector in vectors.items():
        # Blender writes past the end when an array is assigned over one of another length: never assign over one.
        if owner.get(key) is not None:
            del owner[key]
        owner[key] = np.ascontiguousarray(vector, np.float32)
    owner.update_tag()
