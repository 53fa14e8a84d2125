"""Layouts mixed and doubled while training, and what twins are held to."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from blobgan_blender.core.layout import Layout
from blobgan_blender.library.card import ModelConfig
from blobgan_blender.model.layout_network import LayoutNetwork
from blobgan_blender.training.first_layouts import DOWN, HIGHEST, LOWEST, SIZE, SIZES, spread
from blobgan_blender.training.independence import (
    FARTHEST,
    GONE,
    TAKEN,
    TWINS,
    Twins,
    disagreement,
    mixed,
    paired,
    random_twins,
    twins_of,
)

SIDE = 32
CONFIG = ModelConfig(resolution=SIDE, blobs=4, d_noise=16, hidden=64, d_in=8, d_style=8, c_model=4)


@pytest.fixture(scope="module")
def network() -> LayoutNetwork:
    torch.manual_seed(3)
    return LayoutNetwork(CONFIG)


@pytest.fixture
def layout(network: LayoutNetwork) -> Layout[Tensor]:
    with torch.no_grad():
        return network(torch.randn(8, CONFIG.d_noise, generator=torch.Generator().manual_seed(1)))


def test_mixed_layouts_take_whole_blobs_and_keep_their_backgrounds(layout: Layout[Tensor]) -> None:
    order = torch.tensor([[1, 0, 2, 1], [0, 2, 1, 2], [2, 1, 0, 0]])
    found = mixed(layout, order)
    for row in range(3):
        for blob in range(4):
            source = int(order[row, blob])
            for name in ("xs", "ys", "covs"):
                assert torch.equal(getattr(found, name)[row, blob], getattr(layout, name)[source, blob])
            for name in ("sizes", "features", "spatial_style"):
                assert torch.equal(getattr(found, name)[row, blob + 1], getattr(layout, name)[source, blob + 1])
                assert torch.equal(getattr(found, name)[row, 0], getattr(layout, name)[row, 0])
    for name in Layout.FIELDS:
        assert torch.equal(getattr(found, name)[3:], getattr(layout, name)[3:])


def test_none_mixed_is_the_same_layout(layout: Layout[Tensor]) -> None:
    assert mixed(layout, torch.zeros(0, 4, dtype=torch.int64)) is layout


def twins(blob: int, across: float = 0.0, down: float = 0.0, kind: float = 1.0) -> Twins:
    """One, of blob 0 … 3."""
    numbers = torch.tensor([[(blob + 0.5) / 4], [across], [down], [kind]])
    return Twins(*numbers)


def test_a_twin_has_one_blob_moved_by_whole_pixels(layout: Layout[Tensor]) -> None:
    pairs = paired(layout, twins(2, across=0.5, down=-1.0), SIDE)
    right, down = (int(shift) for shift in pairs.shift[:, 0])
    assert (right, down) == (round(0.5 * FARTHEST * SIDE), -round(FARTHEST * SIDE))
    moved = torch.tensor([[0.0, 0.0, 1.0, 0.0]])
    assert torch.allclose(pairs.twins.xs, layout.xs[:1] + moved * right / SIDE)
    assert torch.allclose(pairs.twins.ys, layout.ys[:1] + moved * down / SIDE)
    for name in ("covs", "sizes", "features", "spatial_style"):
        assert torch.equal(getattr(pairs.twins, name), getattr(layout, name)[:1])


def test_a_twin_may_lack_its_blob_instead(layout: Layout[Tensor]) -> None:
    pairs = paired(layout, twins(1, across=1.0, down=1.0, kind=TAKEN / 2), SIDE)
    assert pairs.twins.sizes[0, 2] == GONE
    assert torch.equal(pairs.twins.xs, layout.xs[:1])
    assert torch.equal(pairs.twins.sizes[0, [0, 1, 3, 4]], layout.sizes[0, [0, 1, 3, 4]])


@pytest.mark.parametrize("count", [8, 16, 32, 64])
def test_no_twin_is_compared_with_itself(layout: Layout[Tensor], count: int) -> None:
    """StyleGAN2's minibatch deviation takes every n-th picture of a batch; see `model.discriminator.spread`."""
    many = twins_of(count)
    rows = layout.map(lambda tensor: tensor[torch.arange(count - many) % 8])
    originals = paired(rows, random_twins(many, torch.Generator().manual_seed(0)), SIDE).originals
    for place, original in enumerate(originals.tolist()):
        assert (count - many + place) % (count // TWINS) != original % (count // TWINS)


def test_few_pictures_have_no_twins() -> None:
    assert [twins_of(count) for count in (1, 4, 7, 8, 32)] == [0, 0, 0, 2, 8]


def one_blob() -> Layout[Tensor]:
    """In the middle, an eighth of the picture wide, seen well."""
    appearance = torch.zeros(1, 2, 8)
    return Layout(
        xs=torch.full((1, 1), 0.5),
        ys=torch.full((1, 1), 0.5),
        covs=torch.eye(2).expand(1, 1, 2, 2) * 0.004,
        sizes=torch.tensor([[0.0, 2.0]]),
        features=appearance,
        spatial_style=appearance,
    )


def square(x: int, y: int) -> Tensor:
    """Black, with a white square of 5 pixels around a pixel: (1, 3, SIDE, SIDE)."""
    picture = torch.full((1, 3, SIDE, SIDE), -1.0)
    picture[:, :, y - 2 : y + 3, x - 2 : x + 3] = 1.0
    return picture


def test_what_went_along_disagrees_with_nothing() -> None:
    numbers = Twins(*torch.tensor([[0.5], [0.9], [-0.7], [1.0]]))
    pairs = paired(one_blob(), numbers, SIDE)
    right, down = (int(shift) for shift in pairs.shift[:, 0])
    went_along = disagreement(pairs, square(16, 16), square(16 + right, 16 + down))
    stayed = disagreement(pairs, square(16, 16), square(16, 16))
    vanished = disagreement(pairs, square(16, 16), torch.full((1, 3, SIDE, SIDE), -1.0))
    assert stayed > 0.5
    assert vanished > 0.5
    assert went_along < 0.07


def test_what_changes_elsewhere_disagrees() -> None:
    numbers = Twins(*torch.tensor([[0.5], [0.9], [0.0], [1.0]]))
    pairs = paired(one_blob(), numbers, SIDE)
    right = int(pairs.shift[0, 0])
    twin = square(16 + right, 16)
    twin[:, :, :4] = 1.0  # far from the blob
    assert disagreement(pairs, square(16, 16), twin) > 0.05


def test_a_blob_taken_away_may_change_its_own_place_alone() -> None:
    numbers = Twins(*torch.tensor([[0.5], [0.0], [0.0], [0.0]]))
    pairs = paired(one_blob(), numbers, SIDE)
    empty = torch.full((1, 3, SIDE, SIDE), -1.0)
    there = disagreement(pairs, square(16, 16), empty)
    empty[:, :, :4] = 1.0
    elsewhere = disagreement(pairs, square(16, 16), empty)
    assert elsewhere > 0.5
    assert there < 0.05


def test_a_little_that_is_wholly_wrong_counts_for_more_than_much_that_is_hardly_so() -> None:
    numbers = Twins(*torch.tensor([[0.5], [0.0], [0.0], [0.0]]))
    pairs = paired(one_blob(), numbers, SIDE)
    black = torch.full((1, 3, SIDE, SIDE), -1.0)
    little, much = black.clone(), black.clone()
    little[:, :, :2, :4] = 1.0  # 8 pixels by 2
    much[:, :, :4] = -0.875  # 128 pixels by 1/8: as much in sum
    assert disagreement(pairs, black, little) > 2 * disagreement(pairs, black, much)


def test_no_gradient_reaches_the_original() -> None:
    pairs = paired(one_blob(), Twins(*torch.tensor([[0.5], [0.9], [0.0], [1.0]])), SIDE)
    picture, twin = square(16, 16).requires_grad_(), square(16, 16).requires_grad_()
    disagreement(pairs, picture, twin).backward()
    assert picture.grad is None
    assert twin.grad is not None
    assert twin.grad.abs().sum() > 0


def test_spread_layouts_roam_across_and_keep_to_their_heights() -> None:
    torch.manual_seed(5)
    network = LayoutNetwork(dataclasses.replace(CONFIG, hidden=256))
    spread(network)
    with torch.no_grad():
        found = network(torch.randn(4096, CONFIG.d_noise, generator=torch.Generator().manual_seed(9)))
    assert torch.allclose(found.xs.mean(dim=0), torch.full((4,), 0.5), atol=0.06)
    assert (found.xs.std(dim=0) > 0.2).all()
    heights = torch.linspace(HIGHEST, LOWEST, 4).sigmoid()
    assert torch.allclose(found.ys.mean(dim=0), heights, atol=0.06)
    assert (found.ys.std(dim=0) < DOWN / 2).all()
    assert torch.allclose(found.sizes[:, 1:].mean(dim=0), torch.full((4,), SIZE), atol=0.4)
    assert torch.allclose(found.sizes[:, 1:].std(dim=0), torch.full((4,), SIZES), rtol=0.3)
