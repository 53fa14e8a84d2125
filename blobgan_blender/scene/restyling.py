"""Appearances from one owner to another: a blob's empty, or a canvas, which carries the background's."""

from __future__ import annotations

from collections.abc import Iterable

from bpy.types import Object

from ..core.edits import Appearance, restyled
from ..core.errors import BlobGANError
from .appearance import PHI, PSI, read_appearance, write_appearance


def give_appearance(owners: Iterable[Object], given: Appearance, parts: str, amount: float = 1.0) -> None:
    """Give blobs or canvases an appearance: all of them, or none if one of them cannot take it.

    Args:
        owners: who gets it.
        given: φ and ψ.
        parts: BOTH, STRUCTURE or STYLE.
        amount: 0 … 1, see `core.edits.restyle`.

    Raises:
        LayoutError: an owner has another model's widths, or has lost its own appearance.
        BlobGANError: an owner is read-only.
    """
    give_appearances([(owner, given) for owner in owners], parts, amount)


def give_appearances(pairs: Iterable[tuple[Object, Appearance]], parts: str, amount: float = 1.0) -> None:
    """`give_appearance` with one of its own for each owner."""
    planned = []
    for owner, given in pairs:
        check_writable(owner)
        canvas = owner.blobgan.canvas if owner.blobgan.role == "BLOB" else owner
        spherical = canvas.blobgan.norm_features
        planned.append((owner, restyled(read_appearance(owner), given, parts, amount, spherical)))
    for owner, appearance in planned:
        write_appearance(owner, *appearance)


def swap_appearances(first: Object, second: Object, parts: str) -> None:
    """Two blobs trade appearances. Raises as `give_appearance`, and changes nothing then."""
    give_appearances([(first, read_appearance(second)), (second, read_appearance(first))], parts)


def check_writable(owner: Object) -> None:
    """Raise `BlobGANError` if what is written on an object now would be gone when the file is opened again."""
    if owner.library is not None:
        raise BlobGANError(
            f"“{owner.name}” is linked from {owner.library.filepath} and cannot be changed here. "
            "Append it instead, or edit the file it comes from."
        )
    if owner.override_library is not None and not all(
        owner.is_property_overridable_library(f'["{key}"]') for key in (PHI, PSI)
    ):
        raise BlobGANError(
            f"“{owner.name}” is a library override whose appearance is not overridable: it would be lost on reload. "
            "Append it instead, or edit the file it comes from."
        )
