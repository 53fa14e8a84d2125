"""A data set of rooms as arrays: pictures and class masks by seed, decoded by all cores; which seeds are held out."""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..core.errors import BlobGANError
from ..datasets.classes import CLASSES
from ..datasets.folder import RoomFolder
from ..training.decoding import decode

HELD_OUT = 10  # every tenth seed
LEAST = 20  # pictures below which nothing can be measured
_CHUNK = 128  # pictures that a process decodes at a time


@dataclass(frozen=True)
class Rooms:
    """Decoded rooms.

    Attributes:
        root: their folder.
        seeds: int64 (N,), ascending.
        pictures: uint8 (N, side, side, 3).
        masks: uint8 (N, side, side), class numbers; None if they weren't asked for.
        sha256: of the manifest, or of the pictures' names and sizes where there is none.
        hashed: which of the two.
    """

    root: Path
    seeds: np.ndarray
    pictures: np.ndarray
    masks: np.ndarray | None
    sha256: str
    hashed: str

    def described(self) -> dict[str, object]:
        """What a report says of them."""
        return {"folder": str(self.root), "pictures": len(self.seeds), "sha256": self.sha256, "hashed": self.hashed}


def held_out(seeds: np.ndarray) -> np.ndarray:
    """bool: which rooms no segmenter may learn from: every tenth seed by number, whatever the data set."""
    return np.asarray(seeds) % HELD_OUT == 0


def load_rooms(root: Path, side: int, masks: bool = False, limit: int | None = None) -> Rooms:
    """Decode a folder of rooms at a resolution: pictures as training does, masks by their nearest pixel.

    Args:
        root: a `RoomFolder`.
        side: in pixels.
        masks: whether to read them too.
        limit: the first so many seeds alone.

    Raises:
        BlobGANError: no or too few rooms, one that cannot be read, masks missing or of other classes.
    """
    folder = RoomFolder(root)
    if not folder.pictures.is_dir():
        raise BlobGANError(
            f"{root} is no data set of rooms: it has no folder pictures. Render one with: "
            "python -m blobgan_blender.datasets rooms FOLDER."
        )
    if masks:
        folder.check_classes()
    seeds = folder.done()[:limit]
    if len(seeds) < LEAST:
        raise BlobGANError(f"{root} holds {len(seeds)} rooms; measuring needs {LEAST}, and thousands to mean it.")
    chunks = [(root, seeds[start : start + _CHUNK], side, masks) for start in range(0, len(seeds), _CHUNK)]
    processes = min(os.cpu_count() or 1, len(chunks))
    if processes == 1:
        parts = [_decode(*chunk) for chunk in chunks]
    else:
        # Spawned, not forked: torch's threads may hold locks in this process.
        with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
            parts = list(pool.map(_decode, *zip(*chunks, strict=True)))
    problems = [problem for _, _, problem in parts if problem]
    if problems:
        raise BlobGANError(f"{problems[0]} Render that room again, or delete it.")
    sha256, hashed = _hash(folder, seeds)
    return Rooms(
        root,
        np.array(seeds),
        np.concatenate([pictures for pictures, _, _ in parts]),
        np.concatenate([part for _, part, _ in parts]) if masks else None,
        sha256,
        hashed,
    )


def _decode(root: Path, seeds: Sequence[int], side: int, masks: bool) -> tuple[np.ndarray, np.ndarray, str]:
    """What a process of the pool does: pictures, masks (empty if not asked for), and a sentence if one is broken."""
    folder = RoomFolder(root)
    pictures = np.zeros((len(seeds), side, side, 3), np.uint8)
    classes = np.zeros((len(seeds) if masks else 0, side, side), np.uint8)
    for index, seed in enumerate(seeds):
        picture, facts = decode(folder.picture(seed), side)
        if picture is None:
            return pictures, classes, f"{folder.picture(seed)} cannot be read: {facts.problem}."
        pictures[index] = picture
        if masks:
            try:
                classes[index] = _mask(folder.mask(seed), side)
            except (OSError, ValueError) as error:
                return pictures, classes, f"{folder.mask(seed)} cannot be used: {error}."
    return pictures, classes, ""


def _mask(path: Path, side: int) -> np.ndarray:
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        if image.mode not in ("L", "P"):
            raise ValueError(f"it has the mode {image.mode}, not one class number a pixel")
        found = np.asarray(image.resize((side, side), Image.Resampling.NEAREST))
    if found.max() >= len(CLASSES):
        raise ValueError(f"it names a class {found.max()}, of {len(CLASSES)}")
    return found


def _hash(folder: RoomFolder, seeds: Sequence[int]) -> tuple[str, str]:
    if folder.manifest.is_file():
        return hashlib.sha256(folder.manifest.read_bytes()).hexdigest(), folder.manifest.name
    names = "".join(f"{seed} {folder.picture(seed).stat().st_size}\n" for seed in seeds)
    return hashlib.sha256(names.encode()).hexdigest(), "seeds and sizes of the pictures"
