"""What a press meant: its canvases and blobs, for a person goes on working until the worker has answered."""

from __future__ import annotations

from collections.abc import Iterable

from bpy.types import Context, Object

from ..core.errors import BlobGANError
from ..scene.blobs import by_uid


class Meant:
    """Canvases or blobs, noted by session uid: names change, and Python's references do not outlive an undo."""

    def __init__(self, items: Iterable[Object]) -> None:
        self._names = {item.session_uid: item.name for item in items}

    def found(self, context: Context) -> list[Object]:
        """They again, in their order; raises `BlobGANError` if one is not in the scene that the window shows."""
        here = by_uid(context.view_layer.objects)
        for uid, name in self._names.items():
            if uid not in here:
                raise BlobGANError(
                    f"“{name}” was deleted meanwhile, or the window shows another scene. "
                    "Nothing was changed: press again there, or for another."
                )
        return [here[uid] for uid in self._names]
