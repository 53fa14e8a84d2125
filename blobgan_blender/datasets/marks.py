"""What an artist marked for a training set: the objects, their classes, and how far each may vary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from bpy.types import Object, Scene, ViewLayer

from .folder import DatasetError
from .index_mask import MOST

BACKGROUND = "background"
"""All that is not marked: number 0."""

_OWN_AXES = ("CAMERA", "LIGHT")
_NO_CLASS = (*_OWN_AXES, "LIGHT_PROBE", "SPEAKER", "ARMATURE", "LATTICE")
"""Kinds of objects that no picture shows."""


@dataclass(frozen=True)
class Ranges:
    """How far a marked object may go from where it stands. Lengths in metres, angles in radians.

    Attributes:
        location: ± along its parent's axes.
        rotation: ± about its parent's axes, or a camera's or light's own.
        scale: factors, least and most.
        presence: the chance that it is there.
        hue: ± of its materials' base colours, as a share of the colour circle.
        value: ± of their brightness, as a share of it.
        strength: factors of a light, least and most.
        keep_apart: whether its box should meet no other's.
    """

    location: tuple[float, float, float]
    rotation: tuple[float, float, float]
    scale: tuple[float, float]
    presence: float
    hue: float
    value: float
    strength: tuple[float, float]
    keep_apart: bool

    @property
    def moves(self) -> bool:
        return any(self.location)


@dataclass(frozen=True)
class Mark:
    """One marked object.

    Attributes:
        thing: the object.
        kind: its class, "" where no picture shows it (cameras, lights).
        family: itself and the unmarked objects parented to it, at any depth: they are numbered and hidden with it.
        depth: how many marked objects it is parented to, one above the other.
    """

    thing: Object
    kind: str
    family: tuple[Object, ...]
    depth: int
    ranges: Ranges

    def as_dict(self) -> dict[str, object]:
        """What a data set is told apart by; JSON-able."""
        return {"name": self.thing.name, "class": self.kind, **asdict(self.ranges)}

    @property
    def turns_about_itself(self) -> bool:
        return self.thing.type in _OWN_AXES


def marks_of(scene: Scene, view_layer: ViewLayer) -> list[Mark]:
    """The marked objects that a render of the view layer may show, parents before children, else by name.

    Raises:
        DatasetError: there is none, there are too many classes, or two classes share one collection.
    """
    view_layer.update()  # what a script has just linked is not among its objects yet
    here = set(view_layer.objects)
    things = {each for each in scene.objects if each in here and each.blobgan.training.marked and not each.hide_render}
    marks = [
        Mark(thing, class_of(thing), _family(thing, things), sum(up in things for up in _above(thing)), _ranges(thing))
        for thing in things
    ]
    marks.sort(key=lambda mark: (mark.depth, mark.thing.name))
    if not any(mark.kind for mark in marks):
        raise DatasetError(
            "Nothing is marked for the training set. Select what the pictures should show varied and tick “In Training "
            "Set” (BlobGAN tab, Training Set); cameras and lights alone make no classes."
        )
    if len(classes_of(marks)) > MOST + 1:
        raise DatasetError(
            f"{len(classes_of(marks)) - 1} classes are marked, and a mask holds {MOST}. Give like objects one class."
        )
    numbers_of(marks)
    return marks


def class_of(thing: Object) -> str:
    """A marked object's class: what the artist wrote, else its collection's name if it shows one, else its own."""
    if thing.type in _NO_CLASS:
        return ""
    collection = thing.instance_collection if thing.instance_type == "COLLECTION" else None
    return thing.blobgan.training.label.strip() or (collection or thing).name


def classes_of(marks: list[Mark]) -> list[str]:
    """The names of the numbers in the masks; the background is 0."""
    return [BACKGROUND, *sorted({mark.kind for mark in marks if mark.kind})]


def numbers_of(marks: list[Mark]) -> dict[Object, int]:
    """The number that each object has in the masks, those of instanced collections included.

    Raises:
        DatasetError: two classes show the same object, which can have one number only.
    """
    classes = classes_of(marks)
    numbers: dict[Object, int] = {}
    for mark in marks:
        if not mark.kind:
            continue
        for thing in _shown_by(mark):
            number = classes.index(mark.kind)
            if numbers.setdefault(thing, number) != number:
                other = classes[numbers[thing]]
                raise DatasetError(
                    f"“{thing.name}” is shown by the classes {other} and {mark.kind}, through a collection that both "
                    "instance, and a mask cannot tell them apart. Give both the same class, or Make Instances Real."
                )
    return numbers


def _shown_by(mark: Mark) -> Iterator[Object]:
    """The family, and the objects of the collections that it instances, collections within them included."""
    waiting, seen = list(mark.family), set()
    while waiting:
        thing = waiting.pop()
        if thing in seen:
            continue
        seen.add(thing)
        yield thing
        if thing.instance_type == "COLLECTION" and thing.instance_collection is not None:
            waiting += thing.instance_collection.all_objects


def _family(thing: Object, marked: set[Object]) -> tuple[Object, ...]:
    children = (child for child in thing.children if child not in marked)
    return (thing, *(each for child in children for each in _family(child, marked)))


def _above(thing: Object) -> Iterator[Object]:
    while thing.parent is not None:
        thing = thing.parent
        yield thing


def _ranges(thing: Object) -> Ranges:
    settings: Any = thing.blobgan.training
    return Ranges(
        _rounded(settings.location),
        _rounded(settings.rotation),
        _span(settings.scale_min, settings.scale_max),
        round(settings.presence, 6) if thing.type != "CAMERA" else 1.0,
        round(settings.hue, 6),
        round(settings.value, 6),
        _span(settings.strength_min, settings.strength_max),
        settings.keep_apart,
    )


def _rounded(values: Any) -> tuple[float, float, float]:
    """Blender holds 32 bits: what the artist wrote, without their noise."""
    x, y, z = (round(value, 6) for value in values)
    return x, y, z


def _span(low: float, high: float) -> tuple[float, float]:
    return round(min(low, high), 6), round(max(low, high), 6)
