"""The extension's preferences: which Python runs the worker and on what, how long it stays, where models lie."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty
from bpy.types import AddonPreferences, Context, UILayout

# What panels draw below, with the context, the layout and the preferences: they know what lies above this module.
sections: list[Callable[[Context, UILayout, Any], None]] = []

IDLE_MINUTES = 10
PREVIEW_RATE = 30  # a second


def _device_changed(_self: BlobGANPreferences, _context: Context) -> None:
    """The next picture is drawn on the new one; a render goes on as it began. Late: the runtime needs these."""
    from . import runtime
    from .scene.writable import render_runs

    if not render_runs():
        runtime.release_worker()


class BlobGANPreferences(AddonPreferences):
    """Shown in Preferences > Add-ons > BlobGAN."""

    bl_idname = __package__ or "blobgan_blender"

    worker_python: StringProperty(  # type: ignore[valid-type]
        name="Worker Python",
        description="A Python with torch that draws the pictures; empty to search for one",
        subtype="FILE_PATH",
    )
    models_folder: StringProperty(  # type: ignore[valid-type]
        name="Models Folder",
        description="Where your own models lie, and the PyTorch that Set Up PyTorch made; empty for blobgan/models in "
        "Blender's folder of data files. Neither moves along when this is changed",
        subtype="DIR_PATH",
    )

    preview_rate: IntProperty(  # type: ignore[valid-type]
        name="Updates per Second",
        description="While you drag, a coarse picture comes first where the whole one is slower than this, if the "
        "model has one that is like it; on an NVIDIA GPU always a quick one, if it is. 0 for neither",
        default=PREVIEW_RATE,
        min=0,
        max=120,
    )

    catalogue: StringProperty(  # type: ignore[valid-type]
        name="Catalogue",
        description="A file, or an https address, that lists models to download; empty for the extension's own",
        subtype="FILE_PATH",
    )
    wheels_folder: StringProperty(  # type: ignore[valid-type]
        name="From a Folder",
        description="A folder of wheels (torch, safetensors, numpy and what they need; uv too, where it is not "
        "installed) that Set Up PyTorch installs from, without the network; empty for the network",
        subtype="DIR_PATH",
    )
    device: EnumProperty(  # type: ignore[valid-type]
        name="Device",
        description="What PyTorch computes on. BLOBGAN_DEVICE, where it is set, goes before",
        items=[
            ("AUTO", "Automatic", "The first of CUDA, XPU, MPS and CPU that really computes"),
            ("cuda", "CUDA or ROCm", "An NVIDIA or AMD GPU"),
            ("xpu", "XPU", "An Intel GPU"),
            ("mps", "MPS", "An Apple GPU"),
            ("cpu", "CPU", "Slower, with the machine's whole memory"),
        ],
        default="AUTO",
        update=_device_changed,
    )
    idle_minutes: IntProperty(  # type: ignore[valid-type]
        name="Release Memory After (Minutes)",
        description="Minutes without a picture until the worker ends and its memory is free; the next picture starts "
        "it again. 0 for never",
        default=IDLE_MINUTES,
        min=0,
        soft_max=120,
    )

    def draw(self, context: Context) -> None:
        """Which Python, and what Check found of it; then the sections."""
        layout = self.layout
        row = layout.split(factor=0.85, align=True)
        row.prop(self, "worker_python")
        row.operator("blobgan.check_worker", text="Check", icon="CHECKMARK")
        report = context.window_manager.blobgan.check_report
        for line in report.split("\n") if report else ():
            layout.label(text=line)
        layout.prop(self, "device")
        layout.prop(self, "preview_rate")
        layout.prop(self, "idle_minutes")
        for draw in sections:
            draw(context, layout, self)


def preferences() -> BlobGANPreferences | None:
    """The preferences; None where the package was registered by a script and not enabled as an extension."""
    addons = bpy.context.preferences.addons
    if BlobGANPreferences.bl_idname not in addons:
        return None
    return addons[BlobGANPreferences.bl_idname].preferences  # type: ignore[return-value]  # the class above


def _path(name: str) -> str:
    """The whole of a path that the preferences hold by a name, or an empty string."""
    found = preferences()
    path = "" if found is None else getattr(found, name)
    return bpy.path.abspath(path) if path else ""


def worker_python() -> str:
    """The preferred Python's path, or an empty string."""
    return _path("worker_python")


def preview_seconds() -> float | None:
    """What a picture may take before a preview is wanted; None for no previews."""
    found = preferences()
    rate = PREVIEW_RATE if found is None else found.preview_rate
    return 1 / rate if rate else None


def wheels_folder() -> str:
    """The folder that PyTorch is set up from, or an empty string for the network."""
    return _path("wheels_folder")


def idle_seconds() -> float:
    """How long a worker without work stays; 0 for ever."""
    found = preferences()
    return 60.0 * (IDLE_MINUTES if found is None else found.idle_minutes)


def worker_environment() -> dict[str, str]:
    """What the worker is told beside this process's own variables, which go before the preferences."""
    found = preferences()
    if found is None or found.device == "AUTO" or os.environ.get("BLOBGAN_DEVICE"):
        return {}
    return {"BLOBGAN_DEVICE": found.device}


def models_folder() -> Path | None:
    """The folder of the artist's own models; None where the package was registered by a script."""
    found = preferences()
    if found is None:
        return None
    if found.models_folder:
        return Path(bpy.path.abspath(found.models_folder))
    # Not the extension's user folder: Blender deletes that with the extension, and these are the artist's.
    return Path(bpy.utils.user_resource("DATAFILES", path="blobgan/models"))


def catalogue() -> str:
    """The path or the address of the catalogue of models."""
    found = preferences()
    if found is not None and found.catalogue.strip():
        return bpy.path.abspath(found.catalogue.strip())
    from .library.catalogue import SHIPPED

    return str(SHIPPED)


def register() -> None:
    """Let Blender know the preferences."""
    bpy.utils.register_class(BlobGANPreferences)


def unregister() -> None:
    """Take them back."""
    bpy.utils.unregister_class(BlobGANPreferences)
