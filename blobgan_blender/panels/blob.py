"""The active blob in numbers."""

from __future__ import annotations

import hashlib

import numpy as np
from bpy.types import Context, UILayout

from ..core.errors import LayoutError
from ..scene.appearance import read_appearance
from ..scene.blobs import is_blob
from .main import CanvasPanel
from .text import wrapped


class BLOBGAN_PT_blob(CanvasPanel):
    """Size, shape and a summary of the appearance; the numbers are the empty's own."""

    bl_label = "Active Blob"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs an active blob."""
        active = context.view_layer.objects.active
        return super().poll(context) and active is not None and is_blob(active)

    def draw(self, context: Context) -> None:
        """See the class."""
        layout, blob = self.layout, context.view_layer.objects.active
        row = layout.row(align=True)
        row.prop(blob, "name", text="")
        row.operator("blobgan.mark_asset", text="", icon="ASSET_MANAGER")
        row.prop(blob.blobgan, "pinned", text="", icon="PINNED" if blob.blobgan.pinned else "UNPINNED")
        column = layout.column(align=True)
        for name in ("size", "opacity", "aspect", "angle"):
            column.prop(blob.blobgan, name)
        try:
            phi, psi = read_appearance(blob)
        except LayoutError as error:
            wrapped(context, layout, str(error), "ERROR")
            return
        _summary(layout, "Structure φ", phi)
        _summary(layout, "Style ψ", psi)


def _summary(layout: UILayout, name: str, vector: np.ndarray) -> None:
    """Its width, its length (1 as the model makes it), and a word that is the same for the same values."""
    word = hashlib.blake2b(vector.tobytes(), digest_size=2).hexdigest()
    rms = float(np.sqrt(np.mean(np.square(vector, dtype=np.float64))))
    layout.label(text=f"{name}: {len(vector)} numbers, length {rms:.2f}, {word}")
