"""Discard: what has come of a download that broke off is thrown away."""

from __future__ import annotations

import bpy
from bpy.types import Context

from .. import background, models
from ..core.errors import BlobGANError
from .download_model import OfOffer


class BLOBGAN_OT_discard_download(OfOffer, bpy.types.Operator):
    """Throw away what has come of this model so far"""

    bl_idname = "blobgan.discard_download"
    bl_label = "Discard Download"

    def execute(self, _context: Context) -> set[str]:
        """See the class."""
        from ..library.catalogue import discard

        try:
            discard(self.offer(), models.folder())
        except BlobGANError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        background.redraw()
        return {"FINISHED"}
