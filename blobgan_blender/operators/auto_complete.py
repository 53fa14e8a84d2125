"""Auto-Complete: rooms in which the pinned blobs are where they are, to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
from bpy.props import IntProperty
from bpy.types import Context, Event, Object

from .. import gallery, runtime
from ..core.errors import BlobGANError
from ..core.seeds import MAX_SEED
from ..gallery import COUNT, Variant
from ..scene.canvas import Source, active_canvas
from ..scene.reading import Reading, read_canvas
from ..scene.stacking import height
from ..worker.jobs import Job
from .meant import Meant
from .sampled import own_blobs, truncation_property
from .waiting import WaitingOperator

if TYPE_CHECKING:
    from ..core.completion import Candidates


class BLOBGAN_OT_auto_complete(WaitingOperator):
    """Keep the pinned blobs (or the selected, if none is pinned) and show rooms that the model makes to fit them"""

    bl_idname = "blobgan.auto_complete"
    bl_label = "Auto-Complete"
    bl_options = {"REGISTER"}
    waiting_for = "Auto-Complete"

    seed: IntProperty(name="Seed", description="Of the rooms that are tried", min=0, max=MAX_SEED)  # type: ignore[valid-type]
    count: IntProperty(name="Count", description="How many rooms to choose from", min=1, max=48, default=COUNT)  # type: ignore[valid-type]
    truncation: truncation_property()  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas and something to keep."""
        canvas = active_canvas(context.scene, context.view_layer)
        if canvas is None:
            cls.poll_message_set("Select a canvas or one of its blobs, or press New BlobGAN Scene")
            return False
        if not pins_of(context, canvas):
            cls.poll_message_set("Pin the blobs to keep, in the list of blobs, or select them")
            return False
        return True

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: other rooms at every press."""
        if not self.properties.is_property_set("seed"):
            self.seed = int(np.random.default_rng().integers(MAX_SEED))
        return self.wait(context)

    def begin(self, context: Context) -> Job[Any]:
        """Ask for the rooms."""
        from ..core.completion import Pins  # not when the extension is enabled

        canvas = active_canvas(context.scene, context.view_layer)
        truncation = None if self.truncation < 0 else self.truncation
        self._source: Source = runtime.source_of(canvas, self.seed, truncation)
        pinned, self._reading = _read_pins(context, canvas)
        self._canvas, self._pinned = Meant([canvas]), Meant(blob for blob, _ in pinned)
        self._places = [place for _, place in pinned]
        # The layout network makes one blob of each index: of clones the first one says where it shall be.
        model = self._source.card.architecture.blobs
        firsts: dict[int, int] = {}
        for blob, place in pinned:
            if blob.blobgan.index < model:
                firsts.setdefault(blob.blobgan.index, place)
        if not firsts:
            raise BlobGANError("The pinned blobs came from a layout file: the model makes no such blobs. Pin others.")
        layout, places = self._reading.layout, list(firsts.values())
        pins = Pins(
            indices=np.array(list(firsts), np.int64),
            xs=layout.xs[0, places],
            ys=layout.ys[0, places],
            sizes=layout.sizes[0, np.array(places) + 1],
        )
        return runtime.complete(self._source, pins, self.count)

    def finish(self, context: Context, result: Candidates) -> set[str]:
        """Show them, the pins copied in; nothing on the canvas changes until one is chosen."""
        from ..core.completion import completed  # not when the extension is enabled

        (canvas,), blobs = self._canvas.found(context), self._pinned.found(context)
        indices = [blob.blobgan.index for blob in blobs]
        depsgraph = context.evaluated_depsgraph_get()
        heights = [height(blob, depsgraph) for blob in blobs]
        rooms = []
        for number, miss in enumerate(result.misses):
            whole = result.layouts.one(number)
            layout = completed(whole, self._reading.layout, self._places, indices, heights)
            names, note = tuple(blob.name for blob in blobs), f"off by {miss:.3f}"
            rooms.append(Variant(f"{number + 1}", self._source, layout, pins=names, whole=whole, note=note))
        gallery.show(f"Around {len(blobs)} pinned blobs", rooms, canvas.blobgan.noise_seed)
        if bpy.app.background:
            gallery.finish()
        self.report({"INFO"}, f"{len(rooms)} rooms, off by {result.misses.max():.3f} at most before the pins are kept")
        return {"FINISHED"}


def pins_of(context: Context, canvas: Object) -> list[Object]:
    """The canvas's pinned blobs; the selected ones if none is pinned."""
    mine = (item for item in context.view_layer.objects if item.blobgan.role == "BLOB")
    pinned = [item for item in mine if item.blobgan.canvas == canvas and item.blobgan.pinned]
    return sorted(pinned, key=lambda blob: blob.name) or own_blobs(context)


def _read_pins(context: Context, canvas: Object) -> tuple[list[tuple[Object, int]], Reading]:
    """The pinned blobs that are in the picture, each with its place in the stack; and the canvas as it stands."""
    reading = read_canvas(canvas, context.evaluated_depsgraph_get(), context.view_layer)
    blobs = [blob for blob in pins_of(context, canvas) if blob.session_uid in reading.uids]
    if not blobs:
        raise BlobGANError("The pinned blobs are hidden. Show them, or pin others.")
    return [(blob, reading.uids.index(blob.session_uid)) for blob in blobs], reading
