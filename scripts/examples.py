"""The example scenes: `python -m scripts.examples [FOLDER]` makes them in out/examples (`make examples`).

Each is made by the operators that an artist presses, from the bundled model, in an empty file. They are not committed:
a .blend of yesterday's version would be nobody's example. `tests/blender/test_examples.py` makes, opens and renders
them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import bpy

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "out" / "examples"
OPERATORS: Any = bpy.ops  # the stubs know Blender's own only
SEED, TRUNCATION = 57, 0.4
# What blobs of the bundled model turned out to be; see assets/rooms.json.
BED, CHAIR, PLANT = "Blob 8", "Blob 11", "Blob 9"
FPS = 12


def bed() -> None:
    """The bed's empty is keyframed across the room, and eases in and out."""
    scene = room(SEED, frames=24)
    empty = scene.objects[BED]
    empty.keyframe_insert("location", frame=1)
    empty.location.x += 0.4
    empty.keyframe_insert("location", frame=24)


def walk() -> None:
    """Latent Walk, from one seed's room to another's by way of two."""
    scene = room(SEED, frames=36)
    OPERATORS.blobgan.latent_walk(seed=10, keyframes=4, frame_start=1, frame_end=scene.frame_end)


def morph() -> None:
    """The armchair turns into a plant, while the bed dwindles away and comes back."""
    scene = room(SEED, frames=24)
    chair, plant, empty = (scene.objects[name] for name in (CHAIR, PLANT, BED))
    select(scene, chair, plant)
    OPERATORS.blobgan.morph_to_active()
    for frame, amount in ((1, 0.0), (24, 1.0)):
        chair.blobgan.morph = amount
        chair.blobgan.keyframe_insert("morph", frame=frame)
    for frame, opacity in ((1, 1.0), (12, 0.0), (24, 1.0)):
        empty.blobgan.opacity = opacity
        empty.blobgan.keyframe_insert("opacity", frame=frame)


def wall() -> None:
    """A picture on the wall of a scene that Cycles renders; in it the bed moves."""
    bpy.context.scene.name = "Wall"
    scene = room(SEED, frames=24, target="CURRENT")
    scene.view_settings.view_transform = "Standard"  # type: ignore[assignment]  # AgX would dim the canvas
    canvas, empty = scene.blobgan.canvas, scene.objects[BED]
    canvas.rotation_euler.x = 1.5708  # upright
    canvas.location = (0.0, 0.0, 1.6)
    canvas.scale = (0.7, 0.7, 0.7)
    empty.keyframe_insert("location", frame=1)
    empty.location.x += 0.4
    empty.keyframe_insert("location", frame=24)

    plaster, wood = colored("Plaster", (0.55, 0.57, 0.55)), colored("Wood", (0.24, 0.12, 0.06))
    box("Wall", (0, 0.12, 1.5), (4.0, 0.1, 1.6), plaster)
    box("Floor", (0, -1.9, -0.05), (4.0, 2.0, 0.05), wood)
    for name, place, size in (
        ("Frame Top", (0, 0.0, 2.35), (0.8, 0.05, 0.05)),
        ("Frame Bottom", (0, 0.0, 0.85), (0.8, 0.05, 0.05)),
        ("Frame Left", (-0.75, 0.0, 1.6), (0.05, 0.05, 0.7)),
        ("Frame Right", (0.75, 0.0, 1.6), (0.05, 0.05, 0.7)),
    ):
        box(name, place, size, wood)
    box("Bench", (1.35, -0.5, 0.25), (0.45, 0.3, 0.25), wood)

    light: Any = bpy.data.lights.new("Lamp", "AREA")
    light.energy, light.size = 260.0, 3.0
    lamp = bpy.data.objects.new("Lamp", light)
    lamp.location, lamp.rotation_euler = (-2.2, -3.4, 3.6), (0.75, 0.0, -0.4)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location, camera.rotation_euler = (1.5, -5.6, 1.6), (1.49, 0.0, 0.2)
    for item in (lamp, camera):
        scene.collection.objects.link(item)
    scene.camera = camera
    scene.render.engine = "CYCLES"  # type: ignore[assignment]  # a stub knows the default only
    scene.render.resolution_x, scene.render.resolution_y = 480, 360
    scene.cycles.samples, scene.cycles.use_denoising = 48, True


class Example(NamedTuple):
    """One scene: what makes it, its file's name, and a frame that shows what it is about."""

    make: Callable[[], None]
    name: str
    frame: int


EXAMPLES = (
    Example(bed, "keyed-bed", 12),
    Example(walk, "latent-walk", 18),
    Example(morph, "morph-and-fade", 12),
    Example(wall, "picture-on-the-wall", 24),
)


def save(example: Example, folder: Path) -> Path:
    """Make one in a new file; where it lies then, compressed, its canvas's picture packed."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    example.make()
    scene = bpy.context.scene
    scene.frame_set(1)
    OPERATORS.blobgan.update_picture()
    scene.render.filepath = f"//{example.name}/"
    path = folder / f"{example.name}.blend"
    folder.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True, relative_remap=False)
    return path


def room(seed: int, frames: int, target: str = "NEW") -> bpy.types.Scene:
    """New BlobGAN Scene, as the only scene of the file; as long as `frames`."""
    empty = bpy.context.scene
    OPERATORS.blobgan.new_scene(seed=seed, truncation=TRUNCATION, target=target)
    scene = bpy.context.scene
    if scene != empty:
        bpy.data.scenes.remove(empty)
    scene.frame_start, scene.frame_end, scene.render.fps = 1, frames, FPS
    return scene


def select(scene: bpy.types.Scene, *items: bpy.types.Object) -> None:
    """Make these the selection, the last one active."""
    for item in scene.objects:
        item.select_set(item in items)
    bpy.context.view_layer.objects.active = items[-1]


def colored(name: str, color: tuple[float, float, float]) -> bpy.types.Material:
    """A matt material of one colour."""
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # always there from Blender 5 on
        material.use_nodes = True
    nodes: Any = material.node_tree.nodes
    nodes["Principled BSDF"].inputs["Base Color"].default_value = (*color, 1.0)
    nodes["Principled BSDF"].inputs["Roughness"].default_value = 0.8
    return material


def box(name: str, place: tuple[float, ...], half: tuple[float, ...], material: bpy.types.Material) -> None:
    """A box by its middle and half its sides."""
    signs = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(s * h for s, h in zip(sign, half, strict=True)) for sign in signs], [], faces)
    mesh.materials.append(material)
    item = bpy.data.objects.new(name, mesh)
    item.location = place
    bpy.context.scene.collection.objects.link(item)


def main() -> int:
    """Make all of them; says where and how large."""
    sys.path.insert(0, str(ROOT))
    import blobgan_blender

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    blobgan_blender.register()
    for example in EXAMPLES:
        path = save(example, folder)
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB", flush=True)
    blobgan_blender.unregister()
    return 0


if __name__ == "__main__":
    sys.exit(main())
