"""What drawings over a canvas share: shaders with the vertex formats that they take, and the way to the view."""

from __future__ import annotations

from typing import Any

import gpu
from bpy.types import Context, Object

types: Any = gpu.types  # its stubs know no constructor's arguments

_VECTORS = {1: "FLOAT", 2: "VEC2", 3: "VEC3", 4: "VEC4"}


def make_shader(
    name: str,
    source: tuple[str, str],
    *,
    attributes: dict[str, int],
    passed: dict[str, int],
    constants: dict[str, str],
    samplers: tuple[str, ...] = (),
) -> tuple[Any, Any]:
    """A shader, and the format of the vertices that it draws.

    Args:
        name: of the interface between its two parts.
        source: GLSL of the vertex part and of the fragment part, which writes `fragColor`.
        attributes: what each vertex has, with how many float32 each.
        passed: what the vertex part hands on, interpolated, with how many floats each.
        constants: `uniform_float`'s names with their types.
        samplers: `uniform_sampler`'s names, in the order of their slots.
    """
    interface = types.GPUStageInterfaceInfo(name)
    for item, size in passed.items():
        interface.smooth(_VECTORS[size], item)
    info = types.GPUShaderCreateInfo()
    for item, kind in constants.items():
        info.push_constant(kind, item)
    for slot, item in enumerate(samplers):
        info.sampler(slot, "FLOAT_2D", item)
    form = types.GPUVertFormat()
    for slot, (item, size) in enumerate(attributes.items()):
        info.vertex_in(slot, _VECTORS[size], item)
        form.attr_add(id=item, comp_type="F32", len=size, fetch_mode="FLOAT")
    info.vertex_out(interface)
    info.fragment_out(0, "VEC4", "fragColor")
    info.vertex_source(source[0])
    info.fragment_source(source[1])
    return gpu.shader.create_from_info(info), form


def canvas_to_view(context: Context, canvas: Object) -> Any:
    """The matrix from a canvas's space to clip space, with the view's matrices as they are set."""
    world = canvas.evaluated_get(context.view_layer.depsgraph).matrix_world
    return gpu.matrix.get_projection_matrix() @ gpu.matrix.get_model_view_matrix() @ world
