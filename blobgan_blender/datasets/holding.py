"""Values of Blender's data for a while: what was there comes back exactly, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any


def hold(until: ExitStack, owner: Any, **values: object) -> None:
    """Set attributes of a struct of Blender's; when `until` closes they are what they were."""
    keep(until, owner, *values)
    for name, value in values.items():
        setattr(owner, name, value)


def keep(until: ExitStack, owner: Any, *names: str) -> None:
    """As `hold`, for attributes that others set, or that change by themselves when others are set."""
    for curve in _curves_of(owner):
        # A render evaluates the frame anew: keyframes and drivers would write over what was set.
        if curve.data_path in names and not curve.mute:
            until.callback(setattr, curve, "mute", False)
            curve.mute = True
    for name in names:
        until.callback(setattr, owner, name, _copied(getattr(owner, name)))


def _curves_of(owner: Any) -> Iterator[Any]:
    """The drivers of an ID, and the curves of its action and its NLA strips; nothing else has any of its own."""
    data = getattr(owner, "animation_data", None)
    if data is None:
        return
    yield from data.drivers
    actions = {data.action, *(action for track in data.nla_tracks for action in _actions_of(track.strips))} - {None}
    for action in actions:
        if not hasattr(action, "layers"):  # before Blender 4.4
            yield from action.fcurves
            continue
        # Of every slot: who shares the action keeps the value of this frame, which is the one that is rendered.
        for bag in (bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags):
            yield from bag.fcurves


def _actions_of(strips: Any) -> Iterator[Any]:
    for strip in strips:
        yield strip.action
        yield from _actions_of(strip.strips)  # of a meta strip


def _copied(value: Any) -> Any:
    """Vectors, rotations and arrays are views into Blender's memory, which is about to change."""
    if isinstance(value, (bool, int, float, str)) or value is None:
        return value
    if hasattr(value, "bl_rna"):  # a pointer to other data
        return value
    return value.copy() if hasattr(value, "copy") else tuple(value)
