"""Animation that artists put on blobs: a resample must neither fight it nor drop it silently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from bpy.types import FCurve, Object
from mathutils import Matrix

from ..core.canvas_space import Placement, followed
from .appearance import write_stages
from .blobs import set_placement


def animated(blobs: Iterable[Object]) -> list[Object]:
    """The blobs that carry an action, drivers or NLA strips."""
    return [blob for blob in blobs if _is_animated(blob)]


def clear_animation(blobs: Iterable[Object]) -> None:
    """Take all animation off the blobs; the actions themselves stay in the file while others use them."""
    for blob in blobs:
        blob.animation_data_clear()


def key_walk(blob: Object, frames: Sequence[int], places: Sequence[Placement]) -> None:
    """Keyframe a blob's place, turn and scale at each of some frames.

    `places` are on its canvas, which becomes its parent.
    """
    blob.parent, blob.parent_type, blob.matrix_parent_inverse = blob.blobgan.canvas, "OBJECT", Matrix.Identity(4)
    set_placement(blob, places[0])
    place = places[0]
    for frame, wanted in zip(frames, places, strict=True):
        place = followed(place, wanted)
        blob.location, blob.rotation_euler[2], blob.scale = place.location, place.angle, place.scale
        for path, index in (("location", 0), ("location", 1), ("rotation_euler", 2), ("scale", -1)):
            blob.keyframe_insert(path, index=index, frame=frame)


def key_morph(owner: Object, frames: Sequence[int], phis: np.ndarray, psis: np.ndarray) -> None:
    """Let a blob or a canvas reach one appearance after the other: φ (K, d_in), ψ (K, d_style), K + 1 frames."""
    write_stages(owner, phis, psis)
    for frame in {point.co.x for curve in _morph_curves(owner) for point in curve.keyframe_points}:
        owner.keyframe_delete("blobgan.morph", frame=frame)
    for stage, frame in enumerate(frames):
        owner.blobgan.morph = stage / (len(frames) - 1)
        owner.keyframe_insert("blobgan.morph", frame=frame)
    for curve in _morph_curves(owner):
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"  # an eased morph would halt at every stage


def _morph_curves(owner: Object) -> list[FCurve]:
    return [curve for curve in fcurves(owner) if curve.data_path == "blobgan.morph"]


def fcurves(item: Object) -> list[FCurve]:
    """The curves of an object's own action."""
    data = item.animation_data
    if data is None or data.action is None:
        return []
    if not hasattr(data, "action_slot"):  # before Blender 4.4 an action was one object's alone
        return list(data.action.fcurves)
    if data.action_slot is None:
        return []
    strips: list[Any] = [strip for layer in data.action.layers for strip in layer.strips]
    bags = (strip.channelbag(data.action_slot) for strip in strips)
    return [curve for bag in bags if bag is not None for curve in bag.fcurves]


def _is_animated(blob: Object) -> bool:
    data = blob.animation_data
    return data is not None and bool(data.action or data.drivers or data.nla_tracks)
