"""Rendered mode in the viewport: the live pictures, standing where their canvases stand.

What is drawn is the canvas's own image, which the live link fills, so there is one picture to wait for and it shows in
the turn of Blender's loop in which it arrives. No other object is drawn: the engine renders nothing but canvases.
"""

from __future__ import annotations

import bpy
import gpu
from bpy.types import Context, Depsgraph
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix

from ..scene.canvas import canvases

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
            image = canvas.blobgan.baked_image or canvas.blobgan.image
            if image is None or not canvas.visible_get(view_layer=depsgraph.view_layer):
                continue
            gpu.matrix.load_matrix(view @ canvas.evaluated_get(depsgraph).matrix_world)
            shader.uniform_sampler("image", gpu.texture.from_image(image))
            batch.draw(shader)
    engine.unbind_display_space_shader()
    gpu.state.blend_set("NONE")
