"""Files that are whole or not there: written beside their place, then moved into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..core.errors import BlobGANError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path of the same ending to write to; it takes `path`'s place if the block succeeds, else it goes.

    Raises:
        BlobGANError: the folder cannot be made or written to, or is full.
    """
    temporary = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise BlobGANError(f"{path} cannot be written ({error.strerror or error}). Choose another place.") from error
