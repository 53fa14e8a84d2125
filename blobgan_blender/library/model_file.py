"""Model files as bytes on disk: their hash, whether they are whole, and whether they are the ones that are meant."""

from __future__ import annotations

import hashlib
import struct
from functools import lru_cache
from pathlib import Path

from ..core.errors import ModelFileError
from .card import Card, read_card

_MAX_HEADER = 16 << 20  # bytes; a paper-size model's header has 20 kB


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal; remembered until the file's size or time changes."""
    try:
        state = path.stat()
        return _hash(str(path), state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise ModelFileError(f"The model {path} cannot be read ({error.strerror}). Choose another file.") from error


@lru_cache(maxsize=64)
def _hash(path: str, _size: int, _time: int) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def short(sha256: str) -> str:
    """As much of a hash as tells models apart, for people."""
    return f"{sha256[:16]}…"


def check_weights(path: Path) -> None:
    """Raise `ModelFileError` unless `path` has the frame of a whole safetensors file, before anything is allocated."""
    import json  # not when the extension is enabled

    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            if not 2 <= length <= min(_MAX_HEADER, size):
                raise ValueError("its header is not that of a safetensors file")
            header = json.loads(file.read(length))
        end = 0
        for first, last in sorted(entry["data_offsets"] for name, entry in header.items() if name != "__metadata__"):
            if first != end or last < first:  # bytes that many tensors share would be read once for each of them
                raise ValueError("its tensors overlap, or leave gaps")
            end = last
        expected = 8 + length + end
        if size != expected:
            raise ValueError(f"it has {size} bytes where its header promises {expected}")
    except OSError as error:
        raise ModelFileError(f"The model {path} cannot be read ({error.strerror}). Choose another file.") from error
    except (ValueError, struct.error, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ModelFileError(f"{path.name} is damaged or not a model: {error}. Copy or convert it again.") from error


def checked_card(path: Path, sha256: str | None = None) -> Card:
    """The card of a model whose file is whole and has the right hash.

    Args:
        path: `NAME.safetensors` with `NAME.json` beside it.
        sha256: the hash it must have; the card's if None.

    Raises:
        ModelFileError: missing, damaged, or not the model that was asked for.
    """
    card = read_card(path)
    check_weights(path)
    found, wanted = sha256_of(path), sha256 or card.sha256
    if found != wanted:
        raise ModelFileError(
            f"{path.name} is not the model that was asked for: its SHA-256 is {found[:12]}…, not {wanted[:12]}…. "
            "Restore the original file, or load this one as another model."
        )
    return card
