"""The blob map in the viewport: soft ellipses, rings, names and places in the stack, drawn over the canvas."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import blf
import bpy
import gpu
import numpy as np
from bpy.types import Context, Object

from ..core.canvas_space import Geometry
from ..core.palette import palette
from ..scene.canvas import canvases
from ..scene.picture import LINEAR
from ..scene.reading import evaluated_geometry, visible_blobs
from .drawing import canvas_to_view, make_shader, types
from .ellipses import vertices

_FONT = 0
_TEXT_SIZE = 12.0  # points

_VERTEX = """
void main()
{
  own_position = own;
  own_color = color;
  own_blob = blob;
  gl_Position = view * vec4(position, 1.0);
}
"""
# The quad's own coordinates have the ring at length 1; fwidth makes it equally thin at any zoom and any stretch.
_FRAGMENT = """
void main()
{
  float r = length(own_position);
  float width = max(fwidth(r), 1e-6);
  float ring = 1.0 - smoothstep(1.0, 2.2, abs(r - 1.0) / width);
  float selected = own_blob.z;
  float faint = own_blob.w;
  float soft = (1.0 - faint) * strength / (1.0 + exp(own_blob.y * r * r - own_blob.x));
  float line = ring * mix(mix(0.55, 0.35, faint), 1.0, selected);
  vec3 shade = mix(own_color, vec3(1.0), 0.75 * selected * ring);
  fragColor = vec4(shade, max(soft, line));
  if (fragColor.a < 0.004) {
    discard;
  }
}
"""

_shader: Any = None
_format: Any = None
_handles: list[Any] = []
_known: dict[str, list[Shown]] = {}  # by scene and view layer; a view is redrawn far more often than blobs move


class Shown:
    """What the overlay knows of one canvas: its blobs in the picture, in stacking order, and where they are."""

    def __init__(self, canvas: Object, context: Context) -> None:
        depsgraph = context.view_layer.depsgraph
        blobs = [blob for blob in visible_blobs(context.view_layer, depsgraph) if blob.blobgan.canvas == canvas]
        blobs.sort(key=lambda blob: blob.name)
        self.canvas = canvas
        self.geometry: Geometry = evaluated_geometry(canvas, blobs, depsgraph)
        self.blobs = [blobs[row] for row in self.geometry.order]
        self._selected = np.array([blob.select_get() for blob in self.blobs], bool)
        self._batch: Any = None
        self._threshold = 0.0

    def batch(self, threshold: float) -> Any:
        """The blobs as one thing to draw, made when first asked for."""
        if self._batch is None or self._threshold != threshold:
            canvas = self.canvas.blobgan
            made = vertices(self.geometry, self._colors(), self._selected, canvas.ab_norm, canvas.resolution, threshold)
            buffer = types.GPUVertBuf(_format, len(made.position))
            for name in ("position", "own", "color", "blob"):
                buffer.attr_fill(name, getattr(made, name))
            self._batch, self._threshold = types.GPUBatch(type="TRIS", buf=buffer), threshold
        return self._batch

    def _colors(self) -> np.ndarray:
        """(M, 3) linear colours, which the view encodes: a blob has its index's, wherever it lies in the stack."""
        rows = [blob.blobgan.index + 1 for blob in self.blobs]
        return _linear_palette(max(rows, default=0))[rows]


@functools.lru_cache(maxsize=8)
def _linear_palette(blobs: int) -> np.ndarray:
    return LINEAR[np.rint(palette(blobs) * 255).astype(int)]


def draw_map(context: Context, shown: Shown) -> None:
    """Draw the ellipses of a canvas with the view's matrices as they are set."""
    canvas, settings = shown.canvas, context.scene.blobgan
    if not shown.blobs:
        return
    shader = _ready_shader()
    shader.bind()
    shader.uniform_float("view", canvas_to_view(context, canvas))
    shader.uniform_float("strength", settings.map_opacity)
    gpu.state.blend_set("ALPHA")
    gpu.state.depth_test_set("NONE")
    try:
        shown.batch(settings.map_threshold).draw(shader)
    finally:
        gpu.state.blend_set("NONE")


def labels(
    context: Context, shown: Shown, perspective: np.ndarray, size: tuple[int, int]
) -> Iterator[tuple[float, float, str]]:
    """x, y and text of each blob's label in a region of `size` pixels; `perspective` (4, 4) is world → clip space."""
    canvas, settings = shown.canvas, context.scene.blobgan
    geometry, count = shown.geometry, len(shown.blobs)
    points = np.ones((count, 4))
    points[:, 0], points[:, 1], points[:, 2] = 2 * geometry.xs - 1, 1 - 2 * geometry.ys, 0
    world = np.array(canvas.evaluated_get(context.view_layer.depsgraph).matrix_world, np.float64)
    clip = points @ (perspective @ world).T
    for place, (blob, point) in enumerate(zip(shown.blobs, clip, strict=True)):
        if point[3] <= 0:
            continue  # behind the viewer
        faint = geometry.sizes[place] < settings.map_threshold
        if faint and not blob.select_get(view_layer=context.view_layer):
            continue  # there may be many, between those that can be seen
        text = blob.name if settings.map_names else ""
        if settings.map_stacking:
            text = f"{text} · {place + 1}" if text else str(place + 1)
        x, y = (point[:2] / point[3] + 1) * size / 2
        yield float(x), float(y), f"{text} (faint)" if faint and text else text


def _draw_ellipses() -> None:
    context = bpy.context
    if _wanted(context):
        for shown in _of_view_layer(context):
            draw_map(context, shown)


def _draw_labels() -> None:
    context = bpy.context
    settings = context.scene.blobgan
    if not (_wanted(context) and (settings.map_names or settings.map_stacking)):
        return
    region, view = context.region, context.region_data
    blf.size(_FONT, _TEXT_SIZE * context.preferences.system.ui_scale)
    blf.enable(_FONT, blf.SHADOW)
    blf.shadow(_FONT, 5, 0.0, 0.0, 0.0, 0.8)
    perspective = np.array(view.perspective_matrix, np.float64)
    for shown in _of_view_layer(context):
        for x, y, text in labels(context, shown, perspective, (region.width, region.height)):
            wide, _high = blf.dimensions(_FONT, text)
            blf.color(_FONT, 1.0, 1.0, 1.0, 1.0)
            blf.position(_FONT, x - wide / 2, y + 8, 0)
            blf.draw(_FONT, text)
    blf.disable(_FONT, blf.SHADOW)


def _of_view_layer(context: Context) -> list[Shown]:
    """The canvases of a view layer as they were read after the last change."""
    key = f"{context.scene.name}/{context.view_layer.name}"
    if key not in _known:
        here = canvases(context.view_layer)
        _known[key] = [Shown(canvas, context) for canvas in here if canvas.visible_get()]
    return _known[key]


def changed() -> None:
    """Something may have moved: read the blobs again at the next redraw."""
    _known.clear()


def _wanted(context: Context) -> bool:
    view: Any = context.space_data
    return bool(context.scene.blobgan.show_map and view.overlay.show_overlays)


def _ready_shader() -> Any:
    global _shader, _format
    if _shader is None:
        _shader, _format = make_shader(
            "blobgan_blob",
            (_VERTEX, _FRAGMENT),
            attributes={"position": 3, "own": 2, "color": 3, "blob": 4},
            passed={"own_position": 2, "own_color": 3, "own_blob": 4},
            constants={"view": "MAT4", "strength": "FLOAT"},
        )
    return _shader


def register() -> None:
    """Draw in every 3D view."""
    add = bpy.types.SpaceView3D.draw_handler_add
    _handles.append(add(_draw_ellipses, (), "WINDOW", "POST_VIEW"))
    _handles.append(add(_draw_labels, (), "WINDOW", "POST_PIXEL"))


def unregister() -> None:
    """Draw no more."""
    global _shader, _format
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), "WINDOW")
    _shader = _format = None
    changed()
