"""Conditional sampling meets its pins, and gives different rooms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import blobgan_blender
from blobgan_blender.core.completion import MET, Pins
from blobgan_blender.core.ellipse import owned
from blobgan_blender.core.errors import LayoutError
from blobgan_blender.core.seeds import z_from_seed
from blobgan_blender.inference.conditional import _Goal, _Places
from blobgan_blender.inference.predictor import Predictor
from blobgan_blender.inference.torch_engine import TorchEngine


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    """The bundled model: random weights cannot be conditioned."""
    return TorchEngine("cpu").load(Path(blobgan_blender.__file__).parent / "assets" / "rooms.safetensors")


def quiet(_fraction: float, _text: str) -> None:
    pass


def test_twelve_different_rooms_meet_three_pins(predictor: Predictor) -> None:
    layout = predictor.sample(z_from_seed(100, 1, predictor.config.d_noise), 0.4)
    indices = np.array([3, 6, 2])
    pins = Pins(indices, layout.xs[0, indices] + 0.06, layout.ys[0, indices] - 0.04, layout.sizes[0, indices + 1])
    reports: list[float] = []
    found = predictor.complete(pins, 0.4, 7, 12, lambda fraction, _text: reports.append(fraction))
    found.layouts.check(predictor.config.d_in, predictor.config.d_style)
    assert found.layouts.count == 12
    for name in ("xs", "ys"):
        assert np.abs(getattr(found.layouts, name)[:, indices] - getattr(pins, name)).max() < MET
    assert found.misses.max() < MET
    areas = (owned(sizes, predictor.config.ab_norm) for sizes in (found.layouts.sizes[:, indices + 1], pins.sizes))
    assert np.abs(np.subtract(*areas)).max() < 0.01  # of the picture
    assert (np.diff(found.misses) >= 0).all()
    others = np.concatenate([found.layouts.xs, found.layouts.ys], axis=1)
    apart = np.abs(others[:, None] - others[None]).max(axis=-1) + np.eye(12)
    assert apart.min() > 0.03
    assert reports == sorted(reports)
    assert len(reports) > 10


def test_the_same_seed_gives_the_same_rooms(predictor: Predictor) -> None:
    pins = Pins(np.array([3]), np.array([0.4]), np.array([0.7]), np.array([1.0]))
    first, again, other = (predictor.complete(pins, 0.4, seed, 2, quiet) for seed in (1, 1, 2))
    assert np.array_equal(first.layouts.xs, again.layouts.xs)
    assert not np.array_equal(first.layouts.xs, other.layouts.xs)


def test_a_report_may_stop_it(predictor: Predictor) -> None:
    def stop(fraction: float, _text: str) -> None:
        if fraction > 0.2:
            raise KeyboardInterrupt

    pins = Pins(np.array([3]), np.array([0.4]), np.array([0.7]), np.array([1.0]))
    with pytest.raises(KeyboardInterrupt):
        predictor.complete(pins, 0.4, 1, 2, stop)


@pytest.mark.parametrize("indices", [[], [13], [-1]])
def test_pins_that_are_none_of_the_models_blobs_are_refused(predictor: Predictor, indices: list[int]) -> None:
    values = np.full(len(indices), 0.5)
    with pytest.raises(LayoutError, match="some of this model's blobs 0 … 12"):
        predictor.complete(Pins(np.array(indices, int), values, values, values), 0.4, 1, 2, quiet)


@pytest.mark.parametrize("ab_norm", [0.02, 0.006, 0.001])
def test_a_size_pulls_however_far_off_it_is_and_never_more_than_a_place(ab_norm: float) -> None:
    """Else a blob that is not there stays away, or places are given up for sizes."""
    goal = _Goal(Pins(np.array([0]), np.array([0.5]), np.array([0.5]), np.array([2.0])), ab_norm, torch.device("cpu"))
    for size in (-13.0, -3.0, 7.0, 17.0):
        sizes, place = torch.tensor([[size]], requires_grad=True), torch.tensor([[0.5]])
        goal.loss(_Places(place, place, sizes)).sum().backward()
        pull = abs(float(sizes.grad))
        x = torch.tensor([[0.5 + MET]], requires_grad=True)
        goal.loss(_Places(x, place, torch.tensor([[2.0]]))).sum().backward()
        assert 0 < pull < abs(float(x.grad))
