"""The preferences' part on PyTorch: whether it is set up, and what can be done about it."""

from __future__ import annotations

from typing import Any

from bpy.types import UILayout

from .. import background
from ..environment.place import Place
from ..preferences import models_folder


def draw_environment(layout: UILayout, own: Any) -> None:
    """Set up, repaired, removed."""
    folder, box = models_folder(), layout.box()
    state = "none" if folder is None else Place(folder).state
    if state == "finished":
        box.label(text=f"PyTorch is set up in {folder}", icon="CHECKMARK")
    elif state == "unfinished" and background.going_on() is None:
        box.label(text="Setting PyTorch up has not finished. Press Set Up PyTorch: it goes on", icon="ERROR")
    else:
        text = "PyTorch draws on GPUs, completes rooms and reads official checkpoints. BlobGAN runs without it"
        box.label(text=text, icon="INFO")
    row = box.row(align=True)
    if state == "finished":
        row.operator("blobgan.set_up_torch", text="Repair PyTorch", icon="FILE_REFRESH")
    else:
        row.operator("blobgan.set_up_torch", icon="IMPORT")
    if state != "none":
        row.operator("blobgan.remove_torch", text="Remove", icon="TRASH")
    box.prop(own, "wheels_folder")
