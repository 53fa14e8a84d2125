"""The edits as functions: each changes what it says and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from blobgan_blender.core import edits
from blobgan_blender.core.ellipse import cov_from_ellipse, ellipse_from_cov, softplus
from blobgan_blender.core.errors import LayoutError
from blobgan_blender.core.layout import Layout

AB = 0.02
NumpyLayout = Layout[np.ndarray]


@pytest.fixture
def layout() -> NumpyLayout:
    """Two layouts of four blobs."""
    random = np.random.RandomState(3)
    n, m = 2, 4
    aspect = random.uniform(1.2, 4, (n, m))
    covs = cov_from_ellipse(np.stack([AB * aspect, AB / aspect], -1), random.uniform(-1.5, 1.5, (n, m)))
    arrays = {
        "xs": random.rand(n, m),
        "ys": random.rand(n, m),
        "covs": covs,
        "sizes": random.uniform(-2, 3, (n, m + 1)),
        "features": random.randn(n, m + 1, 6),
        "spatial_style": random.randn(n, m + 1, 8),
    }
    return Layout(**{name: array.astype(np.float32) for name, array in arrays.items()})


def unchanged(before: NumpyLayout, after: NumpyLayout, *but: str) -> bool:
    names = set(Layout.FIELDS) - set(but)
    return all(np.array_equal(getattr(before, name), getattr(after, name)) for name in names)


PHI, PSI = np.ones(6, np.float32), np.full(8, 2.0, np.float32)
EDITS: list[Callable[[NumpyLayout], NumpyLayout]] = [
    lambda it: edits.move(it, [1], 0.1, 0.2),
    lambda it: edits.resize(it, [1], 2, AB),
    lambda it: edits.rotate(it, [1], 0.3, AB),
    lambda it: edits.reshape(it, [1], 2, 1, AB),
    lambda it: edits.remove(it, [1]),
    lambda it: edits.clone(it, [1], 0.1),
    lambda it: edits.reorder(it, [1], "FRONT"),
    lambda it: edits.restyle(it, [1], PHI, PSI),
    lambda it: edits.restyle_background(it, PHI, PSI),
    lambda it: edits.swap(it, 1, 2),
    edits.empty_room,
]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_leaves_its_input_alone(layout: NumpyLayout, edit: Callable[[NumpyLayout], NumpyLayout]) -> None:
    before = layout.map(np.copy)
    after = edit(layout)
    after.check()
    assert unchanged(before, layout)
    assert not (after.blobs == layout.blobs and unchanged(layout, after))


def test_move(layout: NumpyLayout) -> None:
    after = edits.move(layout, [1, 3], 0.1, -0.2)
    assert after.xs[:, [1, 3]] == pytest.approx(layout.xs[:, [1, 3]] + 0.1)
    assert after.ys[:, [1, 3]] == pytest.approx(layout.ys[:, [1, 3]] - 0.2)
    assert np.array_equal(after.xs[:, [0, 2]], layout.xs[:, [0, 2]])
    assert unchanged(layout, after, "xs", "ys")


def test_resizing_scales_the_share_by_the_square_and_keeps_the_shape(layout: NumpyLayout) -> None:
    after = edits.resize(layout, [2], 1.5, AB)
    assert softplus(after.sizes[:, 3]) == pytest.approx(softplus(layout.sizes[:, 3]) * 2.25, rel=1e-5)
    np.testing.assert_allclose(after.covs, layout.covs, atol=1e-6)
    assert np.array_equal(np.delete(after.sizes, 3, 1), np.delete(layout.sizes, 3, 1))


def test_a_turn_is_counter_clockwise_as_seen(layout: NumpyLayout) -> None:
    after = edits.rotate(layout, [2], 0.3, AB)
    turned = ellipse_from_cov(layout.covs[:, 2], AB)[1] - ellipse_from_cov(after.covs[:, 2], AB)[1]
    assert np.mod(turned, np.pi) == pytest.approx(0.3, abs=1e-5)  # y runs down in the picture
    np.testing.assert_allclose(after.sizes, layout.sizes, atol=1e-5)


def test_reshaping_scales_the_axes(layout: NumpyLayout) -> None:
    after = edits.reshape(layout, [2], 2, 1, AB)
    before, now = (ellipse_from_cov(each.covs[:, 2], AB)[0] for each in (layout, after))
    assert now[:, 0] / now[:, 1] == pytest.approx(4 * before[:, 0] / before[:, 1], rel=1e-4)
    assert softplus(after.sizes[:, 3]) == pytest.approx(2 * softplus(layout.sizes[:, 3]), rel=1e-5)


def test_remove_and_empty(layout: NumpyLayout) -> None:
    assert edits.remove(layout, [0, 2]).blobs == 2
    assert np.array_equal(edits.remove(layout, [0, 2]).xs, layout.xs[:, [1, 3]])
    empty = edits.empty_room(layout)
    empty.check()
    assert empty.blobs == 0
    assert np.array_equal(empty.features, layout.features[:, :1])


def test_a_clone_lies_right_in_front_of_its_original(layout: NumpyLayout) -> None:
    after = edits.clone(layout, [1, 3], dx=0.25)
    assert after.blobs == 6
    np.testing.assert_allclose(after.xs[:, [2, 5]], layout.xs[:, [1, 3]] + 0.25, rtol=1e-6)
    assert np.array_equal(after.features[:, 3], layout.features[:, 2])
    assert unchanged(layout, edits.take(after, [0, 1, 3, 4]))


def test_reorder(layout: NumpyLayout) -> None:
    assert np.array_equal(edits.reorder(layout, [1], "FRONT").xs, layout.xs[:, [0, 2, 3, 1]])


@pytest.mark.parametrize(("parts", "name"), [("STRUCTURE", "features"), ("STYLE", "spatial_style")])
def test_structure_and_style_go_separately(layout: NumpyLayout, parts: str, name: str) -> None:
    for after in (
        edits.restyle(layout, [1], PHI, PSI, parts),
        edits.restyle_background(layout, PHI, PSI, parts),
        edits.swap(layout, 0, 3, parts),
    ):
        assert unchanged(layout, after, name)
        assert not unchanged(layout, after)


def test_restyle_half_way_keeps_the_length(layout: NumpyLayout) -> None:
    after = edits.restyle(layout, [1], PHI, PSI, amount=0.5)
    lengths = [np.linalg.norm(row, axis=-1) for row in (layout.features[:, 2], PHI, after.features[:, 2])]
    assert lengths[2] == pytest.approx((lengths[0] + lengths[1]) / 2, rel=1e-5)
    assert unchanged(layout, edits.restyle(layout, [1], PHI, PSI, amount=0.0))


def test_restyle_of_a_model_that_norms_nothing_goes_straight(layout: NumpyLayout) -> None:
    after = edits.restyle(layout, [1], PHI, PSI, amount=0.25, spherical=False)
    np.testing.assert_allclose(after.features[:, 2], 0.75 * layout.features[:, 2] + 0.25 * PHI, rtol=1e-6)


def test_each_blob_may_get_its_own_appearance(layout: NumpyLayout) -> None:
    after = edits.restyle(layout, [0, 2], np.stack([PHI, 3 * PHI]), np.stack([PSI, 3 * PSI]))
    assert (after.features[:, 1] == 1).all()
    assert (after.features[:, 3] == 3).all()


def test_swapping_twice_is_nothing(layout: NumpyLayout) -> None:
    assert unchanged(layout, edits.swap(edits.swap(layout, 0, 2), 0, 2))


def test_an_appearance_of_another_model_is_refused(layout: NumpyLayout) -> None:
    with pytest.raises(LayoutError, match="belongs to another model: it has 5 \\+ 8 numbers where this room's have 6"):
        edits.restyle(layout, [1], np.ones(5), PSI)


@pytest.mark.parametrize("blobs", [[4], [-1]])
def test_a_blob_that_is_not_there_is_refused(layout: NumpyLayout, blobs: list[int]) -> None:
    with pytest.raises(LayoutError, match="has the blobs 0 … 3"):
        edits.move(layout, blobs, 0.1, 0)


def test_parts_of_another_name_are_refused(layout: NumpyLayout) -> None:
    with pytest.raises(ValueError, match="BOTH, STRUCTURE, STYLE"):
        edits.swap(layout, 0, 1, "COLOR")
