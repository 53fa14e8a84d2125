"""One frame: what the worker makes of a canvas at a moment, as Blender's passes hold it."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
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

_BAND = 128 << 20  # bytes of one answer, about; the protocol's limit is four times that
_AHEAD = 2  # bands that are asked for before the first is waited for: the worker has no pause between them


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
            bands = self._bands(model, passes)
            asked = deque(itertools.islice(bands, _AHEAD))
            drawn = wait(picture)
            found[COMBINED] = self.framing.place(_opaque(drawn.rgb), 0)
            made_by.note(self.canvas, drawn.made_by)
            while asked:
                first, job = asked.popleft()
                made = wait(job)
                asked.extend(itertools.islice(bands, 1))
                for name, band in self._parts(made, passes):
                    found[name] = self.framing.place(band, first, found.get(name))
        for each in passes.all():  # what is out of the picture, and mattes of blobs that are hidden now
            if each.name not in found:
                size = self.framing.width * self.framing.height
                found[each.name] = np.zeros(size * len(each.channels), np.float32)
        return found

    def _bands(self, model: ModelRef, passes: Passes) -> Iterator[tuple[int, Job[Mattes]]]:
        """Ask for all that the geometry says, band by band, as much as an answer holds; with each its first row."""
        if not (passes.blob_map or passes.index or passes.mattes or passes.levels):
            return
        assert self.framing.region is not None
        left, top, right, bottom = self.framing.region
        of_a_pixel = 4 * (len(self.reading.names) + 1) + 16 * passes.levels  # bytes
        rows = max(1, _BAND // (of_a_pixel * (right - left)))
        for first in range(top, bottom, rows):
            job = runtime.worker().mattes(
                model,
                self.reading.layout,
                numbers=np.array(self.reading.orders, np.int64),
                ids=ids_of(self.reading.names),
                mattes=bool(passes.mattes),
                index=passes.index,
                levels=passes.levels,
                blob_map=passes.blob_map,
                size=(self.framing.side, self.framing.side),
                filter_name=self.filter_name,
                region=(left, first, right, min(first + rows, bottom)),
            )
            yield first - top, job

    def _parts(self, made: Mattes, passes: Passes) -> Iterator[tuple[str, np.ndarray]]:
        """A band of each pass, (rows, columns, channels), by the pass's name."""
        if made.mattes is not None:
            for uid, matte in zip(self.reading.uids, made.mattes, strict=True):
                if uid in passes.mattes:
                    yield passes.mattes[uid], matte[..., None]
        if made.index is not None:
            yield BLOB_INDEX, made.index[..., None]
        if made.blob_map is not None:
            yield BLOB_MAP, LINEAR[made.blob_map]
        if made.cryptomatte is not None:
            yield from zip(cryptomatte_names(passes.levels), made.cryptomatte, strict=True)

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
