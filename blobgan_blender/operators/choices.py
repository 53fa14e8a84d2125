"""Operators of several buttons, one for each choice of a property: a button's tooltip is what the choice says."""

from __future__ import annotations

from typing import Any

import bpy


def description_of(verb: str, name: str, choice: str) -> str:
    """What the enum property `name` of the operator `blobgan.<verb>` says of one of its items."""
    operators: Any = bpy.ops
    return getattr(operators.blobgan, verb).get_rna_type().properties[name].enum_items[choice].description
