"""Download: a model of the catalogue comes into the models folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import StringProperty
from bpy.types import Context

from .. import background, models
from ..core.errors import BlobGANError
from .in_background import BackgroundOperator
from .look_for_models import refuse_offline

if TYPE_CHECKING:
    from ..library.catalogue import Offer


class OfOffer:
    """Mixed into an operator: the model of the catalogue that it is about."""

    sha256: StringProperty(  # type: ignore[valid-type]
        name="SHA-256", description="Of the weights of a model that the catalogue lists", options={"HIDDEN"}
    )

    def offer(self) -> Offer:
        """The one that is named; raises `BlobGANError` where the catalogue has none of that hash."""
        for found in models.offers() or []:
            if found.sha256 == self.sha256:
                return found
        raise BlobGANError(
            "The catalogue lists no such model. Press Look in the preferences of BlobGAN, and choose one of its list."
        )


class BLOBGAN_OT_download_model(OfOffer, BackgroundOperator):
    """Fetch the model into the models folder, or go on where an earlier download stopped"""

    bl_idname = "blobgan.download_model"
    bl_label = "Download Model"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs leave to go to the network."""
        return (bpy.app.online_access or refuse_offline(cls)) and super().poll(context)

    def task(self, _context: Context) -> background.Task:
        """See the class."""
        from .. import model_tasks  # not when the extension is enabled

        return model_tasks.download_task(self.offer())
