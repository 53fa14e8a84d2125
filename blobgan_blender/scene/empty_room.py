"""The empty room: the background alone, with the furniture put away and not thrown away."""

from __future__ import annotations

from bpy.types import Object, ViewLayer

from .blobs import blobs_of
from .writable import check_writable


def put_away(canvas: Object, view_layer: ViewLayer) -> list[Object]:
    """Hide the canvas's blobs that show; returns them. Those that an artist has hidden are left as they are.

    Raises:
        BlobGANError: a blob is linked from another file.
    """
    shown = [blob for blob in blobs_of(canvas, view_layer.objects) if not blob.hide_viewport]
    check_writable(shown)
    for blob in shown:
        blob.hide_viewport = blob.blobgan.put_away = True
    return shown


def bring_back(canvas: Object, view_layer: ViewLayer) -> list[Object]:
    """Show again what `put_away` hid; returns them. Raises as `put_away`."""
    away = [blob for blob in blobs_of(canvas, view_layer.objects) if blob.blobgan.put_away]
    check_writable(away)
    for blob in away:
        blob.blobgan.put_away = False
        blob.hide_viewport = False
    return away


def is_empty(canvas: Object, view_layer: ViewLayer) -> bool:
    """Whether blobs of this canvas are put away."""
    return any(blob.blobgan.put_away and blob.hide_viewport for blob in blobs_of(canvas, view_layer.objects))
