"""A room in Blender. Shapes, materials, lamps and objects are made once; a room moves, stretches and colours them."""

from __future__ import annotations

import math
from typing import Any, Literal

import bpy
from mathutils import Euler, Matrix, Vector

from . import palette
from .camera import Camera
from .classes import CLASS_NUMBER
from .coloring import VARIANTS
from .furniture import NATURAL_SIZE, shape_of
from .materials import material
from .room import LAMPS, Item, Light, Room, Shell
from .shapes import Shape

SHELL_PARTS = {
    "back": "wall.0",
    "left": "wall.1",
    "right": "wall.1",
    "floor": "floor.2",
    "ceiling": "wall.3",
    "skirting": "paint.0",
}
BULB_HEIGHT = {"floor_lamp": 0.86, "table_lamp": 0.74, "pendant": 0.0}
"""Where a lamp shines from, as a share of its height above its position."""
STRENGTH = {"floor_lamp": 1.0, "table_lamp": 0.45, "pendant": 1.3}
WARM = (1.0, 0.72, 0.42)  # linear colour of the lamps' light


def mesh_of(name: str, shape: Shape) -> bpy.types.Mesh:
    """A Blender mesh of a shape, its slots filled."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(shape.vertices, [], shape.faces)
    slots = list(dict.fromkeys(shape.slots))
    for slot in slots:
        mesh.materials.append(material(slot))
    mesh.polygons.foreach_set("material_index", [slots.index(slot) for slot in shape.slots])
    mesh.polygons.foreach_set("use_smooth", shape.smooth)
    mesh.uv_layers.new(name="UVMap").data.foreach_set("uv", [c for face in shape.uvs for uv in face for c in uv])
    mesh.update()
    return mesh


class Stage:
    """Owns the only scene's objects. `show(room)` makes it that room."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self.scene = scene
        self.meshes = {
            (kind, variant): mesh_of(f"{kind}.{variant}", shape_of(kind, variant))
            for kind, variants in VARIANTS.items()
            for variant in range(variants)
        }
        self.items = {kind: self._object(kind, self.meshes[kind, 0]) for kind in VARIANTS}
        for kind, item in self.items.items():
            item.pass_index = CLASS_NUMBER[kind]
        cube = Shape()
        cube.box((0, 0, 0), (1, 1, 1), "wall.0", 0.0, 1)
        self.shell = {}
        for part, slot in SHELL_PARTS.items():
            cube.slots = [slot] * len(cube.faces)
            cube.smooth = [False] * len(cube.faces)
            self.shell[part] = self._object(part, mesh_of(part, cube))
        self.lamps = {
            **{name: self._lamp(name, "AREA") for name in ("key", "ceiling", "window")},
            **{name: self._lamp(name, "POINT") for name in sorted(LAMPS)},
        }
        self.camera = self._object("camera", bpy.data.cameras.new("camera"))
        scene.camera = self.camera
        scene.world = bpy.data.worlds.new("world")
        scene.world.use_nodes = True

    def _object(self, name: str, data: bpy.types.ID) -> bpy.types.Object:
        made = bpy.data.objects.new(name, data)
        self.scene.collection.objects.link(made)
        return made

    def _lamp(self, name: str, kind: Literal["AREA", "POINT"]) -> bpy.types.Object:
        lamp = self._object(f"light {name}", bpy.data.lights.new(name, kind))
        lamp.visible_camera = lamp.visible_glossy = False
        return lamp

    def show(self, room: Room) -> None:
        self._show_shell(room.shell)
        self._show_camera(room.camera)
        here = {item.kind: item for item in room.items}
        for kind, thing in self.items.items():
            thing.hide_render = kind not in here
            if kind in here:
                self._show_item(thing, here[kind])
        self._show_light(room, here)

    def _show_item(self, thing: bpy.types.Object, item: Item) -> None:
        thing.data = self.meshes[item.kind, item.variant]
        scale = [wanted / natural for wanted, natural in zip(item.size, NATURAL_SIZE[item.kind], strict=True)]
        thing.matrix_world = Matrix.LocRotScale(Vector(item.position), Euler((0, 0, item.yaw)), Vector(scale))
        for number, color in enumerate(item.colors):
            thing[f"color_{number}"] = palette.to_linear(color)
        thing["pattern"], thing["phase"], thing["glow"] = float(item.pattern), item.phase, item.glow
        thing.update_tag()

    def _show_shell(self, shell: Shell) -> None:
        wide, deep, high = shell.width, shell.depth, shell.height
        thick = 0.1
        places = {
            "back": ((0, thick / 2, high / 2), (wide + 2 * thick, thick, high)),
            "left": ((-wide / 2 - thick / 2, -deep / 2, high / 2), (thick, deep, high)),
            "right": ((wide / 2 + thick / 2, -deep / 2, high / 2), (thick, deep, high)),
            "floor": ((0, -4.0, -thick / 2), (12.0, 8.2, thick)),
            "ceiling": ((0, -deep / 2, high + thick / 2), (wide + 2 * thick, deep + thick, thick)),
            "skirting": ((0, -0.01, 0.06), (wide, 0.025, 0.12)),
        }
        colors = (shell.wall, shell.side, shell.floor_color, shell.ceiling)
        for part, (place, size) in places.items():
            thing = self.shell[part]
            thing.matrix_world = Matrix.LocRotScale(Vector(place), None, Vector(size))
            for number, color in enumerate((shell.skirting, *colors[1:]) if part == "skirting" else colors):
                thing[f"color_{number}"] = palette.to_linear(color)
            thing["pattern"], thing["phase"] = float(shell.floor), shell.phase
            thing.update_tag()

    def _show_camera(self, camera: Camera) -> None:
        self.camera.data.angle = camera.fov
        self.camera.matrix_world = Matrix.LocRotScale(
            Vector((camera.x, camera.y, camera.z)), Euler((math.pi / 2 - camera.pitch, 0, -camera.yaw)), None
        )

    def _show_light(self, room: Room, here: dict[str, Item]) -> None:
        light = room.light
        background: Any = self.scene.world.node_tree.nodes["Background"]
        background.inputs["Color"].default_value = (*palette.to_linear(light.world_color), 1.0)
        background.inputs["Strength"].default_value = light.world
        self._area("key", (light.key_x, -5.4, 2.75), (0.0, -0.8, 0.9), (1.6, 1.2), light.key, light.world_color)
        self._area(
            "ceiling",
            (0.0, -1.9, room.shell.height - 0.03),
            (0.0, -1.9, 0.0),
            (2.6, 1.8),
            light.ceiling,
            light.ceiling_color,
        )
        self._window_light(light, here.get("window"))
        for kind in LAMPS:
            self._lamp_light(kind, light, here.get(kind))

    def _window_light(self, light: Light, window: Item | None) -> None:
        if window is None:
            self.lamps["window"].data.energy = 0.0
            return
        (x, _, z), (width, _, height) = window.position, window.size
        self._area("window", (x, -0.2, z), (x, -2.0, z - 0.9), (width, height), light.window, light.window_color)

    def _area(
        self,
        name: str,
        place: tuple[float, float, float],
        target: tuple[float, float, float],
        size: tuple[float, float],
        energy: float,
        color: palette.Color,
    ) -> None:
        lamp = self.lamps[name]
        lamp.data.shape, lamp.data.size, lamp.data.size_y = "RECTANGLE", *size
        lamp.data.energy, lamp.data.color = energy, palette.to_linear(color)
        aim = (Vector(target) - Vector(place)).to_track_quat("-Z", "Y")
        lamp.matrix_world = Matrix.LocRotScale(Vector(place), aim, None)

    def _lamp_light(self, kind: str, light: Light, item: Item | None) -> None:
        lamp = self.lamps[kind]
        lamp.data.energy = light.lamp * STRENGTH[kind] * item.glow if item else 0.0
        if item:
            x, y, z = item.position
            lamp.data.shadow_soft_size, lamp.data.color = 0.12, WARM
            lamp.matrix_world = Matrix.Translation((x, y, z + BULB_HEIGHT[kind] * item.size[2]))
