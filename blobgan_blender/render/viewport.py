"""Rendered mode in the viewport: the live pictures, standing where their canvases stand.

What is drawn is the canvas's own image, which the live link fills, so there is one picture to wait for and it shows in
the turn of Blender's loop in which it arrives. No other object is drawn: the engine renders nothing but canvases.

Baked frames are read from their files. Blender's own way from a sequence to a texture does not ask for the frame: it
loads none, and from then on Solid mode and Material Preview show the sequence as a missing texture too.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import bpy
import gpu
import numpy as np
from bpy.types import Context, Depsgraph, Object
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix

from ..scene.canvas import canvases
from ..scene.picture import linear_pixels
from .bake import shown_frame

types: Any = gpu.types  # its stubs know no constructor's arguments
_CORNERS = ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))  # of a canvas, in its own space
_UVS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_TRIANGLES = ((0, 1, 2), (0, 2, 3))


def draw(engine: bpy.types.RenderEngine, context: Context, depsgraph: Depsgraph) -> None:
    """Draw each visible canvas's picture into the viewport, in linear colours: Blender's view transform follows."""
    view, shader = context.region_data.perspective_matrix, gpu.shader.from_builtin("IMAGE")
    positions = [(x, y, 0.0) for x, y in _CORNERS]
    batch = batch_for_shader(shader, "TRIS", {"pos": positions, "texCoord": _UVS}, indices=_TRIANGLES)
    gpu.state.blend_set("ALPHA_PREMULT")
    engine.bind_display_space_shader(depsgraph.scene)
    shader.bind()
    with gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():  # type: ignore[attr-defined]  # the stubs say None
        gpu.matrix.load_projection_matrix(Matrix.Identity(4))
        for canvas in canvases(depsgraph.view_layer):
            if not canvas.visible_get(view_layer=depsgraph.view_layer):
                continue
            texture = _texture(canvas, depsgraph.scene.frame_current)
            if texture is None:
                continue
            gpu.matrix.load_matrix(view @ canvas.evaluated_get(depsgraph).matrix_world)
            shader.uniform_sampler("image", texture)
            batch.draw(shader)
    engine.unbind_display_space_shader()
    gpu.state.blend_set("NONE")


def _texture(canvas: Object, frame: int) -> Any:
    """The texture of what a canvas shows at a frame, linear; None if there is nothing."""
    if canvas.blobgan.baked_image is None:
        image = canvas.blobgan.image
        return None if image is None else gpu.texture.from_image(image)
    path = shown_frame(canvas, frame)
    if path is None or not path.is_file():
        return None
    picture = _linear(path, path.stat().st_mtime_ns)
    if picture is None:
        return None
    side, pixels = picture
    return types.GPUTexture(side, format="RGBA32F", data=types.Buffer("FLOAT", len(pixels), pixels))


@functools.lru_cache(maxsize=4)  # redraws of the same frame; a canvas or two beside each other
def _linear(path: Path, _written: int) -> tuple[tuple[int, int], np.ndarray] | None:
    """Width, height and Blender's flat linear RGBA of a baked file."""
    from ..library.png import read_png  # not when the extension is enabled

    rgb = read_png(path)
    return None if rgb is None else ((rgb.shape[1], rgb.shape[0]), linear_pixels(rgb))
