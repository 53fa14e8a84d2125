"""What the tests of the Blender side share: a room to work in, its picture, and other Blenders beside this one."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from bpy.types import Object
from PIL import Image

import blobgan_blender
from blobgan_blender import live, runtime
from blobgan_blender.core.layout import Layout
from blobgan_blender.scene import picture
from blobgan_blender.scene.blobs import blobs_of
from blobgan_blender.scene.reading import Reading, read_canvas

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60.0  # seconds until a picture that does not come has failed; the worker may have to start first

_PRELUDE = """
import sys
import bpy
import blobgan_blender
blobgan_blender.register()
from studio import *
"""


def new_room(model: Path, seed: int = 1, truncation: float = 0.4, **more: object) -> Object:
    """Press New BlobGAN Scene; the canvas of the scene that the window shows then."""
    assert bpy.ops.blobgan.new_scene(model=str(model), seed=seed, truncation=truncation, **more) == {"FINISHED"}
    return canvas_here()


def canvas_here() -> Object:
    """The canvas that the window's scene renders."""
    return bpy.context.scene.blobgan.canvas


def blobs_here(canvas: Object | None = None) -> list[Object]:
    """The canvas's blobs, hidden ones too."""
    return blobs_of(canvas or canvas_here(), bpy.context.scene.objects)


def select(*items: Object) -> None:
    """Make these the selection, the last one active."""
    for item in bpy.context.view_layer.objects:
        item.select_set(item in items)
    bpy.context.view_layer.objects.active = items[-1]


def duplicate(*items: Object) -> list[Object]:
    """Shift-D; the copies."""
    select(*items)
    assert bpy.ops.object.duplicate() == {"FINISHED"}
    return list(bpy.context.selected_objects)


def settle() -> None:
    """Let Blender evaluate and the live link do its turns, until nothing is under way."""
    bpy.context.view_layer.update()
    pump_until(lambda: not live.pump())


def pump_until(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Turn after turn of the live link until something is true."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it has not come true in time"
        live.pump()
        time.sleep(0.001)


def reading_of(canvas: Object | None = None) -> Reading:
    """What the canvas means as it stands."""
    bpy.context.view_layer.update()
    return read_canvas(canvas or canvas_here(), bpy.context.evaluated_depsgraph_get(), bpy.context.view_layer)


def drawn(layout: Layout[np.ndarray] | None = None, canvas: Object | None = None) -> np.ndarray:
    """What the worker makes of a layout, or of the canvas as it stands, with no live link between: uint8 (H, W, 3)."""
    canvas = canvas or canvas_here()
    layout = layout or reading_of(canvas).layout
    job = runtime.worker().render(runtime.model_of(canvas), layout, noise_seed=canvas.blobgan.noise_seed)
    return np.asarray(job.result().rgb)


def shown(canvas: Object | None = None) -> np.ndarray:
    """The picture on the canvas: uint8 (H, W, 3)."""
    return picture.shown(canvas or canvas_here())


def followed(before: np.ndarray) -> bool:
    """Whether the picture changed, and is that of the canvas as it stands now."""
    settle()
    now = shown()
    return not np.array_equal(now, before) and np.array_equal(now, drawn())


def render_still(path: Path) -> np.ndarray:
    """F12 of the window's scene into a file; its pixels as they were written."""
    bpy.context.scene.render.filepath = str(path)
    assert bpy.ops.render.render(write_still=True) == {"FINISHED"}
    return read_image(path)


def render_frames(folder: Path, first: int, last: int) -> list[Path]:
    """Ctrl-F12; the files."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.filepath = first, last, f"{folder}/"
    assert bpy.ops.render.render(animation=True) == {"FINISHED"}
    return sorted(folder.iterdir())


def read_image(path: Path) -> np.ndarray:
    """uint8 (H, W, 3) of a file."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def compositor() -> tuple[Any, Any]:
    """The scene's compositor, emptied but for its output: its tree, and the node that is the picture."""
    scene: Any = bpy.context.scene
    if hasattr(scene, "compositing_node_group"):  # Blender 5
        tree = scene.compositing_node_group = bpy.data.node_groups.new("Compositing", "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        output = tree.nodes.new("NodeGroupOutput")
    else:
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
        output = tree.nodes.new("CompositorNodeComposite")
    return tree, output


def same(*arrays: np.ndarray) -> bool:
    """Whether all are equal, bit for bit."""
    return all(np.array_equal(arrays[0], other) for other in arrays[1:])


def other_blender(code: str, *arguments: object, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Start another Blender that registers the add-on and runs `code`, which finds `arguments` in sys.argv[1:]."""
    script = _PRELUDE + textwrap.dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}", **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ran(process: subprocess.Popen[str], seconds: float = 100.0) -> tuple[int, str, str]:
    """Exit code, output and errors of another Blender."""
    with process:
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return process.returncode, output, errors


@contextmanager
def preferences() -> Iterator[Any]:
    """The add-on's preferences, as if it were enabled as an extension."""
    addons = bpy.context.preferences.addons
    addon = addons.new()
    addon.module = blobgan_blender.__name__
    try:
        yield addon.preferences
    finally:
        addons.remove(addon)
