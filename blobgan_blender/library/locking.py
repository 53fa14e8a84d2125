"""One at a time, across processes: two Blenders may share a models folder."""

from __future__ import annotations

import errno
import sys
from typing import IO

from ..core.errors import BlobGANError

_BYTE = (1 << 31) - 2  # of the file that is locked on Windows: far out, for nobody else can read or write it
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


class Taken(BlobGANError):  # noqa: N818 - an outcome more than an error
    """Another process has the file."""


def take(file: IO[bytes], what: str) -> None:
    """Have an open file for oneself until it is closed, or this process dies however it may.

    Where the file system knows no locks (some network drives), everybody gets it.

    Args:
        file: open for writing.
        what: the beginning of the message's sentence, such as “rooms.safetensors is being downloaded”.

    Raises:
        Taken: another process has it.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            raise Taken(f"{what} by another Blender just now. Wait until it has finished.") from error
