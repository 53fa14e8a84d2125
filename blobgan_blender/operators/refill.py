"""Operators that give the active canvas another layout of a model."""

from __future__ import annotations

import bpy
import numpy as np
from bpy.types import Context, Event, Object

from .. import live, runtime
from ..core.errors import BlobGANError
from ..core.layout import Layout
from ..scene.blobs import all_blobs
from ..scene.canvas import Source, active_canvas, create_canvas, fill_canvas
from ..scene.keyframes import animated
from ..scene.writable import check_writable
from ..worker.jobs import Job
from .canvas_operator import may_change_canvas
from .keyed import check_answered, goes_to_new_canvas, keyed_property
from .meant import Meant
from .waiting import WaitingOperator


class RefillOperator(WaitingOperator):
    """`source` says which layout; the worker makes it, and the canvas, or a new one beside it, gets it."""

    keyed: keyed_property()  # type: ignore[valid-type]

    _source: Source
    _meant: Meant | None = None

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas that can be changed."""
        return may_change_canvas(cls, context)

    def canvas(self, context: Context) -> Object:
        """The canvas this is about: the active one at the press, and the same one when its room has come."""
        if self._meant is not None:
            return self._meant.found(context)[0]
        return active_canvas(context.scene, context.view_layer)

    def source(self, context: Context) -> Source:
        """Which layout the canvas is to get; raises `ModelFileError`."""
        raise NotImplementedError

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: ask what becomes of keyframes if there are any, then wait without blocking."""
        try:
            keyed = animated(self._blobs(context))
        except BlobGANError as error:
            return self._refuse(error)
        if keyed and self.keyed == "ASK" and not bpy.app.background:
            self.keyed = "NEW"
            return {*context.window_manager.invoke_props_dialog(self, confirm_text=self.bl_label)}
        return self.wait(context)

    def begin(self, context: Context) -> Job[Layout[np.ndarray]]:
        """Check what can be checked before anything changes, then ask for the layout."""
        self._meant = Meant([active_canvas(context.scene, context.view_layer)])
        self.check(context)
        self._source = self.source(context)
        return runtime.sample(self._source)

    def check(self, context: Context) -> None:
        """Raise `BlobGANError` if a blob is read-only, or the question about keyframes was not answered."""
        blobs = self._blobs(context)
        check_writable((self.canvas(context), *blobs))
        check_answered(blobs, self.keyed)

    def finish(self, context: Context, result: Layout[np.ndarray]) -> set[str]:
        """Fill the canvas."""
        self.fill(context, result)
        return {"FINISHED"}

    def fill(self, context: Context, layout: Layout[np.ndarray]) -> Object:
        """Fill this canvas, or a new one, once more checked; returns which."""
        canvas = self.canvas(context)
        self.check(context)
        if goes_to_new_canvas(self._blobs(context), self.keyed):
            scene, view_layer = context.scene, context.view_layer
            canvas = create_canvas(scene, view_layer, self._source, layout)
            view_layer.objects.active = canvas
        else:
            fill_canvas(canvas, self._source, layout)
        live.refilled(context.scene, context.view_layer, canvas)
        return canvas

    def _blobs(self, context: Context) -> list[Object]:
        return all_blobs(self.canvas(context))
