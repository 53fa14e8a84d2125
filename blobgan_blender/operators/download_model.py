"""Download: a model of the catalogue comes into the models folder."""

from __future__ import annotations

import bpy
from bpy.props import StringProperty
from bpy.types import Context

from .. import background, model_tasks, models
from ..core.errors import BlobGANError
from .in_background import BackgroundOperator
from .look_for_models import refuse_offline


class BLOBGAN_OT_download_model(BackgroundOperator):
    """Fetch the model into the models folder, or go on where an earlier download stopped"""

    bl_idname = "blobgan.download_model"
    bl_label = "Download Model"

    sha256: StringProperty(  # type: ignore[valid-type]
        name="SHA-256", description="Of the weights of a model that the catalogue lists", options={"HIDDEN"}
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs leave to go to the network."""
        return (bpy.app.online_access or refuse_offline(cls)) and super().poll(context)

    def task(self, _context: Context) -> background.Task:
        """See the class."""
        for offer in models.offers() or []:
            if offer.sha256 == self.sha256:
                return model_tasks.download_task(offer)
        raise BlobGANError("The catalogue lists no such model. Press Look for Models, and choose one of its list.")
