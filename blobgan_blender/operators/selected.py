"""What operators on selected blobs share: who they mean, why they are grey, and how a refusal is said."""

from __future__ import annotations

from typing import ClassVar

import bpy
from bpy.props import EnumProperty, FloatProperty
from bpy.types import Context, Object

from .. import live
from ..core.errors import BlobGANError
from ..scene.blobs import is_blob
from ..scene.canvas import canvas_of
from .canvas_operator import may_change


def parts_property() -> object:
    """The operator property `parts`."""
    return EnumProperty(
        name="Take",
        description="Which part of the appearance",
        items=[
            ("BOTH", "Structure and Style", "What it is and what it looks like"),
            ("STRUCTURE", "Structure", "φ: what the blob is; it enters the picture at its coarsest"),
            ("STYLE", "Style", "ψ: what it looks like; it colours every layer of the picture"),
        ],
        default="BOTH",
    )


def amount_property() -> object:
    """The operator property `amount`."""
    return FloatProperty(
        name="Amount", description="0 keeps the old appearance, 1 replaces it", min=0.0, max=1.0, default=1.0
    )


def selected_blobs(context: Context) -> list[Object]:
    """The selected blobs, by name."""
    return sorted((item for item in context.selected_objects if is_blob(item)), key=lambda blob: blob.name)


def selected_owners(context: Context) -> list[Object]:
    """Whoever of the selected has an appearance: blobs, and canvases for their backgrounds."""
    canvases = (item for item in context.selected_objects if item.blobgan.role == "CANVAS")
    return [*selected_blobs(context), *sorted(canvases, key=lambda canvas: canvas.name)]


def active_owner(context: Context) -> Object | None:
    """The active object if it has an appearance."""
    item = context.view_layer.objects.active
    return item if item is not None and (is_blob(item) or item.blobgan.role == "CANVAS") else None


class SelectedOperator(bpy.types.Operator):
    """An edit of selected blobs: `edit` does it or raises a `BlobGANError`, which is reported, nothing changed."""

    needs: ClassVar[int] = 1  # how many blobs must be selected
    needs_text: ClassVar[str] = "Select one or more blobs"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs selected blobs that can be changed."""
        targets = cls.targets(context)
        if len(targets) < cls.needs:
            cls.poll_message_set(cls.needs_text)
            return False
        return may_change(cls, targets)

    @classmethod
    def targets(cls, context: Context) -> list[Object]:
        """Whom it changes."""
        return selected_blobs(context)

    def edit(self, context: Context) -> str:
        """Do it; returns what was done, for the status bar."""
        raise NotImplementedError

    def execute(self, context: Context) -> set[str]:
        """Edit, mark the picture as old, say what was done."""
        try:
            done = self.edit(context)
        except BlobGANError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        live.mark()
        self.report({"INFO"}, done)
        return {"FINISHED"}


def names_of(items: list[Object]) -> str:
    """A few names, for a sentence."""
    return ", ".join(item.name for item in items[:3]) + (" …" if len(items) > 3 else "")


def model_hash(owner: Object) -> str:
    """The SHA-256 of the model that an appearance belongs to."""
    canvas = canvas_of(owner)
    return canvas.blobgan.model_sha256 if canvas is not None else ""
