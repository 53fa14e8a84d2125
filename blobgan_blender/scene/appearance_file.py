"""The copied appearance: a small file that all Blenders of this user share, as Blender's own copied objects are."""

from __future__ import annotations

import getpass
import zipfile
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ..core.errors import BlobGANError

_LARGEST = 1 << 20  # bytes; the official models' appearances have 5 kB


@dataclass(frozen=True)
class Copied:
    """An appearance on its way: φ (d_in,), ψ (d_style,), float32, and the SHA-256 of the model it belongs to."""

    phi: np.ndarray
    psi: np.ndarray
    model_sha256: str


def copy_place() -> Path:
    """Where the copied appearance lies: beside Blender's folders for temporary files, one for each user."""
    return Path(bpy.app.tempdir).parent / f"blobgan_appearance_{getpass.getuser()}.npz"


def write_copied(copied: Copied) -> None:
    """Copy. Raises `BlobGANError` where the place cannot be written to."""
    place = copy_place()
    # Blender's own folder for this session is private; a name in the shared one could be a stranger's link.
    temporary = Path(bpy.app.tempdir) / place.name
    try:
        np.savez(temporary, phi=copied.phi, psi=copied.psi, model_sha256=np.array(copied.model_sha256))
        temporary.replace(place)
    except OSError as error:
        raise BlobGANError(
            f"{place} cannot be written ({error.strerror or error}). Choose another folder for temporary files in "
            "Blender's preferences."
        ) from error


def read_copied() -> Copied:
    """What was copied last; raises `BlobGANError` where nothing was, or the file is no appearance."""
    place = copy_place()
    try:
        if place.stat().st_size > _LARGEST:
            raise ValueError("it is too large")
        with np.load(place, allow_pickle=False) as arrays:
            phi, psi, sha256 = (arrays[name] for name in ("phi", "psi", "model_sha256"))
        for vector in (phi, psi):
            if vector.dtype != np.float32 or vector.ndim != 1 or not np.isfinite(vector).all():
                raise ValueError(f"it holds {vector.dtype} {vector.shape}")
        return Copied(phi, psi, str(sha256))
    except FileNotFoundError:
        raise BlobGANError("No appearance has been copied yet. Select a blob and press Copy first.") from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise BlobGANError(f"The copied appearance cannot be read ({error}). Copy one again.") from error
