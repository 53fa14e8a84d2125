"""A data set on disk: `pictures/SEED.webp`, `masks/SEED.png`, `manifest.jsonl` and `dataset.json`.

A picture counts as done once it has its name: masks are written before it, both by moving a whole file into place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import BlobGANError
from ..library.replacing import replacing
from .classes import CLASSES
from .room import Room
from .scene_description import describe

DIGITS = 7
WEBP_QUALITY = 90


class DatasetError(BlobGANError):
    """A data set that cannot be rendered, read or packed."""


@dataclass(frozen=True)
class PictureFolder:
    """The files of one data set under `root`, whatever it shows."""

    root: Path

    @property
    def pictures(self) -> Path:
        return self.root / "pictures"

    @property
    def masks(self) -> Path:
        return self.root / "masks"

    @property
    def unfinished(self) -> Path:
        """Where workers write before a file takes its place."""
        return self.root / "unfinished"

    @property
    def manifest(self) -> Path:
        return self.root / "manifest.jsonl"

    @property
    def card(self) -> Path:
        """The settings that all pictures share."""
        return self.root / "dataset.json"

    def picture(self, seed: int) -> Path:
        return self.pictures / f"{seed:0{DIGITS}d}.webp"

    def mask(self, seed: int) -> Path:
        return self.masks / f"{seed:0{DIGITS}d}.png"

    def done(self) -> list[int]:
        """The seeds of all finished pictures, ascending."""
        # macOS leaves ._0000001.webp beside a file on a foreign disk.
        return sorted(int(path.stem) for path in self.pictures.glob("*.webp") if path.stem.isdigit())

    def make(self) -> None:
        """Makes the folders."""
        for folder in (self.pictures, self.masks, self.unfinished):
            folder.mkdir(parents=True, exist_ok=True)

    def write_card(self, settings: dict[str, Any]) -> None:
        """Writes the settings."""
        with replacing(self.card) as temporary:
            temporary.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")

    def read_card(self) -> dict[str, Any]:
        """The settings.

        Raises:
            DatasetError: they cannot be read.
        """
        try:
            found = json.loads(self.card.read_text(encoding="utf-8"))
            if not isinstance(found, dict):
                raise ValueError("it names no settings")
            return found
        except (OSError, ValueError) as error:
            raise DatasetError(
                f"{self.card} cannot be read ({error}). Choose another folder, or delete that file: then it is written "
                "anew with the settings that you render with."
            ) from error

    def files(self, seed: int) -> dict[str, object]:
        """How a line of the manifest begins."""
        return {
            "seed": seed,
            "picture": self.picture(seed).relative_to(self.root).as_posix(),
            "mask": self.mask(seed).relative_to(self.root).as_posix(),
        }

    def write_lines(self, entries: Iterable[dict[str, object]]) -> int:
        """Writes the manifest, a line of JSON for each entry; returns how many."""
        unfinished = self.manifest.with_suffix(".partial")
        count = 0
        with unfinished.open("w", encoding="utf-8") as file:
            for entry in entries:
                count += 1
                file.write(json.dumps(entry, separators=(",", ":")) + "\n")
        unfinished.replace(self.manifest)
        return count

    def read_manifest(self) -> Iterator[dict[str, object]]:
        """The manifest's lines.

        Raises:
            DatasetError: there is none.
        """
        if not self.manifest.exists():
            raise DatasetError(
                f"{self.root} has no manifest.jsonl. Write it with: python -m blobgan_blender.datasets "
                f"manifest {self.root}"
            )
        with self.manifest.open(encoding="utf-8") as file:
            yield from map(json.loads, file)


class RoomFolder(PictureFolder):
    """A data set of the rooms of `scene_description`."""

    def prepare(self, resolution: int, samples: int) -> None:
        """Makes the folders; refuses one that was begun at another resolution or with other samples."""
        settings = {"resolution": resolution, "samples": samples, "classes": list(CLASSES), "license": "CC0-1.0"}
        self.make()
        if self.card.exists():
            found = self.read_card()
            if found != settings:
                raise DatasetError(
                    f"{self.root} holds rooms at {found.get('resolution')}² with {found.get('samples')} samples, "
                    f"not {resolution}² with {samples}. Choose another folder or the same settings."
                )
        else:
            self.write_card(settings)

    def write_manifest(self) -> int:
        """Describes every finished picture, a line of JSON each, by seed; returns how many.

        A room follows from its seed, so the manifest is written anew rather than gathered from the workers.

        Raises:
            DatasetError: see `check_classes`.
        """
        self.check_classes()
        return self.write_lines(self.entry(describe(seed)) for seed in self.done())

    def check_classes(self) -> None:
        """Raise `DatasetError` for pictures of another scene: the same numbers in their masks are other classes."""
        if self.card.exists() and self.read_card().get("classes") != list(CLASSES):
            raise DatasetError(
                f"{self.root} holds pictures of another scene, not of rooms: the numbers in its masks are other "
                "classes. Choose a folder of rooms."
            )

    def entry(self, room: Room) -> dict[str, object]:
        """A picture's line: its files, each object's rectangle (left, top, right, bottom in [0, 1]), the whole room."""
        boxes = {
            kind: [round(side, 4) for side in (box.left, box.top, box.right, box.bottom)]
            for kind, box in room.boxes().items()
        }
        return {**self.files(room.seed), "boxes": boxes, "room": room.as_dict()}
