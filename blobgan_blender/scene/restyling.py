"""Appearances from one owner to another: a blob's empty, or a canvas, which carries the background's."""

from __future__ import annotations

from collections.abc import Iterable

from bpy.types import Object

from ..core.edits import Appearance, restyled
from .appearance import read_appearance, write_appearance
from .writable import check_writable


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
    planned, pairs = [], list(pairs)
    check_writable(owner for owner, _ in pairs)
    for owner, given in pairs:
        canvas = owner.blobgan.canvas if owner.blobgan.role == "BLOB" else owner
        spherical = canvas.blobgan.norm_features
        planned.append((owner, restyled(read_appearance(owner), given, parts, amount, spherical)))
    for owner, appearance in planned:
        write_appearance(owner, *appearance)


def swap_appearances(first: Object, second: Object, parts: str) -> None:
    """Two blobs trade appearances. Raises as `give_appearance`, and changes nothing then."""
    give_appearances([(first, read_appearance(second)), (second, read_appearance(first))], parts)
