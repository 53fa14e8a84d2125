"""Rooms as data: the same for a seed, full of objects that come and go and stand apart by themselves."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations
from statistics import correlation, mean, pstdev

import pytest

from blobgan_blender.datasets.classes import CLASS_NUMBER
from blobgan_blender.datasets.coloring import VARIANTS
from blobgan_blender.datasets.furniture import MODELS, shape_of
from blobgan_blender.datasets.room import ON_WALL_ALONE, STANDING, Room
from blobgan_blender.datasets.scene_description import CHANCES, describe

ROOMS = 2000
COMMON = ("bed", "wardrobe", "armchair", "nightstand", "floor_lamp", "plant", "rug", "window", "painting", "pendant")
HOSTED = {"table_lamp", "curtains"}


@pytest.fixture(scope="module")
def rooms() -> list[Room]:
    return [describe(seed) for seed in range(ROOMS)]


def test_a_seed_is_one_room_and_another_seed_another() -> None:
    assert describe(7) == describe(7)
    assert len({describe(seed).items for seed in range(50)}) == 50


def test_a_room_is_json(rooms: list[Room]) -> None:
    assert json.loads(json.dumps(rooms[0].as_dict()))["items"][0]["kind"] == rooms[0].items[0].kind


def test_ten_classes_are_in_two_of_five_pictures_each(rooms: list[Room]) -> None:
    found = Counter(item.kind for room in rooms for item in room.items)
    assert {kind for kind in CHANCES if found[kind] >= 0.4 * ROOMS} >= set(COMMON)
    assert all(found[kind] >= 0.1 * ROOMS for kind in CHANCES)


def test_rooms_hold_six_objects_on_average_and_one_of_a_class(rooms: list[Room]) -> None:
    assert mean(len(room.items) for room in rooms) > 6
    assert all(len({item.kind for item in room.items}) == len(room.items) for room in rooms)


def test_classes_come_and_go_independently(rooms: list[Room]) -> None:
    present = {kind: [float(room.has(kind)) for room in rooms] for kind in CHANCES if kind not in HOSTED}
    together = {pair: correlation(present[pair[0]], present[pair[1]]) for pair in combinations(present, 2)}
    assert max(map(abs, together.values())) < 0.16  # chance alone: 0.02 ± 0.02


def test_places_vary_widely(rooms: list[Room]) -> None:
    for kind in COMMON:
        boxes = [room.boxes()[kind] for room in rooms if room.has(kind)]
        assert pstdev((box.left + box.right) / 2 for box in boxes) > 0.16, kind
        assert pstdev((box.top + box.bottom) / 2 for box in boxes) > 0.02, kind


def test_pendant_and_window_do_not_share_a_column(rooms: list[Room]) -> None:
    both = [room.boxes() for room in rooms if room.has("pendant") and room.has("window")]
    pendants = [boxes["pendant"].left + boxes["pendant"].right for boxes in both]
    windows = [boxes["window"].left + boxes["window"].right for boxes in both]
    assert abs(correlation(pendants, windows)) < 0.3


def test_nothing_stands_in_another_or_outside(rooms: list[Room]) -> None:
    for room in rooms:
        for a, b in combinations([item for item in room.items if item.kind in STANDING], 2):
            assert a.footprint().meet(b.footprint()).area == 0, (room.seed, a.kind, b.kind)
        for a, b in combinations([item for item in room.items if item.kind in ON_WALL_ALONE], 2):
            apart = [
                abs(p - q) - (m + n) / 2 for p, q, m, n in zip(a.position, b.position, a.size, b.size, strict=True)
            ]
            assert max(apart[0], apart[2]) > 0, (room.seed, a.kind, b.kind)
        for item in room.items:
            if item.kind in STANDING:
                assert abs(item.position[0]) + item.size[0] / 2 <= room.shell.width / 2, (room.seed, item.kind)
            assert room.boxes()[item.kind].area > 0, (room.seed, item.kind)


def test_every_variant_of_every_class_can_be_modelled() -> None:
    assert MODELS.keys() == VARIANTS.keys()
    for kind, variants in VARIANTS.items():
        assert kind in CLASS_NUMBER
        for variant in range(variants):
            shape = shape_of(kind, variant)
            assert len(shape.faces) == len(shape.slots) == len(shape.smooth) == len(shape.uvs) > 0
            assert all(0 <= corner < len(shape.vertices) for face in shape.faces for corner in face), (kind, variant)
            assert all(len(face) == len(uv) for face, uv in zip(shape.faces, shape.uvs, strict=True)), (kind, variant)
