"""Who has a pixel, and Cryptomatte's ranking, against the slow and obvious way."""

from __future__ import annotations

import numpy as np
import pytest

from blobgan_blender.core.cryptomatte import ids_of
from blobgan_blender.inference.mattes import heaviest, ranked


@pytest.mark.parametrize("blobs", [1, 4, 9])
def test_ranked_by_falling_weight(blobs: int) -> None:
    mattes = np.random.RandomState(blobs).random((blobs, 5, 7)).astype(np.float32)
    ids = ids_of(map(str, range(blobs)))
    levels = ranked(mattes, ids, 3)
    assert levels.shape == (3, 5, 7, 4)
    for row in range(5):
        for column in range(7):
            pairs = levels[:, row, column].reshape(6, 2)
            order = np.argsort(-mattes[:, row, column])[:6]
            expected = np.zeros((6, 2), np.float32)
            expected[: len(order)] = np.stack([ids[order], mattes[order, row, column]], axis=1)
            assert np.array_equal(pairs, expected)


def test_what_is_not_there_has_no_id() -> None:
    mattes = np.zeros((3, 2, 2), np.float32)
    mattes[1] = 0.5
    levels = ranked(mattes, ids_of("abc"), 2)
    assert np.array_equal(levels[0, 0, 0], [ids_of("b")[0], 0.5, 0, 0])
    assert not levels[1].any()


def test_no_blobs() -> None:
    assert not ranked(np.zeros((0, 2, 3), np.float32), np.zeros(0, np.float32), 1).any()


def test_the_heaviest() -> None:
    mattes = np.array([[[0.2, 0.5]], [[0.7, 0.5]], [[0.1, 0.0]]], np.float32)
    assert np.array_equal(heaviest(mattes), [[1, 0]])
