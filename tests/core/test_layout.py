"""`Layout` as a container."""

from __future__ import annotations

import numpy as np
import pytest

from blobgan_blender.core.errors import BlobGANError, LayoutError
from blobgan_blender.core.layout import Layout


def layout(n: int = 2, m: int = 3, **changed: np.ndarray) -> Layout[np.ndarray]:
    arrays = {
        "xs": np.zeros((n, m)),
        "ys": np.zeros((n, m)),
        "covs": np.zeros((n, m, 2, 2)),
        "sizes": np.zeros((n, m + 1)),
        "features": np.zeros((n, m + 1, 8)),
        "spatial_style": np.zeros((n, m + 1, 4)),
    }
    return Layout(**(arrays | changed))


@pytest.mark.parametrize(("n", "m"), [(1, 0), (2, 3), (3, 40)])
def test_counts_and_shapes(n: int, m: int) -> None:
    whole = layout(n, m)
    whole.check(d_in=8, d_style=4)
    assert (whole.count, whole.blobs) == (n, m)
    one = whole.one(n - 1)
    one.check(d_in=8, d_style=4)
    assert (one.count, one.blobs) == (1, m)


def test_map_reaches_all_six_arrays() -> None:
    doubled = layout().map(lambda array: array.ndim)
    assert doubled.arrays() == {"xs": 2, "ys": 2, "covs": 4, "sizes": 2, "features": 3, "spatial_style": 3}


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("xs", (3,)),
        ("ys", (2, 4)),
        ("covs", (2, 3, 4)),
        ("sizes", (2, 3)),
        ("features", (2, 3, 8)),
        ("spatial_style", (1, 4, 4)),
    ],
)
def test_shapes_that_do_not_belong_together_are_named(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(LayoutError, match=name):
        layout(**{name: np.zeros(shape)}).check()


def test_another_models_layout_is_refused_with_the_next_step() -> None:
    with pytest.raises(LayoutError, match=r"8 wide and the model's are 16.*another model.*sample a new layout"):
        layout().check(d_in=16)
    assert issubclass(LayoutError, BlobGANError)
