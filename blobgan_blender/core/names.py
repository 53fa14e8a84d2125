"""Names for passes: what Blender or a file cuts off, or cannot tell apart, gets a name of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

LONGEST = 63  # bytes of a pass's name that Blender keeps; and of “layer.pass.channel” in its OpenEXR files
_LEAST = 16  # bytes of a pass's name, should the view layer's be so long that nothing fits


def room_beside(layer: str) -> int:
    """Bytes that a file has for the name of a one-channel pass of a view layer."""
    return max(_LEAST, LONGEST - len(f"{layer}..X".encode()))


def pass_names(names: Iterable[str], room: int = LONGEST, taken: Iterable[str] = ()) -> list[str]:
    """A name for each, in order: itself where that will do, else a unique one of at most `room` bytes.

    A full stop separates layer, pass and channel in an OpenEXR file, so it becomes an underscore.

    Args:
        names: of the blobs; may repeat.
        room: bytes, see `room_beside`.
        taken: names that mean something else already.
    """
    used = set(taken)
    found = []
    for name in names:
        plain = name.replace(".", "_")
        candidate = _cut(plain, "", room)
        if candidate != plain:  # two long names that begin alike stay apart, whatever their order
            candidate = _cut(plain, "~" + hashlib.blake2b(name.encode(), digest_size=3).hexdigest(), room)
        count = 1
        unique = candidate
        while unique in used:
            count += 1
            unique = _cut(candidate, f"~{count}", room)
        used.add(unique)
        found.append(unique)
    return found


def _cut(name: str, ending: str, room: int) -> str:
    """The name and an ending, within `room` bytes and with no character cut in two."""
    return name.encode()[: room - len(ending.encode())].decode(errors="ignore") + ending
