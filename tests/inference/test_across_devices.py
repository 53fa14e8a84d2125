"""Every device that computes here beside the CPU draws what the official code draws, whatever it drew before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from golden.cases import CASES, case, fixed_noise, input_layout, relative_l2

from blobgan_blender.core.layout import Layout
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.devices import probe
from blobgan_blender.inference.engine import VARIABLE, make_engine
from blobgan_blender.inference.predictor import Predictor

RELATIVE = 1e-4  # relative L2: float32 in another order, and no TF32
VALUES = 1e-3  # of the bytes may differ, by one (design.md)


def load(device: str, path: Path) -> Predictor:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "torch")
        return make_engine(device).load(path)


@pytest.fixture(scope="module", params=["cuda", "xpu", "mps"])
def predictor(request: pytest.FixtureRequest, small_model: Path) -> Predictor:
    problem = probe(request.param)
    if problem:
        pytest.skip(problem)
    return load(request.param, small_model)


@pytest.fixture(scope="module")
def on_cpu(small_model: Path) -> Predictor:
    return load("cpu", small_model)


@pytest.mark.parametrize("name", CASES)
def test_golden(predictor: Predictor, name: str) -> None:
    data = case(name)
    assert relative_l2(predictor.render(input_layout(data), fixed_noise()), data["image"]) <= RELATIVE


def edits(predictor: Predictor) -> Iterator[Layout[np.ndarray]]:
    """A drag, another appearance, fewer blobs and more, several layouts, and back."""
    whole = predictor.sample(z_from_seed(1, 1, 32), 0.3)
    yield whole
    yield Layout(**(whole.arrays() | {"xs": whole.xs + np.float32(0.1)}))
    yield Layout(**(whole.arrays() | {"spatial_style": -whole.spatial_style}))
    yield Layout(*(array[:, :-1] for array in whole.arrays().values()))
    yield Layout(*(np.concatenate([array, array[:, -1:]], axis=1) for array in whole.arrays().values()))
    yield predictor.sample(z_from_seed(2, 3, 32), 0.3)
    yield whole


def test_nothing_of_the_last_picture_stays(predictor: Predictor, on_cpu: Predictor) -> None:
    noise = noise_from_seed(0, 64)
    for map_ in noise:
        map_.setflags(write=False)
    for layout in edits(on_cpu):
        apart = np.abs(predictor.picture(layout, noise).astype(int) - on_cpu.picture(layout, noise))
        assert apart.max() <= 1
        assert (apart > 0).mean() <= VALUES


def test_the_same_bytes_again(predictor: Predictor, on_cpu: Predictor) -> None:
    layout, noise = on_cpu.sample(z_from_seed(3, 1, 32), 0.3), noise_from_seed(0, 64)
    assert len({predictor.picture(layout, noise).tobytes() for _ in range(20)}) == 1
