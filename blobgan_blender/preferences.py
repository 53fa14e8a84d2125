"""The extension's preferences: which Python runs the worker, where an artist's models lie."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.props import IntProperty, StringProperty
from bpy.types import AddonPreferences, Context

PREVIEW_RATE = 30  # a second


class BlobGANPreferences(AddonPreferences):
    """Shown in Preferences > Add-ons > BlobGAN."""

    bl_idname = __package__ or "blobgan_blender"

    worker_python: StringProperty(  # type: ignore[valid-type]
        name="Worker Python",
        description="A Python with torch that draws the pictures; empty to search for one",
        subtype="FILE_PATH",
    )
    models_folder: StringProperty(  # type: ignore[valid-type]
        name="Models",
        description="Where your own models lie; empty for the extension's user folder",
        subtype="DIR_PATH",
    )

    preview_rate: IntProperty(  # type: ignore[valid-type]
        name="Updates per Second",
        description="While you drag, a coarse picture comes first where the whole one is slower than this, if the "
        "model has one that is like it; 0 for none",
        default=PREVIEW_RATE,
        min=0,
        max=120,
    )

    def draw(self, context: Context) -> None:
        """The paths, what Check found, and how fast to follow the hand."""
        layout = self.layout
        row = layout.row(align=True)
        row.prop(self, "worker_python")
        row.operator("blobgan.check_worker", text="Check", icon="CHECKMARK")
        report = context.window_manager.blobgan.check_report
        for line in report.split("\n") if report else ():
            layout.label(text=line)
        layout.prop(self, "models_folder")
        layout.prop(self, "preview_rate")


def preferences() -> BlobGANPreferences | None:
    """The preferences; None where the package was registered by a script and not enabled as an extension."""
    addons = bpy.context.preferences.addons
    if BlobGANPreferences.bl_idname not in addons:
        return None
    return addons[BlobGANPreferences.bl_idname].preferences  # type: ignore[return-value]  # the class above


def worker_python() -> str:
    """The preferred Python's path, or an empty string."""
    found = preferences()
    return bpy.path.abspath(found.worker_python) if found is not None and found.worker_python else ""


def preview_seconds() -> float | None:
    """What a picture may take before a preview is wanted; None for no previews."""
    found = preferences()
    rate = PREVIEW_RATE if found is None else found.preview_rate
    return 1 / rate if rate else None


def models_folder() -> Path | None:
    """The folder of the artist's own models; None where there is none."""
    found = preferences()
    if found is not None and found.models_folder:
        return Path(bpy.path.abspath(found.models_folder))
    try:
        return Path(bpy.utils.extension_path_user(__package__, path="models"))
    except ValueError:  # not running as an extension
        return None


def register() -> None:
    """Let Blender know the preferences."""
    bpy.utils.register_class(BlobGANPreferences)


def unregister() -> None:
    """Take them back."""
    bpy.utils.unregister_class(BlobGANPreferences)
