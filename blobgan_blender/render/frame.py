"""One frame: what the worker makes of a canvas at a moment, as Blender's passes hold it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from bpy.types import Depsgraph, Object, ViewLayer

from .. import runtime
from ..core.cryptomatte import ids_of
from ..core.filters import Region
from ..scene import made_by
from ..scene.picture import LINEAR
from ..scene.reading import Reading, read_canvas
from ..worker.jobs import Job
from .framing import Framing
from .passes import BLOB_INDEX, BLOB_MAP, COMBINED, Passes, cryptomatte_names

if TYPE_CHECKING:
    from ..library.search import ModelRef
    from ..worker.client import Mattes

Wait = Callable[[Job[Any]], Any]  # waits for a job's result, or raises

_MESSAGE = 128 << 20  # bytes of mattes in one answer; the protocol's limit is four times that


@dataclass(frozen=True, eq=False)
class Frame:
    """A canvas as read for one frame, and how it is to be framed."""

    canvas: Object
    reading: Reading
    framing: Framing
    filter_name: str

    @classmethod
    def read(cls, canvas: Object, depsgraph: Depsgraph, view_layer: ViewLayer, framing: Framing) -> Frame:
        """Read the canvas as evaluated; raises `LayoutError`."""
        reading = read_canvas(canvas, depsgraph, view_layer)
        return cls(canvas, reading, framing, depsgraph.scene.blobgan.resampling)

    def planes(self, passes: Passes, wait: Wait) -> dict[str, np.ndarray]:
        """Every pass by name: flat float32, bottom row first, as `foreach_set` takes it.

        Raises:
            BlobGANError: the layout, the model or the worker is at fault; and whatever `wait` raises.
        """
        found: dict[str, np.ndarray] = {}
        if self.framing.region is not None:
            model = runtime.model_of(self.canvas)
            picture = runtime.worker().render(
                model, self.reading.layout, noise_seed=self.canvas.blobgan.noise_seed, **self._resizing()
            )
            mattes = self._ask_for_mattes(model, passes)  # before waiting: the worker has no pause between the two
            drawn = wait(picture)
            found[COMBINED] = self.framing.place(_opaque(drawn.rgb))
            made_by.note(self.canvas, drawn.made_by)
            for rows, job in mattes:
                found.update(self._matte_planes(passes, rows, wait(job)))
        for each in passes.all():  # what is out of the picture, and mattes of blobs that are hidden now
            if each.name not in found:
                size = self.framing.width * self.framing.height
                found[each.name] = np.zeros(size * len(each.channels), np.float32)
        return found

    def _ask_for_mattes(self, model: ModelRef, passes: Passes) -> list[tuple[range, Job[Mattes]]]:
        """One request for all that the geometry says; more where the mattes would not fit into one answer."""
        if not (passes.blob_map or passes.index or passes.mattes or passes.levels):
            return []
        count = len(self.reading.names) if passes.mattes else 0
        at_once = max(1, _MESSAGE // (4 * self.framing.side**2))
        jobs = []
        for rows in [range(count)[first : first + at_once] for first in range(0, count, at_once)] or [range(0)]:
            first = rows.start == 0
            job = runtime.worker().mattes(
                model,
                self.reading.layout,
                numbers=np.array(self.reading.orders, np.int64),
                ids=ids_of(self.reading.names),
                rows=(rows.start, rows.stop),
                index=passes.index and first,
                levels=passes.levels if first else 0,
                blob_map=passes.blob_map and first,
                **self._resizing(),
            )
            jobs.append((rows, job))
        return jobs

    def _matte_planes(self, passes: Passes, rows: range, made: Mattes) -> dict[str, np.ndarray]:
        found = {}
        for row, matte in zip(rows, made.mattes, strict=True):
            name = passes.mattes.get(self.reading.uids[row])
            if name is not None:
                found[name] = self.framing.place(matte[..., None])
        if made.index is not None:
            found[BLOB_INDEX] = self.framing.place(made.index[..., None])
        if made.blob_map is not None:
            found[BLOB_MAP] = self.framing.place(LINEAR[made.blob_map])
        if made.cryptomatte is not None:
            names = cryptomatte_names(passes.levels)
            found.update(zip(names, map(self.framing.place, made.cryptomatte), strict=True))
        return found

    def _resizing(self) -> dict[str, Any]:
        side, region = self.framing.side, self.framing.region
        piece: Region | None = None if self.framing.whole else region
        if side == self.canvas.blobgan.resolution and piece is None:
            return {}
        return {"size": (side, side), "filter_name": self.filter_name, "region": piece}


def _opaque(rgb: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3) → linear float32 (H, W, 4)."""
    pixels = np.ones((*rgb.shape[:2], 4), np.float32)
    pixels[..., :3] = LINEAR[rgb]
    return pixels
