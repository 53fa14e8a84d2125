"""Padded layouts: whole tiles, their own blobs untouched, and the same opacities to the bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from golden.cases import FROM_LAYOUT, case, input_layout

from blobgan_blender.inference.padding import TILE, padded, padded_blobs
from blobgan_blender.model.splat import composite, scores


def test_rows_are_whole_tiles() -> None:
    assert [padded_blobs(blobs) for blobs in (0, 1, 7, 8, 15, 16, 30)] == [7, 7, 7, 15, 15, 23, 31]


@pytest.mark.parametrize("name", FROM_LAYOUT)
def test_what_is_added_is_not_seen(name: str) -> None:
    layout = input_layout(case(name)).map(lambda array: np.ascontiguousarray(array, np.float32))
    whole, blobs = padded(layout), layout.blobs
    whole.check()
    assert (whole.blobs + 1) % TILE == 0
    assert whole.blobs - blobs < TILE
    for field, array in layout.arrays().items():
        kept = whole.arrays()[field]
        assert kept.dtype == array.dtype
        np.testing.assert_array_equal(kept[:, : array.shape[1]], array)
    before, after = (composite(scores(each.map(torch.from_numpy), 64)) for each in (layout, whole))
    assert torch.equal(after[:, : blobs + 1], before)
    assert not after[:, blobs + 1 :].any()
