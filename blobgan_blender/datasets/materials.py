"""The fixed set of materials. What differs from room to room is read from custom properties of each object
(`color_0` … `color_3`, linear; `pattern`, `phase`, `glow`), so that no shader is compiled twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import bpy

Value: TypeAlias = "bpy.types.NodeSocket | float | tuple[float, ...]"
WARM_WHITE = (1.0, 0.78, 0.5, 1.0)


class Graph:
    """A material's node tree, written as expressions."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        # The shading of a lampshade or a sky is not worth sampling as a light: lamps of their own stand there.
        self.material.cycles.emission_sampling = "NONE"
        self.tree = self.material.node_tree
        self.tree.nodes.clear()

    def node(self, kind: str, inputs: dict[str | int, Value] | None = None, **settings: object) -> bpy.types.Node:
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for key, setting in settings.items():
            setattr(node, key, setting)
        for socket, value in (inputs or {}).items():
            self._feed(node.inputs[socket], value)
        return node

    def _feed(self, socket: Any, value: Value) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def math(self, operation: str, a: Value, b: Value = 0.0, c: Value = 0.0) -> bpy.types.NodeSocket:
        return self.node("Math", {0: a, 1: b, 2: c}, operation=operation).outputs[0]

    def mix(self, a: Value, b: Value, factor: Value) -> bpy.types.NodeSocket:
        node = self.node("Mix", data_type="RGBA")
        by_name = {s.identifier: s for s in node.inputs}
        for name, value in (("Factor_Float", factor), ("A_Color", a), ("B_Color", b)):
            self._feed(by_name[name], value)
        return next(s for s in node.outputs if s.identifier == "Result_Color")

    def shade(self, color: Value, factor: Value) -> bpy.types.NodeSocket:
        """`color` times the number `factor`."""
        return self.node("VectorMath", {0: color, "Scale": factor}, operation="SCALE").outputs[0]

    def color(self, number: int | str) -> bpy.types.NodeSocket:
        return self.node("Attribute", attribute_type="OBJECT", attribute_name=f"color_{number}").outputs["Color"]

    def number(self, name: str) -> bpy.types.NodeSocket:
        return self.node("Attribute", attribute_type="OBJECT", attribute_name=name).outputs["Fac"]

    def uv(self) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
        split = self.node("SeparateXYZ", {0: self.node("TexCoord").outputs["UV"]})
        return split.outputs[0], split.outputs[1]

    def noise(self, vector: Value, stretch: tuple[float, float, float], detail: float = 2.0) -> bpy.types.NodeSocket:
        """Noise in about [0.3, 0.7], of `stretch` waves per metre along x, y, z."""
        scaled = self.node("VectorMath", {0: vector, 1: stretch}, operation="MULTIPLY").outputs[0]
        return self.node("TexNoise", {"Vector": scaled, "Scale": 1.0, "Detail": detail}).outputs["Fac"]

    def finish(self, shader: bpy.types.NodeSocket) -> bpy.types.Material:
        self.node("OutputMaterial", {"Surface": shader})
        return self.material

    def surface(self, color: Value, roughness: float, more: dict[str | int, Value] | None = None) -> bpy.types.Material:
        return self.finish(self.principled(color, roughness, more))

    def principled(
        self, color: Value, roughness: float, more: dict[str | int, Value] | None = None
    ) -> bpy.types.NodeSocket:
        return self.node("BsdfPrincipled", {"Base Color": color, "Roughness": roughness, **(more or {})}).outputs[0]


def _above(g: Graph, a: Value, b: Value) -> bpy.types.NodeSocket:
    return g.math("GREATER_THAN", a, b)


def _stripes(g: Graph, coordinate: Value, count: float) -> bpy.types.NodeSocket:
    return _above(g, g.math("FRACT", g.math("MULTIPLY", coordinate, count)), 0.5)


def _radius(g: Graph, u: Value, v: Value, center: tuple[Value, Value]) -> bpy.types.NodeSocket:
    du, dv = g.math("SUBTRACT", u, center[0]), g.math("SUBTRACT", v, center[1])
    return g.math("SQRT", g.math("ADD", g.math("MULTIPLY", du, du), g.math("MULTIPLY", dv, dv)))


def _choose(g: Graph, pattern: Value, options: list[Value]) -> Value:
    """The option whose index `pattern` is."""
    chosen = options[0]
    for index, option in enumerate(options[1:], 1):
        here = g.math("COMPARE", pattern, float(index), 0.4)
        chosen = g.math("MULTIPLY_ADD", here, g.math("SUBTRACT", option, chosen), chosen)
    return chosen


def _patterned(g: Graph, colors: tuple[int, int, int], masks: list[tuple[Value, Value]]) -> bpy.types.NodeSocket:
    """Ground, first and second colour: each pattern is two masks, the second over the first."""
    pattern = g.number("pattern")
    first = _choose(g, pattern, [pair[0] for pair in masks])
    second = _choose(g, pattern, [pair[1] for pair in masks])
    return g.mix(g.mix(g.color(colors[0]), g.color(colors[1]), first), g.color(colors[2]), second)


def _paint(g: Graph, number: str) -> bpy.types.Material:
    return g.surface(g.color(number), 0.45)


def _wood(g: Graph, number: str) -> bpy.types.Material:
    grain = g.noise(g.node("TexCoord").outputs["Object"], (22.0, 22.0, 1.6), 3.0)
    return g.surface(g.shade(g.color(number), g.math("MULTIPLY_ADD", grain, 0.9, 0.55)), 0.42)


def _cloth(g: Graph, number: str) -> bpy.types.Material:
    weave = g.noise(g.node("TexCoord").outputs["Object"], (9.0, 9.0, 9.0))
    return g.surface(g.shade(g.color(number), g.math("MULTIPLY_ADD", weave, 0.3, 0.85)), 0.9, {"Sheen Weight": 0.25})


def _sheet(g: Graph, _: str) -> bpy.types.Material:
    return g.surface((0.84, 0.82, 0.78, 1.0), 0.9, {"Sheen Weight": 0.2})


def _metal(g: Graph, number: str) -> bpy.types.Material:
    return g.surface(g.color(number), 0.32, {"Metallic": 0.7})


def _leaf(g: Graph, number: str) -> bpy.types.Material:
    color = g.color(number)
    through = g.node("BsdfTranslucent", {"Color": color}).outputs[0]
    return g.finish(g.node("MixShader", {0: 0.25, 1: g.principled(color, 0.4), 2: through}).outputs[0])


def _shade(g: Graph, number: str) -> bpy.types.Material:
    """Cloth that glows when lit and lets most of the lamp's light through."""
    color = g.color(number)
    lit = g.mix(color, WARM_WHITE, 0.4)
    strength = g.math("MULTIPLY", g.number("glow"), 0.85)
    glowing = g.principled(color, 0.8, {"Emission Color": lit, "Emission Strength": strength})
    return _clear_to_light(g, glowing, 0.75)


def _bulb(g: Graph, _: str) -> bpy.types.Material:
    strength = g.math("MULTIPLY", g.number("glow"), 2.0)
    white = (0.85, 0.83, 0.8, 1.0)
    glowing = g.principled(white, 0.5, {"Emission Color": WARM_WHITE, "Emission Strength": strength})
    return _clear_to_light(g, glowing, 1.0)


def _clear_to_light(g: Graph, shader: bpy.types.NodeSocket, share: float) -> bpy.types.Material:
    factor = g.math("MULTIPLY", g.node("LightPath").outputs["Is Shadow Ray"], share)
    clear = g.node("BsdfTransparent").outputs[0]
    return g.finish(g.node("MixShader", {0: factor, 1: shader, 2: clear}).outputs[0])


def _mirror(g: Graph, _: str) -> bpy.types.Material:
    return g.surface((0.86, 0.9, 0.92, 1.0), 0.03, {"Metallic": 1.0})


def _blanket(g: Graph, _: str) -> bpy.types.Material:
    u, v = g.uv()
    turned_back = g.math("LESS_THAN", v, 0.17)
    across, along = _stripes(g, u, 7.0), _stripes(g, v, 6.0)
    color = _patterned(g, (1, 2, 3), [(0.0, turned_back), (across, turned_back), (along, turned_back), (across, along)])
    return g.surface(color, 0.9, {"Sheen Weight": 0.3})


def _rug(g: Graph, _: str) -> bpy.types.Material:
    u, v = g.uv()
    x = g.math("ABSOLUTE", g.math("SUBTRACT", u, 0.5))
    y = g.math("ABSOLUTE", g.math("SUBTRACT", v, 0.5))
    edge, diamond = g.math("MAXIMUM", x, y), g.math("ADD", x, y)
    border = _above(g, edge, 0.4)
    checks = g.math("ABSOLUTE", g.math("SUBTRACT", _stripes(g, u, 3.0), _stripes(g, v, 3.0)))
    color = _patterned(
        g,
        (1, 2, 3),
        [
            (border, g.math("COMPARE", edge, 0.34, 0.025)),
            (_stripes(g, u, 5.0), border),
            (_stripes(g, diamond, 4.0), g.math("LESS_THAN", diamond, 0.125)),
            (checks, border),
        ],
    )
    pile = g.noise(g.node("TexCoord").outputs["Object"], (25.0, 25.0, 25.0))
    return g.surface(g.shade(color, g.math("MULTIPLY_ADD", pile, 0.5, 0.75)), 0.95, {"Sheen Weight": 0.3})


def _art(g: Graph, _: str) -> bpy.types.Material:
    u, v = g.uv()
    phase = g.number("phase")
    swing = g.math("SINE", g.math("MULTIPLY_ADD", u, 6.0, g.math("MULTIPLY", phase, 20.0)))
    hill = g.math("LESS_THAN", v, g.math("MULTIPLY_ADD", swing, 0.1, 0.42))
    disc = g.math("LESS_THAN", _radius(g, u, v, (g.math("MULTIPLY_ADD", phase, 0.5, 0.25), 0.7)), 0.15)
    cut = g.math("MULTIPLY_ADD", phase, 0.4, 0.3)
    arch = _radius(g, u, v, (0.5, 0.05))
    wave = g.math("MULTIPLY_ADD", swing, 0.09, v)
    color = _patterned(
        g,
        (1, 2, 3),
        [
            (hill, disc),
            (
                g.math("LESS_THAN", u, cut),
                g.math("LESS_THAN", g.math("MAXIMUM", g.math("ABSOLUTE", g.math("SUBTRACT", u, 0.6)), v), cut),
            ),
            (_stripes(g, arch, 3.0), g.math("LESS_THAN", arch, 0.17)),
            (_stripes(g, wave, 3.0), _above(g, wave, 0.8)),
        ],
    )
    return g.surface(color, 0.6)


def _sky(g: Graph, _: str) -> bpy.types.Material:
    """The view out of a window: sky, a sun or moon, hills; it shines on nothing, a lamp in front of it does."""
    u, v = g.uv()
    phase = g.number("phase")
    roll = g.math("SINE", g.math("MULTIPLY_ADD", u, 5.0, g.math("MULTIPLY", phase, 20.0)))
    land = g.math("LESS_THAN", v, g.math("MULTIPLY_ADD", roll, 0.07, 0.24))
    disc = g.math("LESS_THAN", _radius(g, u, v, (g.math("MULTIPLY_ADD", phase, 0.6, 0.2), 0.74)), 0.09)
    sky = g.mix(g.color(2), g.color(1), g.math("SMOOTH_MIN", v, 1.0, 0.2))
    sky = g.mix(sky, (1.0, 0.9, 0.62, 1.0), g.math("MULTIPLY", disc, 0.85))
    view = g.mix(sky, g.color(3), land)
    return g.finish(g.node("Emission", {"Color": view, "Strength": 1.0}).outputs[0])


def _wall(g: Graph, number: str) -> bpy.types.Material:
    return g.surface(g.color(number), 0.85, {"Specular IOR Level": 0.2})


def _floor(g: Graph, number: str) -> bpy.types.Material:
    """Planks towards the camera, carpet, tiles, short planks across: by `pattern`."""
    place = g.node("NewGeometry").outputs["Position"]
    x, y, _ = g.node("SeparateXYZ", {0: place}).outputs
    phase = g.number("phase")
    along = g.node("CombineXYZ", {0: g.math("ADD", y, phase), 1: g.math("ADD", x, phase), 2: 0.0}).outputs[0]
    across = g.node("CombineXYZ", {0: g.math("ADD", x, phase), 1: y, 2: 0.0}).outputs[0]

    def bricks(vector: Value, width: float, height: float, gap: float, contrast: float, offset: float) -> Value:
        low, high = 1 - contrast, 1 + contrast * 0.5
        joint = 0.55 if contrast > 0.1 else 0.72
        node = g.node(
            "TexBrick",
            {
                "Vector": vector,
                "Scale": 1.0,
                "Color1": (low, low, low, 1.0),
                "Color2": (high, high, high, 1.0),
                "Mortar": (joint, joint, joint, 1.0),
                "Mortar Size": gap,
                "Brick Width": width,
                "Row Height": height,
            },
            offset=offset,
        )
        return g.math("MULTIPLY", node.outputs["Color"], 1.0)

    grain = g.noise(place, (18.0, 1.2, 1.0), 3.0)
    pile = g.noise(place, (20.0, 20.0, 20.0))
    planks = g.math("MULTIPLY", bricks(along, 1.5, 0.19, 0.006, 0.24, 0.37), g.math("MULTIPLY_ADD", grain, 0.5, 0.75))
    short = g.math("MULTIPLY", bricks(across, 0.62, 0.16, 0.006, 0.26, 0.5), g.math("MULTIPLY_ADD", grain, 0.3, 0.85))
    carpet = g.math("MULTIPLY_ADD", pile, 0.36, 0.82)
    tiles = bricks(across, 0.55, 0.55, 0.012, 0.06, 0.0)
    factor = _choose(g, g.number("pattern"), [planks, carpet, tiles, short])
    return g.surface(g.shade(g.color(number), factor), 0.5)


MAKERS: dict[str, Callable[[Graph, str], bpy.types.Material]] = {
    "paint": _paint,
    "wood": _wood,
    "cloth": _cloth,
    "sheet": _sheet,
    "metal": _metal,
    "leaf": _leaf,
    "shade": _shade,
    "bulb": _bulb,
    "mirror": _mirror,
    "pattern": _blanket,
    "rug": _rug,
    "art": _art,
    "sky": _sky,
    "wall": _wall,
    "floor": _floor,
}


def material(slot: str) -> bpy.types.Material:
    """The material of a slot such as "cloth.1", made at its first use."""
    found: bpy.types.Material | None = bpy.data.materials.get(slot)
    if found:
        return found
    name, _, number = slot.partition(".")
    return MAKERS[name](Graph(slot), number)
