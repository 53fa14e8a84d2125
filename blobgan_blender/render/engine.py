"""The render engine “BlobGAN”: the scene's canvas, at the frame's evaluated layout, through F12, Ctrl-F12 and -b -a."""

from __future__ import annotations

import logging
from typing import Any

import bpy
import numpy as np
from bpy.types import Depsgraph, RenderSettings

from .. import runtime
from ..core.errors import BlobGANError
from ..scene.canvas import rendered_canvas
from ..scene.picture import linear_pixels
from ..scene.reading import read_canvas

logger = logging.getLogger(__name__)


class BlobGANRenderEngine(bpy.types.RenderEngine):
    """Renders the scene's BlobGAN canvas (`Scene.blobgan.canvas`, or the only one); Combined pass only.

    The picture is square: it is fitted into the frame and the rest stays transparent. At the model's own resolution
    it is the canvas's picture bit for bit; at others it is resampled. A frame that cannot be computed fails the render.
    """

    bl_idname = "BLOBGAN"
    bl_label = "BlobGAN"
    bl_use_preview = False
    bl_use_postprocess = True
    bl_use_shading_nodes_custom = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Blender 4.4 and later hand the engine over here and need it passed on.
        super().__init__(*args, **kwargs)

    def render(self, depsgraph: Depsgraph) -> None:
        """Called by Blender for each frame, off the main thread in the GUI."""
        render = depsgraph.scene.render
        width, height = frame_size(render)
        try:
            pixels = self._pixels(depsgraph, width, height)
        except BlobGANError as error:
            self._fail(width, height, str(error))
        except Exception as error:
            logger.exception("The BlobGAN engine failed")
            self._fail(width, height, f"The BlobGAN engine failed: {error}. Please report it, with the console's text.")
        else:
            self._finish(pixels, width, height)

    def _pixels(self, depsgraph: Depsgraph, width: int, height: int) -> np.ndarray:
        scene, view_layer = depsgraph.scene, depsgraph.view_layer
        if scene.render.use_border:
            raise BlobGANError("The BlobGAN engine does not render regions yet. Switch Render Region off.")
        canvas = rendered_canvas(scene, view_layer)
        if canvas is None:
            raise BlobGANError(
                f"Scene “{scene.name}” has no canvas to render, or several and none chosen. "
                "Press New BlobGAN Scene, or choose one under Canvas in the BlobGAN tab."
            )
        side = min(width, height)
        reading = read_canvas(canvas, depsgraph, view_layer)
        job = runtime.worker().render(
            runtime.model_of(canvas),
            reading.layout,
            noise_seed=canvas.blobgan.noise_seed,
            size=None if side == canvas.blobgan.resolution else (side, side),
        )
        self.update_stats("", f"BlobGAN: {canvas.name}, {len(reading.names)} blobs")
        square = linear_pixels(np.asarray(job.result().rgb)).reshape(side, side, 4)
        frame = np.zeros((height, width, 4), np.float32)
        top, left = (height - side) // 2, (width - side) // 2
        frame[top : top + side, left : left + side] = square
        return frame.reshape(-1)

    def _finish(self, pixels: np.ndarray, width: int, height: int) -> None:
        result = self.begin_result(0, 0, width, height)
        result.layers[0].passes["Combined"].rect.foreach_set(pixels)  # type: ignore[attr-defined]  # the stubs say float
        self.end_result(result)

    def _fail(self, width: int, height: int, sentence: str) -> None:
        # Blender crashes writing a multilayer file of no result, so there is an empty one; the report is what
        # stops the render, leaves no file behind and makes `blender -b` exit with a failure.
        self.end_result(self.begin_result(0, 0, width, height))
        self.report({"ERROR"}, sentence)


def frame_size(render: RenderSettings) -> tuple[int, int]:
    """Width and height of the frame in pixels, the resolution's percentage taken in."""
    percentage = render.resolution_percentage  # in integers, as Blender does: 100 · 0.29 is 28.999…
    return max(1, render.resolution_x * percentage // 100), max(1, render.resolution_y * percentage // 100)
