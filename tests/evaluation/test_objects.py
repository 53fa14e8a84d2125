"""Blobs as objects, on drawings whose answer is known: no model, no segmenter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from blobgan_blender.core.layout import Layout
from blobgan_blender.datasets.classes import CLASS_NUMBER, CLASSES
from blobgan_blender.evaluation.objects import ASKED, components, found_shift, measure_objects
from blobgan_blender.evaluation.segmenter import SIDE

BED, RUG, WINDOW = (CLASS_NUMBER[name] for name in ("bed", "rug", "window"))
HALF = 12  # pixels: half an object's side
Paint = Callable[[torch.Tensor, float, float, bool], None]


class Drawing:
    """A model by construction: each blob paints classes into a picture whose red is the class's number."""

    side = SIDE

    def __init__(self, *paints: Paint) -> None:
        self.paints, self.blobs = paints, len(paints)

    def sample(self, seed: int, count: int, truncation: float) -> Layout[torch.Tensor]:
        random = torch.Generator().manual_seed(seed)
        # Columns apart, so that objects never meet.
        xs = (torch.arange(self.blobs) + 0.5) / self.blobs + 0.02 * torch.rand(count, self.blobs, generator=random)
        ys = 0.3 + 0.05 * torch.rand(count, self.blobs, generator=random)
        covs = (0.003 * torch.eye(2)).repeat(count, self.blobs, 1, 1)
        sizes = torch.full((count, self.blobs + 1), 2.0)
        features = torch.zeros(count, self.blobs + 1, 1)
        return Layout(xs=xs, ys=ys, covs=covs, sizes=sizes, features=features, spatial_style=features)

    def draw(self, layout: Layout[torch.Tensor]) -> torch.Tensor:
        pictures = torch.zeros(layout.count, 3, SIDE, SIDE, dtype=torch.uint8)
        for picture, xs, ys, sizes in zip(pictures, layout.xs, layout.ys, layout.sizes[:, 1:], strict=True):
            for paint, x, y, size in zip(self.paints, xs.tolist(), ys.tolist(), sizes.tolist(), strict=True):
                paint(picture, x, y, size > -10)
        return pictures


def segment(pictures: torch.Tensor) -> torch.Tensor:
    return pictures[:, 0]


def square(picture: torch.Tensor, number: int, x: float, y: float) -> None:
    left, top = round(x * SIDE) - HALF, round(y * SIDE) - HALF
    where = slice(max(top, 0), top + 2 * HALF), slice(max(left, 0), left + 2 * HALF)
    picture[0][where], picture[1][where] = number, 200


def object_of(number: int) -> Paint:
    def paint(picture: torch.Tensor, x: float, y: float, there: bool) -> None:
        if there:
            square(picture, number, x, y)

    return paint


def idle(_picture: torch.Tensor, _x: float, _y: float, _there: bool) -> None:
    """Paints nothing."""


def measured(*paints: Paint) -> dict:
    return measure_objects(Drawing(*paints), segment, 12, 0.0)


def test_blobs_that_are_objects_have_classes_of_their_own_and_the_third_is_idle() -> None:
    found = measured(object_of(BED), object_of(RUG), idle)
    assert found["summary"] == {
        "classes with a blob of their own": 2,
        "of these removed cleanly in 80 %": 2,
        "clean removals of these": 1.0,
        "idle blobs": 1,
    }
    bed, rug, nothing = found["blobs"]
    assert (bed["own"], rug["own"], nothing["own"]) == ("bed", "rug", None)
    assert bed["first"] == {"class": "bed", "samples": 12, "follow": 1.0, "leak": 0.0, "removal": 1.0, "clean": 1.0}
    assert (bed["idle"], nothing["idle"], nothing["first"]) == (False, True, None)
    row = next(row for row in found["classes"] if row["class"] == "bed")
    assert (row["present"], row["blobs"], row["covered"], row["clean"]) == (1.0, [0], 1.0, 1.0)


def test_two_classes_that_share_a_blob_have_none_of_their_own() -> None:
    def both(picture: torch.Tensor, x: float, y: float, there: bool) -> None:
        if there:
            square(picture, BED, x, y)
            square(picture, WINDOW, x, y - 0.15)

    found = measured(both, object_of(RUG))
    assert found["summary"]["classes with a blob of their own"] == 1
    shared = found["blobs"][0]
    assert shared["own"] is None
    assert {shared["first"]["class"], shared["second"]["class"]} == {"bed", "window"}
    assert shared["second"]["follow"] > 0.7


def test_an_object_that_vanishes_when_it_is_moved_counts_as_nothing_not_as_missing() -> None:
    def shy(picture: torch.Tensor, x: float, y: float, there: bool) -> None:
        if there and x < 0.3 and y < 0.36:
            square(picture, BED, x, y)

    row = measured(shy, object_of(RUG))["blobs"][0]
    assert (row["own"], row["first"]["class"], row["first"]["samples"]) == (None, "bed", 12)
    assert row["first"]["follow"] == 0
    assert row["first"]["removal"] == 1


def test_an_object_that_stays_follows_nobody_and_is_not_removed() -> None:
    def still(picture: torch.Tensor, _x: float, _y: float, _there: bool) -> None:
        square(picture, BED, 0.25, 0.32)

    row = measured(still, object_of(RUG))["blobs"][0]
    assert row["first"]["follow"] == 0
    assert (row["first"]["removal"], row["first"]["clean"], row["idle"]) == (0, 0, True)


def test_what_else_changes_is_leak_and_makes_no_clean_removal() -> None:
    def tactless(picture: torch.Tensor, x: float, y: float, there: bool) -> None:
        if there:
            square(picture, BED, x, y)
        if not there or y > 0.36 or x > 0.3:
            picture[0, SIDE * 3 // 4 :] = WINDOW

    row = measured(tactless, object_of(RUG))["blobs"][0]
    assert row["own"] == "bed"
    assert 0.2 < row["first"]["leak"] < 0.4
    assert (row["first"]["removal"], row["first"]["clean"]) == (1, 0)


def test_another_of_its_class_neither_helps_nor_hinders() -> None:
    def second(picture: torch.Tensor, _x: float, _y: float, _there: bool) -> None:
        square(picture, BED, 0.75, 0.8)

    row = measured(object_of(BED), second)["blobs"][0]
    assert row["own"] == "bed"
    assert row["first"]["follow"] == 1


def box(left: int, right: int) -> torch.Tensor:
    mask = torch.zeros(1, SIDE, SIDE, dtype=torch.bool)
    mask[:, 40:80, max(left, 0) : right] = True
    return mask


@pytest.mark.parametrize(
    ("before", "after", "shift"),
    [
        ((30, 60), (43, 73), ASKED),
        ((30, 60), (36, 66), 6),
        ((30, 60), (30, 60), 0),
        ((30, 60), (24, 54), -6),
        ((30, 60), (30, 73), ASKED / 2),  # stretched: every shift between is as good
        ((-20, 30), (-20, 43), ASKED),  # cut off by the edge: what comes in there is not held against it
    ],
)
def test_shifts_are_found(before: tuple[int, int], after: tuple[int, int], shift: float) -> None:
    found, _ = found_shift(box(*before), box(*after))
    assert float(found) == pytest.approx(shift)


def test_nothing_found_has_no_overlap() -> None:
    _, overlap = found_shift(box(30, 60), torch.zeros(1, SIDE, SIDE, dtype=torch.bool))
    assert float(overlap) == 0


def test_components_wind_and_touch_only_by_edges() -> None:
    picture = torch.tensor(
        [
            [1, 1, 1, 1, 1, 0],
            [0, 0, 0, 0, 1, 0],
            [1, 1, 1, 0, 1, 0],
            [1, 0, 1, 0, 1, 2],
            [1, 0, 0, 0, 1, 1],
            [1, 1, 1, 1, 1, 2],
        ]
    )
    labels = components(picture[None])[0]
    assert len(labels[picture == 1].unique()) == 1
    assert len(labels[picture == 2].unique()) == 2
    assert len(labels[picture == 0].unique()) == 2
    assert len(CLASSES) > 2
