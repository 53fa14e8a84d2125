"""Animation that artists put on blobs: a resample must neither fight it nor drop it silently."""

from __future__ import annotations

from collections.abc import Iterable

from bpy.types import Object


def animated(blobs: Iterable[Object]) -> list[Object]:
    """The blobs that carry an action, drivers or NLA strips."""
    return [blob for blob in blobs if _is_animated(blob)]


def clear_animation(blobs: Iterable[Object]) -> None:
    """Take all animation off the blobs; the actions themselves stay in the file while others use them."""
    for blob in blobs:
        blob.animation_data_clear()


def _is_animated(blob: Object) -> bool:
    data = blob.animation_data
    return data is not None and bool(data.action or data.drivers or data.nla_tracks)
