"""The question that resampling and resetting ask when blobs carry keyframes: never answered silently."""

from __future__ import annotations

from bpy.props import EnumProperty
from bpy.types import Object

from ..core.errors import BlobGANError
from ..scene.keyframes import animated, clear_animation

_ASK = ("ASK", "Ask", "Do nothing and say so")
_NEW = ("NEW", "New Canvas", "Leave this canvas alone and put the room on a new one beside it")
_REMOVE = ("REMOVE", "Remove Keys", "The keyframes and drivers of these blobs go")


def keyed_property(*, may_be_new: bool = True) -> object:
    """The operator property `keyed`; with *New Canvas* among the answers where `may_be_new`."""
    return EnumProperty(
        name="Animated Blobs",
        description="What becomes of blobs that carry keyframes or drivers",
        items=[_ASK, _NEW, _REMOVE] if may_be_new else [_ASK, _REMOVE],
        default="ASK",
        options={"SKIP_SAVE"},
    )


def check_answered(blobs: list[Object], keyed: str, *, may_be_new: bool = True) -> None:
    """Raise `BlobGANError` if blobs are animated and nothing was decided about them."""
    found = animated(blobs)
    if not found or keyed != "ASK":
        return
    names = ", ".join(blob.name for blob in found[:3]) + (" …" if len(found) > 3 else "")
    if may_be_new:
        raise BlobGANError(
            f"{len(found)} blobs carry keyframes or drivers ({names}). "
            "Choose New Canvas to keep them, or Remove Keys to let them go."
        )
    raise BlobGANError(
        f"{len(found)} blobs carry keyframes or drivers ({names}). "
        "Add a canvas for the file to keep them, or choose Remove Keys to let them go."
    )


def goes_to_new_canvas(blobs: list[Object], keyed: str) -> bool:
    """Whether the answer is a new canvas; if the keys are to go, they are gone after this call."""
    if not animated(blobs):
        return False
    if keyed == "REMOVE":
        clear_animation(blobs)
    return keyed == "NEW"
