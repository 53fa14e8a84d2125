"""Takes a room's picture (WebP or PNG) and its mask of class numbers (8-bit grey PNG) in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy  # first: it makes addon_utils importable

# isort: split
import addon_utils

from .folder import WEBP_QUALITY, DatasetError
from .room import Room
from .stage import Stage

BOUNCES = 4
CLAMP_DIRECT, CLAMP_INDIRECT = 12.0, 4.0  # no fireflies


class Renderer:
    """One Blender scene, set up once. `folder` takes the unfinished files; `device` is CPU, CUDA or OPTIX."""

    def __init__(self, folder: Path, resolution: int, samples: int, device: str, threads: int = 0) -> None:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.scene = bpy.context.scene
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        use_device(device, self.scene)
        self._set_up_cycles(samples, device, threads)
        self._set_up_picture(resolution)
        self._set_up_mask()
        self.stage = Stage(self.scene)

    def _set_up_cycles(self, samples: int, device: str, threads: int) -> None:
        scene = self.scene
        cycles: Any = scene.cycles  # only now: enabling Cycles replaces it
        cycles.samples = samples
        cycles.use_adaptive_sampling = False
        cycles.max_bounces = cycles.diffuse_bounces = cycles.glossy_bounces = BOUNCES
        cycles.transmission_bounces, cycles.volume_bounces, cycles.transparent_max_bounces = 0, 0, 4
        cycles.sample_clamp_direct, cycles.sample_clamp_indirect = CLAMP_DIRECT, CLAMP_INDIRECT
        cycles.caustics_reflective = cycles.caustics_refractive = False
        cycles.use_denoising = True
        cycles.denoiser = "OPENIMAGEDENOISE"
        cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
        cycles.denoising_prefilter = "FAST"
        cycles.denoising_use_gpu = device != "CPU"
        cycles.device = "CPU" if device == "CPU" else "GPU"
        scene.render.use_persistent_data = True
        if threads:
            scene.render.threads_mode, scene.render.threads = "FIXED", threads

    def _set_up_picture(self, resolution: int) -> None:
        render: Any = self.scene.render
        render.resolution_x = render.resolution_y = resolution
        render.resolution_percentage = 100
        render.image_settings.file_format = "WEBP"
        render.image_settings.quality = WEBP_QUALITY
        render.image_settings.color_mode = "RGB"
        render.dither_intensity = 0.0
        for name in dir(render):  # no dates or times in the files: equal rooms are equal bytes
            if name.startswith("use_stamp"):
                setattr(render, name, False)
        view: Any = self.scene.view_settings
        view.view_transform, view.look = "Standard", "None"

    def _set_up_mask(self) -> None:
        """The object index of each pixel, over 255, as a grey picture: Cycles never mixes two of them."""
        scene = self.scene
        scene.view_layers[0].use_pass_object_index = True
        scene.use_nodes = True
        tree: Any = scene.node_tree
        tree.nodes.clear()
        layers = tree.nodes.new("CompositorNodeRLayers")
        tree.links.new(layers.outputs["Image"], tree.nodes.new("CompositorNodeComposite").inputs["Image"])
        scale = tree.nodes.new("CompositorNodeMath")
        scale.operation = "DIVIDE"
        scale.inputs[1].default_value = 255.0
        tree.links.new(layers.outputs["IndexOB"], scale.inputs[0])
        output = tree.nodes.new("CompositorNodeOutputFile")
        output.base_path = str(self.folder)
        output.file_slots[0].path = "mask#"
        output.format.file_format = "PNG"
        output.format.color_mode = "BW"
        output.format.color_depth = "8"
        output.format.color_management = "OVERRIDE"
        output.format.view_settings.view_transform = "Raw"
        tree.links.new(scale.outputs[0], output.inputs[0])

    def take(self, room: Room, picture: Path, mask: Path) -> None:
        """Renders `room`; both files appear whole or not at all, the picture last."""
        self.stage.show(room)
        self.scene.cycles.seed = room.seed % 2**31
        unfinished = self.folder / "picture.webp"
        self.scene.render.filepath = str(unfinished)
        bpy.ops.render.render(write_still=True)
        (self.folder / f"mask{self.scene.frame_current}.png").replace(mask)
        unfinished.replace(picture)


def use_device(wanted: str, scene: bpy.types.Scene) -> None:
    """Switches every device of the kind `wanted` (CPU, CUDA, OPTIX) on, and no other.

    Raises:
        DatasetError: there is none.
    """
    addon_utils.enable("cycles")
    render: Any = scene.render
    render.engine = "CYCLES"
    if wanted == "CPU":
        return
    preferences: Any = bpy.context.preferences.addons["cycles"].preferences
    preferences.compute_device_type = wanted
    preferences.get_devices()
    for device in preferences.devices:
        device.use = device.type == wanted
    if not any(device.use for device in preferences.devices):
        raise DatasetError(f"Cycles finds no {wanted} device. Render with --device CPU, or check the driver.")
