"""Layouts and noise as files: `.npz` or `.json`, with the official names and shapes (see `core.layout.Layout`)."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import LayoutError
from ..core.layout import Layout
from ..core.seeds import noise_count, noise_side
from .replacing import replacing

_MAX_BYTES = 1 << 30  # unpacked; 1000 layouts of 30 blobs of the official models have 160 MB


def read_layout(path: Path) -> Layout[np.ndarray]:
    """The layouts of a file as float32; raises `LayoutError` where it isn't a layout file or its shapes disagree."""
    data = _read_arrays(path, Layout.FIELDS)
    layout = Layout(**data)
    if path.suffix == ".json" and layout.xs.size == layout.covs.size == 0:
        # JSON forgets the axes behind an empty one.
        count = len(layout.xs)
        layout = Layout(**(data | {"covs": data["covs"].reshape(count, 0, 2, 2)}))
    layout.check()
    if layout.count == 0:
        raise LayoutError(f"{path.name} holds no layouts.")
    if not _is_finite(layout):
        raise LayoutError(f"{path.name} holds values that are not finite.")
    dets = np.linalg.det(layout.covs.astype(np.float64))
    if not (dets > 0).all() or not (layout.covs[..., 0, 0] > 0).all():
        raise LayoutError(f"{path.name} holds covariances that are no ellipse: they must be positive definite.")
    return layout


def write_layout(path: Path, layout: Layout[np.ndarray]) -> None:
    """Write layouts as `.npz` or `.json`, by the file's ending; raises `LayoutError` for what nobody could read."""
    arrays = layout.map(lambda array: np.asarray(array, np.float32)).arrays()
    if path.suffix not in (".npz", ".json"):
        raise LayoutError(f"A layout is written as .npz or .json, not as {path.suffix or path.name}.")
    if not _is_finite(layout):
        raise LayoutError("The layout has values that are not finite. Undo, or reset the blob that moved last.")
    with replacing(path) as temporary:
        if path.suffix == ".json":
            text = json.dumps({name: array.tolist() for name, array in arrays.items()})
            temporary.write_text(text, encoding="utf-8")
        else:
            np.savez_compressed(temporary, **arrays)


def read_noise(path: Path, resolution: int) -> list[np.ndarray]:
    """The decoder's noise maps `noise_0 … ` of an `.npz` or `.json`, float32 (N or 1, 1, side, side) each."""
    names = [f"noise_{index}" for index in range(noise_count(resolution))]
    data = _read_arrays(path, names)
    for index, name in enumerate(names):
        array, side = data[name], noise_side(index)
        if array.ndim != 4 or array.shape[1:] != (1, side, side):
            raise LayoutError(f"{name} in {path.name} must be (N, 1, {side}, {side}), not {array.shape}.")
        if not np.isfinite(array).all():
            raise LayoutError(f"{name} in {path.name} holds values that are not finite.")
    return [data[name] for name in names]


def _read_arrays(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The named arrays of a file as float32; raises `LayoutError` for whatever else the file may be."""
    try:
        loaded = _load(path)
        missing = [name for name in names if name not in loaded]
        if missing:
            raise LayoutError(f"{path.name} lacks {', '.join(missing)}; it needs {', '.join(names)}.")
        with np.errstate(over="ignore"):  # becomes infinite, which is refused by name
            return {name: np.asarray(loaded[name], np.float32) for name in names}
    except LayoutError:
        raise
    except OSError as error:
        raise LayoutError(f"{path} cannot be read ({error.strerror or error}). Choose another file.") from error
    except (EOFError, MemoryError, RuntimeError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise LayoutError(f"{path.name} is damaged or no layout or noise file: {error}. Write it again.") from error


def _load(path: Path) -> dict[str, Any]:
    if path.suffix == ".json":
        loaded = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(loaded, dict):
            raise LayoutError(f"{path.name} is not a layout or noise file: it holds no names.")
        return loaded
    if path.suffix == ".npz":
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > _MAX_BYTES:
                raise LayoutError(f"{path.name} would unpack to more than {_MAX_BYTES:,} bytes. Split it.")
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    raise LayoutError(f"“{path.name}” is no layout or noise file: choose one that ends in .npz or .json.")


def _is_finite(layout: Layout[np.ndarray]) -> bool:
    return all(np.isfinite(array).all() for array in layout.arrays().values())
