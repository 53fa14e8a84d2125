"""The question that resampling and resetting ask when blobs carry keyframes: never answered silently."""

from __future__ import annotations

from bpy.props import EnumProperty
from bpy.types import Object

from ..core.errors import BlobGANError
from ..scene.keyframes import animated, clear_animation


def keyed_property() -> object:
    """The operator property `keyed`."""
    return EnumProperty(
        name="Animated Blobs",
        description="What becomes of blobs that carry keyframes or drivers",
        items=[
            ("ASK", "Ask", "Do nothing and say so"),
            ("NEW", "New Canvas", "Leave this canvas alone and put the room on a new one beside it"),
            ("REMOVE", "Remove Keys", "The keyframes and drivers of these blobs go"),
        ],
        default="ASK",
        options={"SKIP_SAVE"},
    )


def check_answered(blobs: list[Object], keyed: str) -> None:
    """Raise `BlobGANError` if blobs are animated and nothing was decided about them."""
    found = animated(blobs)
    if found and keyed == "ASK":
        names = ", ".join(blob.name for blob in found[:3]) + (" …" if len(found) > 3 else "")
        raise BlobGANError(
            f"{len(found)} blobs carry keyframes or drivers ({names}). "
            "Choose New Canvas to keep them, or Remove Keys to let them go."
        )


def goes_to_new_canvas(blobs: list[Object], keyed: str) -> bool:
    """Whether the answer is a new canvas; if the keys are to go, they are gone after this call."""
    if not animated(blobs):
        return False
    if keyed == "REMOVE":
        clear_animation(blobs)
    return keyed == "NEW"
