"""Which object owns each pixel, as a grey picture: a copy of the scene that Cycles renders with one sample.

EEVEE has no pass of object indices, and one sample through a pixel's middle never mixes two objects; cut-out
transparency counts as seen through, glass does not. The copy keeps the artist's own compositor out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import bpy
from bpy.types import Scene, ViewLayer

from .holding import hold

MOST = 255  # numbers that 8 bits hold beside the background's 0
_POINT = 0.01  # pixels: the narrowest filter that Cycles has


def write_mask(scene: Scene, view_layer: ViewLayer, path: Path) -> None:
    """Render the `pass_index` of what each pixel shows into an 8-bit grey PNG; the scene's resolution and camera.

    Raises:
        RuntimeError: Blender's own word for a render that failed.
    """
    with _copy_of(scene) as copy, ExitStack() as until:
        _set_up_cycles(copy)
        for each in copy.view_layers:
            each.use = each.name == view_layer.name
        layer = copy.view_layers[view_layer.name]
        layer.use_pass_object_index, layer.samples, layer.material_override = True, 0, None
        _show_index(copy, layer)
        _set_up_file(copy, path)
        if copy.camera.type == "CAMERA":
            hold(until, copy.camera.data.dof, use_dof=False)
        bpy.ops.render.render(write_still=True, scene=copy.name)


@contextmanager
def _copy_of(scene: Scene) -> Iterator[Scene]:
    """A scene of the same objects with settings of its own."""
    copy = scene.copy()
    copy.name = f"{scene.name} (mask)"
    try:
        yield copy
    finally:
        tree = getattr(copy, "compositing_node_group", None)
        bpy.data.scenes.remove(copy)
        if tree is not None and tree.users == 0:
            bpy.data.node_groups.remove(tree)


def _set_up_cycles(scene: Scene) -> None:
    render: Any = scene.render
    render.engine = "CYCLES"
    render.use_motion_blur = render.use_freestyle = False
    render.use_sequencer, render.use_compositing = False, True
    render.film_transparent = False
    render.dither_intensity = 0.0
    scene.world = None
    cycles: Any = scene.cycles
    cycles.device, cycles.samples, cycles.seed = "CPU", 1, 0
    cycles.use_adaptive_sampling = cycles.use_denoising = False
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", _POINT
    cycles.max_bounces = 0


def _show_index(scene: Scene, view_layer: ViewLayer) -> None:
    """The compositor makes the picture out of the object index over 255."""
    tree: Any
    if hasattr(scene, "compositing_node_group"):  # 5.0 and later
        tree = bpy.data.node_groups.new("BlobGAN mask", "CompositorNodeTree")
        scene.compositing_node_group = tree
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        output, math = tree.nodes.new("NodeGroupOutput"), "ShaderNodeMath"
    else:
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
        output, math = tree.nodes.new("CompositorNodeComposite"), "CompositorNodeMath"
    layers = tree.nodes.new("CompositorNodeRLayers")
    layers.scene, layers.layer = scene, view_layer.name
    scale = tree.nodes.new(math)
    scale.operation = "DIVIDE"
    scale.inputs[1].default_value = float(MOST)
    tree.links.new(next(pin for pin in layers.outputs if pin.name in ("IndexOB", "Object Index")), scale.inputs[0])
    tree.links.new(scale.outputs[0], output.inputs[0])


def _set_up_file(scene: Scene, path: Path) -> None:
    render: Any = scene.render
    file = render.image_settings
    if hasattr(file, "media_type"):  # 5.0 and later
        file.media_type = "IMAGE"
    file.file_format, file.color_mode, file.color_depth, file.compression = "PNG", "BW", "8", 15
    file.color_management = "OVERRIDE"
    file.view_settings.view_transform = "Raw"
    render.use_file_extension, render.filepath = False, str(path)


def without_words(png: bytes) -> bytes:
    """A PNG without its texts, in which Cycles notes how long it took: equal masks are to be equal bytes."""
    kept, at = [png[:8]], 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big") + 12  # a chunk is length, name, data and sum
        if png[at + 4 : at + 8] not in (b"tEXt", b"zTXt", b"iTXt", b"tIME"):
            kept.append(png[at : at + size])
        at += size
    return b"".join(kept)
