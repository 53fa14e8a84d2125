"""The blob map that Blender draws by itself is the model's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from blobgan_blender.core import edits
from blobgan_blender.core.blob_map import BACKGROUND, blob_map, owner_at, seen
from blobgan_blender.core.palette import palette
from blobgan_blender.core.seeds import z_from_seed
from blobgan_blender.inference.predictor import Predictor, map_to_rgb8
from blobgan_blender.inference.torch_engine import TorchEngine


@pytest.fixture(scope="module")
def predictor(small_model: Path) -> Predictor:
    return TorchEngine("cpu").load(small_model)


def test_it_is_the_predictors(predictor: Predictor) -> None:
    for seed in range(5):
        layout = predictor.sample(z_from_seed(seed, 1, predictor.config.d_noise), 0.0)
        colors = palette(layout.blobs)
        wanted = map_to_rgb8(predictor.blob_map(layout, colors))[0].astype(int)
        found = blob_map(layout, colors, 64, 64).astype(int)
        assert np.abs(found - wanted).max() <= 1
        assert (found != wanted).mean() < 0.001


def test_larger_it_shows_the_same(predictor: Predictor) -> None:
    layout = predictor.sample(z_from_seed(1, 1, predictor.config.d_noise), 0.0)
    large = blob_map(layout, palette(5), 256, 64).reshape(64, 4, 64, 4, 3).mean(axis=(1, 3))
    assert np.abs(large - blob_map(layout, palette(5), 64, 64)).mean() < 1


def test_an_empty_room_is_all_background(predictor: Predictor) -> None:
    layout = edits.empty_room(predictor.sample(z_from_seed(1, 1, predictor.config.d_noise), 0.0))
    assert (seen(layout, np.zeros(3), np.zeros(3), 64) == 1).all()
    assert owner_at(layout, 0.5, 0.5, 64) == BACKGROUND


def test_a_blob_owns_its_centre_and_the_one_in_front_wins(predictor: Predictor) -> None:
    layout = predictor.sample(z_from_seed(1, 1, predictor.config.d_noise), 0.4)
    sizes = np.full_like(layout.sizes, -15)
    sizes[:, [2, 4]] = 3
    layout = replace(layout, sizes=sizes)
    x, y = float(layout.xs[0, 1]), float(layout.ys[0, 1])
    away = edits.move(layout, [3], 2.0, 0.0)
    assert owner_at(away, x, y, 64) == 1
    over = replace(layout, xs=layout.xs.copy(), ys=layout.ys.copy())
    over.xs[0, 3], over.ys[0, 3] = x, y
    assert owner_at(over, x, y, 64) == 3
    assert owner_at(edits.reorder(over, [1], "FRONT"), x, y, 64) == 4
    assert owner_at(away, x + 3, y, 64) == BACKGROUND


def test_points_are_the_pictures_half_a_pixel_from_the_layouts(predictor: Predictor) -> None:
    layout = predictor.sample(z_from_seed(1, 1, predictor.config.d_noise), 0.4)
    one = edits.take(layout, [1])
    x, y = float(one.xs[0, 0]), float(one.ys[0, 0])
    here = seen(one, np.array([x + 0.5 / 64]), np.array([y + 0.5 / 64]), 64, gain=1)[1, 0]
    assert here == pytest.approx(1 / (1 + np.exp(-one.sizes[0, 1])), rel=1e-5)
