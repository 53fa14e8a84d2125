"""Operators on one model of the library, named by its weights file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bpy.props import StringProperty

from .. import models
from ..core.errors import BlobGANError

if TYPE_CHECKING:
    from ..library.shelf import Standing


class OnModel:
    """Mixed into an operator: the model that it is about."""

    filepath: StringProperty(  # type: ignore[valid-type]
        name="Model", description="The weights file of a model in the library", subtype="FILE_PATH", options={"HIDDEN"}
    )

    def model(self) -> Standing:
        """The one that is named; raises `BlobGANError` where the library has none of that path."""
        for found in models.standing():
            if found.weights == Path(self.filepath):
                return found
        raise BlobGANError(
            f"The library has no model {self.filepath}. Somebody may have moved or removed it meanwhile."
        )
