"""Rooms that an artist marked: kept with the scene, as seeds."""

from __future__ import annotations

from bpy.types import Scene

from .canvas import Source


def favourite(scene: Scene, source: Source) -> int | None:
    """Where a room stands among the scene's favourites; None if it is none."""
    wanted = (source.card.sha256, source.seed, f"{source.truncation:.4f}", " ".join(map(str, source.variation)))
    for place, item in enumerate(scene.blobgan.favourites):
        if (item.model_sha256, item.seed, f"{item.truncation:.4f}", item.variation) == wanted:
            return place
    return None


def toggle_favourite(scene: Scene, source: Source) -> bool:
    """Mark a room, or unmark it; returns whether it is one now."""
    place = favourite(scene, source)
    if place is not None:
        scene.blobgan.favourites.remove(place)
        return False
    item = scene.blobgan.favourites.add()
    item.model_sha256, item.seed, item.truncation = source.card.sha256, source.seed, source.truncation
    item.variation = " ".join(map(str, source.variation))
    return True
