"""Stacking: the order that a move means, and heights that mean it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobgan_blender.core.canvas_space import geometry_of
from blobgan_blender.core.stacking import MOVES, new_heights, new_order


@pytest.mark.parametrize(
    ("move", "chosen", "wanted"),
    [
        ("FRONT", {1}, [0, 2, 3, 1]),
        ("BACK", {2}, [2, 0, 1, 3]),
        ("FORWARD", {1}, [0, 2, 1, 3]),
        ("BACKWARD", {1}, [1, 0, 2, 3]),
        ("FORWARD", {0, 1}, [2, 0, 1, 3]),
        ("BACKWARD", {2, 3}, [0, 2, 3, 1]),
        ("FORWARD", {3}, [0, 1, 2, 3]),
        ("FORWARD", {2, 3}, [0, 1, 2, 3]),
        ("FRONT", {0, 2}, [1, 3, 0, 2]),
        ("FRONT", set(), [0, 1, 2, 3]),
    ],
)
def test_the_order_that_a_move_means(move: str, chosen: set[int], wanted: list[int]) -> None:
    assert new_order(4, chosen, move) == wanted


def test_a_move_of_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="FRONT, FORWARD, BACKWARD, BACK"):
        new_order(4, {1}, "UP")


@given(
    heights=st.lists(st.sampled_from([0.0, 0.01, 0.02, 0.5, 1.0]), min_size=1, max_size=8).map(sorted),
    data=st.data(),
    move=st.sampled_from(MOVES),
)
def test_heights_mean_the_order(heights: list[float], data: st.DataObject, move: str) -> None:
    count = len(heights)
    chosen = data.draw(st.sets(st.integers(0, count - 1)))
    matrices = np.broadcast_to(np.eye(4), (count, 4, 4)).copy()
    matrices[:, 2, 3] = new_heights(np.array(heights), chosen, move)
    # Equal heights are told apart by the blobs' orders, as they were before.
    assert geometry_of(matrices, np.arange(count), 0.02).order.tolist() == new_order(count, chosen, move)


def test_to_the_front_moves_nobody_else() -> None:
    before = np.array([0.01, 0.02, 0.03])
    assert new_heights(before, {0}, "FRONT") == pytest.approx([0.04, 0.02, 0.03])
    assert new_heights(before, {2}, "BACK") == pytest.approx([0.01, 0.02, 0.0])
