"""Values of Blender's data for a while: what was there comes back exactly, whatever happens meanwhile."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any


def hold(until: ExitStack, owner: Any, **values: object) -> None:
    """Set attributes of a struct of Blender's; when `until` closes they are what they were, the last set first."""
    for name, value in values.items():
        until.callback(setattr, owner, name, _copied(getattr(owner, name)))
        setattr(owner, name, value)


def keep(until: ExitStack, owner: Any, *names: str) -> None:
    """As `hold`, for attributes that change by themselves when others are set."""
    for name in names:
        until.callback(setattr, owner, name, _copied(getattr(owner, name)))


def _copied(value: Any) -> Any:
    """Vectors, rotations and arrays are views into Blender's memory, which is about to change."""
    if isinstance(value, (bool, int, float, str)) or value is None:
        return value
    if hasattr(value, "bl_rna"):  # a pointer to other data
        return value
    return value.copy() if hasattr(value, "copy") else tuple(value)
