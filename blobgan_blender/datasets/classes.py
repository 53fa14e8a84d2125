"""The object classes of a room and their numbers in the masks."""

from __future__ import annotations

BACKGROUND = "room"
"""Walls, floor, ceiling: number 0."""

CLASSES: tuple[str, ...] = (
    BACKGROUND,
    "bed",
    "window",
    "curtains",
    "painting",
    "nightstand",
    "table_lamp",
    "dresser",
    "wardrobe",
    "plant",
    "floor_lamp",
    "rug",
    "armchair",
    "sofa",
    "table",
    "shelf",
    "pendant",
    "mirror",
)
CLASS_NUMBER: dict[str, int] = {name: number for number, name in enumerate(CLASSES)}
