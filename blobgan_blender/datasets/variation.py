"""One seed's arrangement of what an artist marked: drawn, put into the scene, and taken out again.

Transforms go into the objects' delta transforms, so animation and constraints keep working and nothing is lost.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random
from typing import Any

import bpy
from bpy.types import Material, Object, Scene, ViewLayer
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Euler, Quaternion, Vector

from .camera import Box
from .holding import hold, keep
from .marks import Mark, numbers_of

TRIES = 40
"""How many places are drawn for an object before the one that overlaps least is taken."""
_SOLID = frozenset({"MESH", "CURVE", "CURVES", "SURFACE", "META", "FONT", "VOLUME", "POINTCLOUD", "GREASEPENCIL"})
_TOUCH = 1e-3  # metres that boxes may share: what stands on a table touches it

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Extent:
    """A box along the world's axes, in metres."""

    low: Point
    high: Point

    @classmethod
    def around(cls, points: list[Vector]) -> Extent:
        (x0, x1), (y0, y1), (z0, z1) = ((min(p[i] for p in points), max(p[i] for p in points)) for i in range(3))
        return cls((x0, y0, z0), (x1, y1, z1))

    @property
    def volume(self) -> float:
        x, y, z = (high - low for low, high in zip(self.low, self.high, strict=True))
        return x * y * z

    def overlap(self, other: Extent) -> float:
        """How deep one is in the other, in metres along the axis where it is least; 0 where they are apart or touch."""
        depths = [
            min(a1, b1) - max(a0, b0) for a0, a1, b0, b1 in zip(self.low, self.high, other.low, other.high, strict=True)
        ]
        return max(0.0, min(depths) - _TOUCH)


@dataclass(frozen=True)
class Change:
    """What happens to one marked object in one picture; see `Ranges` for the units."""

    name: str
    kind: str
    present: bool
    location: Point
    rotation: Point
    scale: float
    hue: float
    value: float
    strength: float
    overlap: float

    def as_dict(self) -> dict[str, object]:
        """JSON-able, to a few digits."""
        return {
            "name": self.name,
            "class": self.kind,
            "present": self.present,
            "location": [round(value, 5) for value in self.location],
            "rotation": [round(value, 5) for value in self.rotation],
            "scale": round(self.scale, 5),
            "hue": round(self.hue, 5),
            "value": round(self.value, 5),
            "strength": round(self.strength, 5),
            "overlap": round(self.overlap, 5),
        }


class Arranger:
    """Knows the marked objects' boxes as the scene stands; arranges them anew for each seed."""

    def __init__(self, scene: Scene, view_layer: ViewLayer, marks: list[Mark]) -> None:
        self.scene, self.view_layer, self.marks = scene, view_layer, marks
        self.numbers = numbers_of(marks)
        view_layer.update()
        self._corners = {mark.thing: self._corners_of(mark) for mark in marks if mark.kind}
        boxes = {thing: self._extent(thing) for thing in self._corners}
        # What stays comes first, then the large: the small find room between them.
        self._order = sorted(
            marks,
            key=lambda mark: (
                mark.depth,
                mark.ranges.moves,
                -(extent.volume if (extent := boxes.get(mark.thing)) else 0.0),
                mark.thing.name,
            ),
        )

    def arrange(self, seed: int, until: ExitStack) -> list[Change]:
        """Put the scene into the arrangement of `seed`, until `until` closes; the same for a seed and a scene."""
        # Last of all, Blender's own evaluation follows what was put back.
        until.callback(self.view_layer.update)
        rng = Random(seed)
        self._number(until)
        placed: list[tuple[Mark, Extent]] = []
        absent: set[Object] = set()
        used: set[Any] = set()
        changes = []
        for mark in self._order:
            change = self._settle(mark, rng, placed, until)
            if not change.present or mark.thing.parent in absent:
                change = _without(change)
                absent.update(mark.family)
                for each in mark.family:
                    hold(until, each, hide_render=True)
            elif mark.kind:
                extent = self._extent(mark.thing)
                placed += [(mark, extent)] if extent and mark.ranges.keep_apart else []
                _recolor(mark, change, until)
            if mark.thing.type == "LIGHT" and mark.thing.data not in used:
                used.add(mark.thing.data)  # lights that share their data share one strength: the first's
                hold(until, mark.thing.data, energy=mark.thing.data.energy * change.strength)
            changes.append(change)
        self.view_layer.update()
        return sorted(changes, key=lambda change: change.name)

    def boxes(self, changes: list[Change]) -> dict[str, list[float]]:
        """Each class's rectangle in the picture: left, top, right, bottom in [0, 1], hidden parts included."""
        found: dict[str, Box] = {}
        kinds = {change.name: change.kind for change in changes if change.present and change.kind}
        for mark in self.marks:
            corners = self._corners.get(mark.thing)
            if not corners or mark.thing.name not in kinds:
                continue
            box = self._rectangle([mark.thing.matrix_world @ corner for corner in corners])
            if box is None or box.area == 0:
                continue
            other = found.get(mark.kind, box)
            found[mark.kind] = Box(
                min(box.left, other.left),
                min(box.top, other.top),
                max(box.right, other.right),
                max(box.bottom, other.bottom),
            )
        return {
            kind: [round(side, 4) for side in (box.left, box.top, box.right, box.bottom)]
            for kind, box in sorted(found.items())
        }

    def _rectangle(self, corners: list[Vector]) -> Box | None:
        """None where all of it lies behind the camera."""
        shown = [world_to_camera_view(self.scene, self.scene.camera, corner) for corner in corners]
        ahead = [point for point in shown if point.z > 0]
        if not ahead:
            return None
        us, vs = [point.x for point in ahead], [1 - point.y for point in ahead]
        return Box(min(us), min(vs), max(us), max(vs)).clipped()

    def _number(self, until: ExitStack) -> None:
        for thing in bpy.data.objects:
            number = self.numbers.get(thing, 0)
            if thing.pass_index != number:
                hold(until, thing, pass_index=number)

    def _settle(self, mark: Mark, rng: Random, placed: list[tuple[Mark, Extent]], until: ExitStack) -> Change:
        """Draw what the object gets, and a place for it; it stands there when this returns."""
        ranges, thing = mark.ranges, mark.thing
        present = rng.random() < ranges.presence
        scale = rng.uniform(*ranges.scale)
        hue, value = (rng.uniform(-most, most) for most in (ranges.hue, ranges.value))
        strength = rng.uniform(*ranges.strength)
        base = _Base.of(thing)
        base.hold(until)
        others = [extent for other, extent in placed if not _related(mark, other)]
        best: tuple[float, Point, Point] | None = None
        for _ in range(TRIES if ranges.moves and ranges.keep_apart and mark.kind and present else 1):
            location, rotation = _draw(rng, ranges.location), _draw(rng, ranges.rotation)
            base.put(location, rotation, scale, mark.turns_about_itself)
            self.view_layer.update()
            extent = self._extent(thing) if ranges.keep_apart else None
            overlap = max((extent.overlap(other) for other in others), default=0.0) if extent else 0.0
            if best is None or overlap < best[0]:
                best = overlap, location, rotation
            if not overlap:
                break
        assert best is not None
        overlap, location, rotation = best
        base.put(location, rotation, scale, mark.turns_about_itself)
        self.view_layer.update()
        return Change(thing.name, mark.kind, present, location, rotation, scale, hue, value, strength, overlap)

    def _extent(self, thing: Object) -> Extent | None:
        corners = self._corners.get(thing)
        return Extent.around([thing.matrix_world @ corner for corner in corners]) if corners else None

    def _corners_of(self, mark: Mark) -> list[Vector]:
        """The corners of the boxes of all that the mark shows, in the object's own space."""
        home = mark.thing.matrix_world.inverted_safe()
        family = set(mark.family)
        corners: list[Vector] = []
        for instance in self.view_layer.depsgraph.object_instances:
            shown = instance.object
            owner = instance.parent if instance.is_instance else shown
            if owner is not None and owner.original in family and shown.type in _SOLID:
                to_home = home @ instance.matrix_world
                corners += [to_home @ Vector(corner) for corner in shown.bound_box]
        return corners


@dataclass(frozen=True)
class _Base:
    """An object's delta transform as the artist left it."""

    thing: Object
    location: Vector
    rotation: Quaternion
    scale: Vector

    @classmethod
    def of(cls, thing: Object) -> _Base:
        if thing.rotation_mode == "AXIS_ANGLE":  # has no delta that a script can reach
            angle, x, y, z = thing.rotation_axis_angle
            rotation = Quaternion((x, y, z), angle)
        elif thing.rotation_mode == "QUATERNION":
            rotation = thing.delta_rotation_quaternion.copy()
        else:
            rotation = thing.delta_rotation_euler.to_quaternion()
        return cls(thing, thing.delta_location.copy(), rotation, thing.delta_scale.copy())

    def hold(self, until: ExitStack) -> None:
        keep(
            until,
            self.thing,
            *("delta_location", "delta_scale", "delta_rotation_euler", "delta_rotation_quaternion"),
            *(("rotation_axis_angle",) if self.thing.rotation_mode == "AXIS_ANGLE" else ()),
        )

    def put(self, location: Point, rotation: Point, scale: float, about_itself: bool) -> None:
        """Go from the artist's place by so much."""
        thing = self.thing
        if any(location):
            thing.delta_location = self.location + Vector(location)
        if scale != 1:
            thing.delta_scale = self.scale * scale
        if not any(rotation):
            return
        turn = Euler(rotation).to_quaternion()
        if thing.rotation_mode == "AXIS_ANGLE":
            axis, angle = (self.rotation @ turn if about_itself else turn @ self.rotation).to_axis_angle()
            thing.rotation_axis_angle = (angle, axis.x, axis.y, axis.z)
            return
        own = self._own()
        delta = self.rotation @ own @ turn @ own.inverted() if about_itself else turn @ self.rotation
        if thing.rotation_mode == "QUATERNION":
            thing.delta_rotation_quaternion = delta
        else:
            thing.delta_rotation_euler = delta.to_euler(thing.rotation_mode)

    def _own(self) -> Quaternion:
        """The object's rotation before its delta, which Blender puts in front of it."""
        thing = self.thing
        quaternion = thing.rotation_mode == "QUATERNION"
        return thing.rotation_quaternion.copy() if quaternion else thing.rotation_euler.to_quaternion()


def _draw(rng: Random, ranges: Point) -> Point:
    x, y, z = (rng.uniform(-most, most) for most in ranges)
    return x, y, z


def _without(change: Change) -> Change:
    """The change of an object that isn't there."""
    return Change(
        change.name, change.kind, False, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 1.0, 0.0, 0.0, change.strength, 0.0
    )


def _related(mark: Mark, other: Mark) -> bool:
    """Whether one is parented to the other, at any depth: what stands on a table is to stay there."""
    return _is_above(mark.thing, other.thing) or _is_above(other.thing, mark.thing)


def _is_above(upper: Object, lower: Object) -> bool:
    while lower.parent is not None:
        lower = lower.parent
        if lower == upper:
            return True
    return False


def _recolor(mark: Mark, change: Change, until: ExitStack) -> None:
    """Give the family materials of its own, whose base colours are shifted. Instances keep those of their collection.

    Of a material that others have too, theirs stays as it is.
    """
    if not (mark.ranges.hue or mark.ranges.value):
        return
    copies: dict[Material, Material] = {}
    for thing, number in itertools.chain.from_iterable(_slots(each) for each in mark.family):
        slot: Any = thing.material_slots[number]
        if slot.material not in copies:
            copies[slot.material] = _shifted(slot.material, change, until)
        copy = copies[slot.material]
        hold(until, slot, link="OBJECT")
        hold(until, slot, material=copy)


def _slots(thing: Object) -> Iterator[tuple[Object, int]]:
    for number, slot in enumerate(thing.material_slots):
        if slot.material is not None:
            yield thing, number


def _shifted(material: Material, change: Change, until: ExitStack) -> Material:
    """A copy with a Hue/Saturation/Value node before each colour of a surface shader."""
    copy = material.copy()
    until.callback(bpy.data.materials.remove, copy)
    tree: Any = copy.node_tree
    if tree is None:
        return copy
    for node in list(tree.nodes):
        pin = next((node.inputs[name] for name in ("Base Color", "Color") if name in node.inputs), None)
        if not node.bl_idname.startswith("ShaderNodeBsdf") or pin is None:
            continue
        shift = tree.nodes.new("ShaderNodeHueSaturation")
        shift.inputs["Hue"].default_value = 0.5 + change.hue
        shift.inputs["Value"].default_value = 1 + change.value
        if pin.is_linked:
            tree.links.new(pin.links[0].from_socket, shift.inputs["Color"])
        else:
            shift.inputs["Color"].default_value = pin.default_value
        tree.links.new(shift.outputs["Color"], pin)
    return copy
