"""Before and After: the model's own room, to be wiped over the edited one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
from bpy.types import Context

from .. import runtime
from ..core.layout import Layout
from ..scene.canvas import Source, active_canvas
from ..viewport.wipe import before, keep_before
from .sampled import SampledOperator

if TYPE_CHECKING:
    from ..worker.client import Picture


class BLOBGAN_OT_compare(SampledOperator):
    """Show the model's own room over the left half of your edit, with a slider between; press again to hide it"""

    bl_idname = "blobgan.compare"
    bl_label = "Before and After"
    bl_options = {"REGISTER"}
    waiting_for = "Before and After"

    def execute(self, context: Context) -> set[str]:
        """Toggle; the picture is asked for if it is not known yet."""
        return self._toggled(context) or super().execute(context)

    def wait(self, context: Context) -> set[str]:
        """The same, without blocking."""
        return self._toggled(context) or super().wait(context)

    def source(self, context: Context) -> Source:
        """The canvas's own room."""
        return runtime.source_of(active_canvas(context.scene, context.view_layer))

    def finish(self, context: Context, result: Any) -> set[str]:
        """The layout first, then its picture; each is waited for in its turn."""
        canvas = self.canvas(context)
        if isinstance(result, Layout):
            job = self._draw(canvas, result)
            if bpy.app.background or self._timer is None:
                return self.finish(context, job.result())
            return self.go_on(context, job)
        picture: Picture = result
        keep_before(canvas, np.asarray(picture.rgb))
        context.scene.blobgan.wipe = 0.5
        return {"FINISHED"}

    def _draw(self, canvas: bpy.types.Object, layout: Layout[np.ndarray]) -> Any:
        return runtime.worker().render(runtime.model_of(canvas), layout, noise_seed=canvas.blobgan.noise_seed)

    def _toggled(self, context: Context) -> set[str] | None:
        canvas, settings = active_canvas(context.scene, context.view_layer), context.scene.blobgan
        if settings.wipe > 0:
            settings.wipe = 0.0
        elif before(canvas) is not None:
            settings.wipe = 0.5
        else:
            return None
        return {"FINISHED"}
