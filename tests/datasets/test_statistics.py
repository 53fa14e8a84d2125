"""The report on rooms: what the issue asks of the data, from descriptions alone."""

from __future__ import annotations

from blobgan_blender.datasets.scene_description import describe
from blobgan_blender.datasets.statistics import measure


def test_the_report_counts_what_the_rooms_hold() -> None:
    facts = measure(50, start=100)
    rooms = [describe(seed) for seed in range(100, 150)]
    assert facts.at_once[0] == sum(len(room.items) for room in rooms) / 50
    for each in facts.classes:
        assert each.share == sum(room.has(each.name) for room in rooms) / 50


def test_the_rooms_are_what_training_needs() -> None:
    facts = measure(1000)
    assert facts.different == facts.count
    assert sum(each.share >= 0.4 for each in facts.classes) >= 8
    assert facts.at_once[0] >= 5
    assert abs(facts.phi[0][2]) < 0.2
    assert all(each.spread[0] > 0.15 for each in facts.classes)
