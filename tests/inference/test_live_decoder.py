"""The road for GPUs keeps its buffers right, whatever changed; and draws the same on CUDA where there is one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from golden.cases import FROM_LAYOUT, case, cut_or_repeated, fixed_noise, input_layout, psnr

from blobgan_blender.core.layout import Layout
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.decoder import Decoder
from blobgan_blender.inference.devices import probe
from blobgan_blender.inference.live_decoder import _RECORDINGS, LiveDecoder
from blobgan_blender.inference.predictor import Predictor
from blobgan_blender.inference.torch_engine import TorchEngine
from blobgan_blender.model.blobgan import load_model


@pytest.fixture(scope="module", params=["cpu", "cuda"])
def device(request: pytest.FixtureRequest) -> str:
    problem = probe(request.param)
    if problem:
        pytest.skip(problem)
    return request.param


@pytest.fixture(scope="module")
def predictor(small_model: Path) -> Predictor:
    return TorchEngine("cpu").load(small_model)


def live(path: Path, device: str, **options: bool) -> LiveDecoder:
    return LiveDecoder(load_model(path)[0].to(device).generator, **options)


@pytest.mark.parametrize("captured", [False, True])
def test_every_golden_edit_in_turn(small_model: Path, predictor: Predictor, device: str, captured: bool) -> None:
    """The cases have other appearances, numbers of layouts and of blobs each: nothing of the last one may stay."""
    decoder = live(small_model, device, half=False, captured=captured)
    for name in (*FROM_LAYOUT, *reversed(FROM_LAYOUT)):
        layout = input_layout(case(name)).map(lambda array: np.ascontiguousarray(array, np.float32))
        apart = np.abs(decoder(layout, fixed_noise()).astype(int) - predictor.picture(layout, fixed_noise()))
        assert apart.max() <= 1, name
        assert (apart > 0).mean() <= 1e-3, name
    assert len(decoder._recordings) <= _RECORDINGS


def test_like_numbers_of_blobs_share_a_recording(small_model: Path, predictor: Predictor, device: str) -> None:
    decoder, noise = live(small_model, device, half=False, captured=True), noise_from_seed(0, 64)
    whole = predictor.sample(z_from_seed(0, 1, 32), 0.3)
    for blobs in (5, 6, 5):
        layout = cut_or_repeated(whole, blobs)
        assert psnr(decoder(layout, noise), predictor.picture(layout, noise)) >= 70
    assert list(decoder._recordings) == [(1, 7)]
    decoder(cut_or_repeated(whole, 8), noise)
    assert list(decoder._recordings) == [(1, 7), (1, 15)]


def test_half_precision_is_near(small_model: Path, predictor: Predictor, device: str) -> None:
    decoder = live(small_model, device, captured=True)
    for seed in range(4):
        layout, noise = predictor.sample(z_from_seed(seed, 1, 32), 0.3), noise_from_seed(seed, 64)
        assert (
            psnr(decoder(layout, noise), predictor.picture(layout, noise)) >= 58
        )  # of bytes, which round by themselves


def test_noise_and_appearance_are_not_those_of_the_last_picture(
    small_model: Path, predictor: Predictor, device: str
) -> None:
    decoder = live(small_model, device, half=False, captured=True)
    layout = predictor.sample(z_from_seed(0, 1, 32), 0.3)
    styles = layout.spatial_style.copy()
    styles[0, 1] *= -1
    restyled = Layout(**(layout.arrays() | {"spatial_style": styles}))
    first, second = noise_from_seed(0, 64), noise_from_seed(1, 64)
    for map_ in (*first, *second):
        map_.setflags(write=False)
    for which, noise in ((layout, first), (layout, second), (restyled, second), (restyled, first), (layout, first)):
        assert psnr(decoder(which, noise), predictor.picture(which, noise)) >= 70


def test_what_is_written_for_a_compiler_draws_the_same(small_model: Path, predictor: Predictor) -> None:
    """Sums for the filter, a product for the to-RGB."""
    generator = load_model(small_model)[0].generator
    layout = predictor.sample(z_from_seed(2, 2, 32), 0.3).map(torch.from_numpy)
    noise = [torch.from_numpy(map_) for map_ in noise_from_seed(0, 64)]
    with torch.inference_mode():
        wanted, found = Decoder(generator)(layout, noise), Decoder(generator, fused=True)(layout, noise)
    assert torch.allclose(found, wanted, atol=1e-5)


def test_what_is_adopted_for_a_shape_is_recorded_anew(small_model: Path, predictor: Predictor, device: str) -> None:
    """A recording that was left would go on with what it was made of."""
    decoder, noise = live(small_model, device), noise_from_seed(0, 64)
    rooms = [predictor.sample(z_from_seed(seed, 1, 32), 0.3) for seed in range(2)]
    first = [decoder(room, noise) for room in rooms]
    (shape,) = decoder._recordings
    decoder.adopt(shape, lambda tensors: torch.ones(64 * 64 * 3 + 1, dtype=torch.uint8, device=tensors[0].device))
    assert shape not in decoder._recordings
    assert (decoder(rooms[0], noise) == 1).all()
    decoder.adopt(shape, None)
    assert all(np.array_equal(decoder(room, noise), wanted) for room, wanted in zip(rooms, first, strict=True))


def test_appearances_are_looked_at_once_if_they_cannot_change(
    small_model: Path, predictor: Predictor, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder, noise = live(small_model, device, half=False), noise_from_seed(0, 64)
    looked = []
    look = decoder._decoder.appearance
    monkeypatch.setattr(decoder._decoder, "appearance", lambda layout: looked.append(1) or look(layout))
    layout = predictor.sample(z_from_seed(0, 1, 32), 0.3).map(np.copy)
    for times in (1, 2):
        layout.features[0, 0] *= -1
        layout.spatial_style[0, times] *= -1
        assert psnr(decoder(layout, noise), predictor.picture(layout, noise)) >= 70
        assert len(looked) == times
    for array in (layout.features, layout.spatial_style):
        array.setflags(write=False)
    for step in range(3):
        moved = Layout(**(layout.arrays() | {"xs": layout.xs + np.float32(0.01 * step)}))
        assert psnr(decoder(moved, noise), predictor.picture(moved, noise)) >= 70
    assert len(looked) == 3
