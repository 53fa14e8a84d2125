"""Which engine on which device drew a canvas's latest final picture, kept on the canvas and so in the .blend.

A render draws on a thread where no data may be written, and an undo takes back what was written: so what is known lies
here, and `write` puts it onto the canvases, again if need be.
"""

from __future__ import annotations

import bpy
from bpy.types import Object

_known: dict[int, str] = {}  # words by the canvas's session uid
_unwritten = False


def note(canvas: Object, words: str) -> None:
    """A final picture of a canvas, evaluated or not, was drawn; from any thread."""
    global _unwritten
    if _known.get(canvas.session_uid) != words:
        _known[canvas.session_uid] = words
        _unwritten = True


def write() -> None:
    """Put what is not yet written onto the canvases; on the main thread, while no render runs."""
    global _unwritten
    if not _unwritten:
        return
    _unwritten = False
    for item in bpy.data.objects:
        words = _known.get(item.session_uid)
        # A linked canvas keeps what its own file says.
        if words is not None and item.library is None and item.blobgan.made_by != words:
            item.blobgan.made_by = words


def undone() -> None:
    """An undo may have taken back what was written."""
    global _unwritten
    _unwritten = bool(_known)
    write()


def forget() -> None:
    """Another file was opened."""
    global _unwritten
    _known.clear()
    _unwritten = False
