"""Canvases in a scene that Cycles or Eevee renders: each frame shows the picture of its own layout.

Only the depsgraph that Blender hands to `frame_change_post` holds that frame's values, so the pictures are drawn there,
before the frame is rendered, and Blender waits for them.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
from bpy.types import Depsgraph, Object, Scene

from .. import runtime
from ..core.errors import BlobGANError
from ..scene import made_by, picture
from ..scene.canvas import canvases
from ..scene.reading import read_canvas
from ..worker.jobs import Job
from . import refusal
from .engine import BlobGANRenderEngine

if TYPE_CHECKING:
    from ..worker.client import Picture

logger = logging.getLogger(__name__)

_MISSING = np.array([255, 0, 255], np.uint8)  # what Blender shows of textures that are not there
_keep_data: set[str] = set()  # scenes whose persistent data was switched off for this render
_drawn: dict[int, str] = {}  # signature of the picture of each canvas, by its session uid


def begin(scene: Scene) -> None:
    """A render begins."""
    _drawn.clear()
    # Cycles would show the first frame's picture in all frames: it does not look at images again.
    if _canvases_elsewhere(scene) and scene.render.use_persistent_data:
        scene.render.use_persistent_data = False
        _keep_data.add(scene.name)
        logger.warning("Persistent Data is off for this render: with it Cycles would keep the canvas's first picture.")


def frame(scene: Scene, depsgraph: Depsgraph | None) -> None:
    """A frame is about to be rendered: draw its canvases and wait for them; a frame without its pictures is refused."""
    if depsgraph is None or depsgraph.mode != "RENDER" or scene.render.engine == BlobGANRenderEngine.bl_idname:
        return
    jobs: list[tuple[Object, str, Job[Picture]]] = []
    problems = []
    for canvas in _live(canvases(depsgraph.view_layer)):
        try:
            _check_image(canvas)
            reading = read_canvas(canvas, depsgraph, depsgraph.view_layer)
            if _drawn.get(canvas.session_uid) != reading.signature:
                job = runtime.worker().render(
                    runtime.model_of(canvas), reading.layout, noise_seed=canvas.blobgan.noise_seed
                )
                jobs.append((canvas, reading.signature, job))
        except BlobGANError as error:
            problems.append(_without_picture(canvas, error))
    for canvas, signature, job in jobs:
        try:
            drawn = job.result()
            picture.overwrite(canvas, np.asarray(drawn.rgb))
            made_by.note(canvas, drawn.made_by)
            _drawn[canvas.session_uid] = signature
        except BlobGANError as error:
            problems.append(_without_picture(canvas, error))
    if problems:
        refusal.refuse(scene, " ".join(problems))


def end(scene: Scene) -> bool:
    """The render is over; whether canvases show other pictures than before it."""
    refusal.clear_away()
    if scene.name in _keep_data:
        _keep_data.discard(scene.name)
        scene.render.use_persistent_data = True
    return bool(_drawn)


def _canvases_elsewhere(scene: Scene) -> list[Object]:
    """The live canvases of a scene that another engine renders."""
    if scene.render.engine == BlobGANRenderEngine.bl_idname:
        return []
    return [canvas for view_layer in scene.view_layers for canvas in _live(canvases(view_layer))]


def _live(found: list[Object]) -> list[Object]:
    return [canvas for canvas in found if canvas.blobgan.live and not canvas.hide_render]


def _check_image(canvas: Object) -> None:
    """While a render runs no data may be made, so the image must be there, and be this canvas's own."""
    if not picture.fits(canvas):
        raise BlobGANError(f"“{canvas.name}” has no image of its own. Press Update Picture, then render again.")


def _without_picture(canvas: Object, error: BlobGANError) -> str:
    side: Any = canvas.blobgan.resolution
    _drawn.pop(canvas.session_uid, None)
    if picture.fits(canvas):
        picture.overwrite(canvas, np.broadcast_to(_MISSING, (side, side, 3)))
    return str(error)
