"""The passes of a view layer: which there are, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bpy.types import Object, Scene, ViewLayer

from ..core.names import pass_names, room_beside
from ..scene.blobs import blobs_of
from ..scene.canvas import rendered_canvas

COMBINED, BLOB_MAP, BLOB_INDEX = "Combined", "Blob Map", "Blob Index"
CRYPTOMATTE = "CryptoObject"  # what Blender's Cryptomatte node looks for
_SOCKETS = ("Image", "Alpha", "Depth", "Noisy Image")  # of a Render Layers node, beside the passes


@dataclass(frozen=True, eq=False)
class Pass:
    """One pass as Blender is told of it: `channels` names each channel, `kind` is VALUE or COLOR."""

    name: str
    channels: str
    kind: Any

    def arguments(self) -> tuple[str, int, str, Any]:
        """What `register_pass` takes after the scene and the view layer."""
        return self.name, len(self.channels), self.channels, self.kind


@dataclass(frozen=True, eq=False)
class Passes:
    """What a view layer wants beside Combined.

    Attributes:
        blob_map, index: whether there are these.
        mattes: the pass of each blob, by its session uid; empty if mattes are not wanted.
        levels: of the Cryptomatte; 0 for none.
    """

    blob_map: bool
    index: bool
    mattes: dict[int, str]
    levels: int

    def all(self) -> list[Pass]:
        """Every pass, Combined first."""
        found = [Pass(COMBINED, "RGBA", "COLOR")]
        found += [Pass(BLOB_MAP, "RGB", "COLOR")] if self.blob_map else []
        found += [Pass(BLOB_INDEX, "X", "VALUE")] if self.index else []
        found += [Pass(name, "X", "VALUE") for name in self.mattes.values()]
        # In capitals Blender would keep them in 16 bits in a file, and no id survives that.
        found += [Pass(name, "rgba", "COLOR") for name in cryptomatte_names(self.levels)]
        return found


def passes_of(scene: Scene, view_layer: ViewLayer) -> Passes:
    """The passes that a view layer of the BlobGAN engine has at this moment."""
    settings = view_layer.blobgan
    canvas = rendered_canvas(scene, view_layer)
    levels = (view_layer.pass_cryptomatte_depth + 1) // 2 if view_layer.use_pass_cryptomatte_object else 0
    blobs = blobs_of(canvas, scene.objects) if canvas is not None and settings.use_pass_mattes else []
    return Passes(settings.use_pass_blob_map, settings.use_pass_blob_index, _matte_names(blobs, view_layer), levels)


def cryptomatte_names(levels: int) -> list[str]:
    """The passes of a Cryptomatte of so many levels."""
    return [f"{CRYPTOMATTE}{level:02}" for level in range(levels)]


def _matte_names(blobs: list[Object], view_layer: ViewLayer) -> dict[int, str]:
    taken = (COMBINED, BLOB_MAP, BLOB_INDEX, *_SOCKETS, *cryptomatte_names(8))
    names = pass_names((blob.name for blob in blobs), room_beside(view_layer.name), taken)
    return dict(zip((blob.session_uid for blob in blobs), names, strict=True))
