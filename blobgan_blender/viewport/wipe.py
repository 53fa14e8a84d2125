"""Before and after: the model's own picture of the room, drawn over the left part of the edited one."""

from __future__ import annotations

from typing import Any

import bpy
import gpu
import numpy as np
from bpy.types import Context, Object

from ..scene.picture import linear_pixels
from .drawing import canvas_to_view, make_shader, types

_VERTEX = """
void main()
{
  place = corner;
  gl_Position = view * vec4(2.0 * corner.x - 1.0, 2.0 * corner.y - 1.0, 0.0, 1.0);
}
"""
_FRAGMENT = """
void main()
{
  if (place.x > until) {
    discard;
  }
  float width = fwidth(place.x);
  fragColor = place.x > until - 2.0 * width ? vec4(1.0) : vec4(texture(before, place).rgb, 1.0);
}
"""

_before: dict[int, tuple[str, np.ndarray]] = {}  # by the canvas's session uid: which room, uint8 (H, W, 3)
_textures: dict[int, Any] = {}
_shader: Any = None
_batch: Any = None
_handles: list[Any] = []


def room_of(canvas: Object) -> str:
    """Which room of which model a canvas began as: a picture of another is not its before."""
    own = canvas.blobgan
    return f"{own.model_sha256} {own.seed} {own.truncation} {own.variation} {own.noise_seed}"


def keep_before(canvas: Object, rgb: np.ndarray) -> None:
    """Remember the picture, uint8 (H, W, 3), that a canvas's room began with."""
    _before[canvas.session_uid] = (room_of(canvas), rgb)
    _textures.pop(canvas.session_uid, None)


def before(canvas: Object) -> np.ndarray | None:
    """That picture, uint8 (H, W, 3); None where it is not known, or of another room."""
    room, rgb = _before.get(canvas.session_uid, ("", None))
    return rgb if room == room_of(canvas) else None


def forget() -> None:
    """Another file was opened."""
    _before.clear()
    _textures.clear()


def draw(context: Context, canvas: Object) -> None:
    """Draw the left part of a canvas as it was, with the view's matrices as they are set."""
    rgb = before(canvas)
    if rgb is None:
        return
    if canvas.session_uid not in _textures:
        height, width, _ = rgb.shape
        pixels = linear_pixels(rgb)
        buffer = types.Buffer("FLOAT", len(pixels), pixels)
        _textures[canvas.session_uid] = types.GPUTexture((width, height), format="RGBA32F", data=buffer)
    shader = _ready()
    shader.bind()
    shader.uniform_float("view", canvas_to_view(context, canvas))
    shader.uniform_float("until", context.scene.blobgan.wipe)
    shader.uniform_sampler("before", _textures[canvas.session_uid])
    gpu.state.depth_test_set("NONE")
    _batch.draw(shader)


def _draw() -> None:
    context = bpy.context
    view: Any = context.space_data
    if context.scene.blobgan.wipe <= 0 or not view.overlay.show_overlays:
        return
    for item in context.view_layer.objects:
        if item.blobgan.role == "CANVAS" and item.visible_get():
            draw(context, item)


def _ready() -> Any:
    global _shader, _batch
    if _shader is None:
        _shader, form = make_shader(
            "blobgan_wipe",
            (_VERTEX, _FRAGMENT),
            attributes={"corner": 2},
            passed={"place": 2},
            constants={"view": "MAT4", "until": "FLOAT"},
            samplers=("before",),
        )
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1)], np.float32)
        vertices = types.GPUVertBuf(form, len(corners))
        vertices.attr_fill("corner", corners)
        _batch = types.GPUBatch(type="TRIS", buf=vertices)
    return _shader


def register() -> None:
    """Draw in every 3D view, below the blob map."""
    _handles.append(bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW"))


def unregister() -> None:
    """Draw no more."""
    global _shader, _batch
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), "WINDOW")
    _shader = _batch = None
    forget()
