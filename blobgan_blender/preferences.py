"""The extension's preferences: which Python runs the worker, where an artist's models lie and come from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty
from bpy.types import AddonPreferences, Context, UILayout

# What panels draw below, with the context, the layout and the preferences: they know what lies above this module.
sections: list[Callable[[Context, UILayout, Any], None]] = []


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
        description="Where your own models lie; empty for blobgan/models in Blender's folder of data files",
        subtype="DIR_PATH",
    )

    catalogue: StringProperty(  # type: ignore[valid-type]
        name="Catalogue",
        description="A file, or an https address, that lists models to download; empty for the extension's own",
        subtype="FILE_PATH",
    )

    def draw(self, context: Context) -> None:
        """Which Python, and what Check found of it; then the sections."""
        layout = self.layout
        row = layout.row(align=True)
        row.prop(self, "worker_python")
        row.operator("blobgan.check_worker", text="Check", icon="CHECKMARK")
        report = context.window_manager.blobgan.check_report
        for line in report.split("\n") if report else ():
            layout.label(text=line)
        for draw in sections:
            draw(context, layout, self)


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
