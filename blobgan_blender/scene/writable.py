"""What cannot be changed, here or now: the one check behind every grey button and every refusal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PureWindowsPath

import bpy
from bpy.types import Object

from ..core.errors import BlobGANError
from .appearance import PHI, PSI


def render_runs() -> bool:
    """Whether Blender renders beside its window, on a thread of its own.

    Taking data away then crashes Blender 5.2 within a hundred images or a thousand objects, whichever engine renders;
    making new data does not.
    """
    return bpy.app.is_job_running("RENDER")


def why_read_only(items: Iterable[Object]) -> str:
    """A sentence on the first of some blobs or canvases whose changes would be gone when the file is opened again.

    Empty if none is. Short: of a grey button's reason Blender tells a script the first 200 bytes.
    """
    for item in items:
        library, override = item.library, item.override_library
        if library is not None:
            # Both slashes part a path here; Blender's begins with // beside the file.
            name = PureWindowsPath(library.filepath).name
            return f"“{item.name}” is linked from {name} and cannot be changed here: append it, or edit that file."
        if override is not None and not all(item.is_property_overridable_library(f'["{key}"]') for key in (PHI, PSI)):
            return f"“{item.name}” is a library override whose appearance is not overridable: append it instead."
    return ""


def check_writable(items: Iterable[Object]) -> None:
    """Raise `BlobGANError` with that sentence."""
    reason = why_read_only(items)
    if reason:
        raise BlobGANError(reason)
