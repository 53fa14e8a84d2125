"""Operators that take something from another room of the canvas's model: the worker samples it, then they use it."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from bpy.props import FloatProperty, IntProperty
from bpy.types import Context, Event, Object

from .. import live, runtime
from ..core.errors import BlobGANError
from ..core.layout import Layout
from ..core.seeds import MAX_SEED
from ..scene.blobs import is_blob
from ..scene.canvas import Source, active_canvas
from ..scene.restyling import Appearance
from ..worker.jobs import Job
from .canvas_operator import may_change, needs_canvas
from .meant import Meant
from .selected import amount_property, names_of, parts_property
from .waiting import WaitingOperator


def truncation_property() -> object:
    """The operator property `truncation`; negative for the canvas's own."""
    return FloatProperty(
        name="Truncation",
        description="Of that room: 0 is the most varied, 1 always the average; below 0, the canvas's own",
        min=-1.0,
        max=1.0,
        default=-1.0,
    )


class SampledOperator(WaitingOperator):
    """`source` says which room; `use` takes from its layout (N = 1) what it needs."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas."""
        return needs_canvas(cls, context)

    def source(self, context: Context) -> Source:
        """Which room; raises `ModelFileError`."""
        raise NotImplementedError

    def use(self, context: Context, layout: Layout[np.ndarray]) -> str:
        """Edit; returns what was done. A `BlobGANError` is reported."""
        raise NotImplementedError

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: wait without blocking."""
        return self.wait(context)

    def begin(self, context: Context) -> Job[Any]:
        """Ask for the layout, for the canvas and the blobs that are meant now."""
        self._canvas = Meant([active_canvas(context.scene, context.view_layer)])
        self._blobs = Meant(own_blobs(context))
        return runtime.sample(self.source(context))

    def canvas(self, context: Context) -> Object:
        """The canvas that was active at the press; raises `BlobGANError` if it is gone."""
        return self._canvas.found(context)[0]

    def blobs(self, context: Context) -> list[Object]:
        """Its blobs that were selected at the press; raises `BlobGANError` if one is gone."""
        return self._blobs.found(context)

    def finish(self, context: Context, result: Layout[np.ndarray]) -> set[str]:
        """Use it."""
        self.report({"INFO"}, self.use(context, result))
        live.mark()
        return {"FINISHED"}


class RestylingOperator(SampledOperator):
    """Takes appearances from the room of a seed, wholly or in part."""

    seed: IntProperty(name="Seed", description="Of which room", min=0, max=MAX_SEED, default=1)  # type: ignore[valid-type]
    parts: parts_property()  # type: ignore[valid-type]
    amount: amount_property()  # type: ignore[valid-type]
    truncation: truncation_property()  # type: ignore[valid-type]

    def invoke(self, context: Context, event: Event) -> set[str]:
        """For a person: another seed at every press."""
        if not self.properties.is_property_set("seed"):
            self.seed = int(np.random.default_rng().integers(MAX_SEED))
        return super().invoke(context, event)

    def source(self, context: Context) -> Source:
        """The canvas's model."""
        canvas = active_canvas(context.scene, context.view_layer)
        return runtime.source_of(canvas, self.seed, None if self.truncation < 0 else self.truncation)


def own_blobs(context: Context) -> list[Object]:
    """The selected blobs of the active canvas: blobs of another canvas may be another model's."""
    canvas = active_canvas(context.scene, context.view_layer)
    found = (item for item in context.selected_objects if is_blob(item) and item.blobgan.canvas == canvas)
    return sorted(found, key=lambda blob: blob.name)


def may_change_own(operator: type[bpy.types.Operator], context: Context) -> bool:
    """For `poll`: whether blobs of the active canvas are selected, and can be changed."""
    blobs = own_blobs(context)
    if not blobs:
        operator.poll_message_set("Select one or more blobs of one canvas")
        return False
    return may_change(operator, blobs)


def counterparts(blobs: list[Object], layout: Layout[np.ndarray]) -> list[tuple[Object, Appearance]]:
    """Each blob with the appearance that the model's blob of the same index has in a layout (N = 1).

    Raises:
        BlobGANError: the layout has no such blob.
    """
    strange = [blob for blob in blobs if blob.blobgan.index >= layout.blobs]
    if strange:
        raise BlobGANError(
            f"{names_of(strange)} came from a layout file: the model's own rooms have no such blob. "
            "Paste an appearance onto it instead."
        )
    rows = [blob.blobgan.index + 1 for blob in blobs]
    return [
        (blob, (layout.features[0, row], layout.spatial_style[0, row])) for blob, row in zip(blobs, rows, strict=True)
    ]
