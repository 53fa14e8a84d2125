"""The render engine “BlobGAN”: the scene's canvas, at the frame's evaluated layout, through F12, Ctrl-F12 and -b -a."""

from __future__ import annotations

import logging
from typing import Any

import bpy
import numpy as np
from bpy.types import Context, Depsgraph, Scene, ViewLayer

from ..core.cryptomatte import metadata
from ..core.errors import BlobGANError, Cancelled
from ..scene.blobs import blobs_of
from ..scene.canvas import rendered_canvas
from ..worker.jobs import Job
from . import meanwhile, progress, viewport
from .disk import check_room
from .frame import Frame
from .framing import Framing, framing_of
from .passes import CRYPTOMATTE, passes_of

logger = logging.getLogger(__name__)

_LOOK = 0.1  # seconds between looks at whether the render was cancelled


class BlobGANRenderEngine(bpy.types.RenderEngine):
    """Renders a canvas of the scene, see `scene.canvas.rendered_canvas`, with mattes of its blobs.

    The picture is square: it is fitted into the frame and the rest stays transparent. At the model's own resolution
    it is the canvas's picture bit for bit; at others it is resampled. A frame that cannot be computed fails the render.
    """

    bl_idname = "BLOBGAN"
    bl_label = "BlobGAN"
    bl_use_preview = False
    bl_use_postprocess = True
    bl_use_shading_nodes_custom = False
    bl_use_eevee_viewport = True  # for Material Preview, where canvases stand among other objects

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Blender 4.4 and later hand the engine over here and need it passed on.
        super().__init__(*args, **kwargs)

    def update_render_passes(self, scene: Scene, renderlayer: ViewLayer) -> None:
        """Called by Blender before a render, and when a setting of the view layer changed."""
        for each in passes_of(scene, renderlayer).all():
            self.register_pass(scene, renderlayer, *each.arguments())

    def render(self, depsgraph: Depsgraph) -> None:
        """Called by Blender for each view layer of each frame, off the main thread in the GUI."""
        framing, layer = framing_of(depsgraph.scene.render), depsgraph.view_layer.name
        try:
            planes = self._planes(depsgraph, framing)
        except Cancelled:
            self._finish({}, framing, layer)
        except BlobGANError as error:
            self._fail(framing, layer, str(error))
        except Exception as error:
            logger.exception("The BlobGAN engine failed")
            sentence = f"The BlobGAN engine failed: {error}. Please report it, with the console's text."
            self._fail(framing, layer, sentence)
        else:
            self._finish(planes, framing, layer)
            if self.is_animation and not bpy.app.background:
                meanwhile.keep(layer, framing, planes)
            self._describe_cryptomatte(depsgraph.scene, depsgraph.view_layer)

    def view_update(self, context: Context, depsgraph: Depsgraph) -> None:
        """Called by Blender when the scene changed in Rendered mode: the live link is told of it by its handlers."""

    def view_draw(self, context: Context, depsgraph: Depsgraph) -> None:
        """Called by Blender for each redraw in Rendered mode."""
        viewport.draw(self, context, depsgraph)

    def _planes(self, depsgraph: Depsgraph, framing: Framing) -> dict[str, np.ndarray]:
        scene, view_layer = depsgraph.scene, depsgraph.view_layer
        before = meanwhile.last(view_layer.name, framing)
        if before:  # first of all: Blender began with an empty frame, and whatever is told makes the window draw it
            self._finish(before, framing, view_layer.name)
        canvas = rendered_canvas(scene, view_layer)
        if canvas is None:
            raise BlobGANError(
                f"Scene “{scene.name}” has no canvas to render, or several and none chosen. "
                "Press New BlobGAN Scene, or choose one under Canvas in the render settings."
            )
        passes = passes_of(scene, view_layer)
        if self.is_animation:
            check_room(scene, passes, framing)
        frame = Frame.read(canvas, depsgraph, view_layer, framing)
        self._tell(f"{canvas.name}, {len(frame.reading.names)} blobs", scene)
        return frame.planes(passes, self._wait)

    def _tell(self, what: str, scene: Scene) -> None:
        """What is rendered, how far the animation is and how long it will go on: in the window and in the console."""
        if self.is_animation:
            pace = progress.frame(scene)
            self.update_progress(min(1.0, (pace.done + pace.skipped) / max(1, pace.total)))
            what = f"{what}, {pace}"
        self.update_stats("", f"BlobGAN: {what}")
        progress.to_console(scene, what)

    def _wait(self, job: Job[Any]) -> Any:
        """A job's result; raises `Cancelled` when the render was cancelled, by ESC say."""
        while not job.wait(_LOOK):
            if self.test_break():
                job.cancel()
            _, doing = job.progress
            if doing:
                self.update_stats("", f"BlobGAN: {doing}")
        return job.result()

    def _finish(self, planes: dict[str, np.ndarray], framing: Framing, layer: str) -> None:
        result = self.begin_result(0, 0, framing.width, framing.height, layer=layer)
        for each in result.layers[0].passes if result.layers else ():
            if each.name in planes:
                each.rect.foreach_set(planes[each.name])  # type: ignore[attr-defined]  # the stubs say float
        self.end_result(result)

    def _fail(self, framing: Framing, layer: str, sentence: str) -> None:
        # Blender crashes writing a multilayer file of no result, so there is an empty one; the report is what
        # stops the render, leaves no file behind and makes `blender -b` exit with a failure.
        self._finish({}, framing, layer)
        self.report({"ERROR"}, sentence)

    def _describe_cryptomatte(self, scene: Scene, view_layer: ViewLayer) -> None:
        """Into the header of the file: without it other programs, and the Cryptomatte node's Image, find no names."""
        canvas = rendered_canvas(scene, view_layer)
        if view_layer.use_pass_cryptomatte_object and canvas is not None:
            names = [blob.name for blob in blobs_of(canvas, scene.objects)]
            for field, value in metadata(f"{view_layer.name}.{CRYPTOMATTE}", names).items():
                self.get_result().stamp_data_add_field(field, value)
