"""Drafts come by the quick road where it was found quick and right; else there are none, and no picture is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from golden.cases import cut_or_repeated, psnr

from blobgan_blender.core.errors import BlobGANError
from blobgan_blender.core.layout import Layout
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.devices import probe
from blobgan_blender.inference.drafts import LEAST_PSNR, Drafts
from blobgan_blender.inference.live_decoder import LiveDecoder
from blobgan_blender.inference.torch_engine import TorchEngine, TorchPredictor
from blobgan_blender.model.blobgan import load_model

NOISE = noise_from_seed(0, 64)
SLOW = 0.5  # seconds that a final picture takes in these tests: a CPU has no quick road


@pytest.fixture(scope="module")
def predictor(small_model: Path) -> TorchPredictor:
    return TorchEngine("cpu").load(small_model)


@pytest.fixture
def quick(small_model: Path) -> Callable[..., np.ndarray]:
    return LiveDecoder(load_model(small_model)[0].generator)


def room(predictor: TorchPredictor, seed: int, blobs: int | None = None) -> Layout[np.ndarray]:
    whole = predictor.sample(z_from_seed(seed, 1, 32), 0.3)
    return whole if blobs is None else cut_or_repeated(whole, blobs)


def slow(predictor: TorchPredictor) -> Callable[..., np.ndarray]:
    def picture(*given: object) -> np.ndarray:
        time.sleep(SLOW)
        return predictor.picture(*given)

    return picture


def test_the_second_picture_of_a_padded_number_of_blobs_has_a_draft(
    predictor: TorchPredictor, quick: Callable[..., np.ndarray]
) -> None:
    drafts = Drafts(lambda: quick)
    for blobs in (8, 2):
        assert drafts(room(predictor, 0, blobs), NOISE, slow(predictor)) is None
        for seed in (1, 2):
            layout = room(predictor, seed, blobs)
            assert psnr(drafts(layout, NOISE, slow(predictor)), predictor.picture(layout, NOISE)) >= LEAST_PSNR
    for blobs in (8, 5, 12):  # five are as two, for both become seven; twelve are as eight
        assert drafts(room(predictor, 3, blobs), NOISE, slow(predictor)) is not None


def test_a_road_that_draws_something_else_is_given_up(predictor: TorchPredictor, small_model: Path) -> None:
    other = load_model(small_model)[0].generator
    other.to_rgbs[0].bias.data += 0.2
    drafts = Drafts(lambda: LiveDecoder(other))
    assert [drafts(room(predictor, seed), NOISE, slow(predictor)) for seed in range(4)] == [None] * 4


def test_a_road_that_is_not_quicker_is_given_up(predictor: TorchPredictor, quick: Callable[..., np.ndarray]) -> None:
    def slower(*given: object) -> np.ndarray:
        time.sleep(SLOW)
        return quick(*given)

    drafts = Drafts(lambda: slower)
    assert [drafts(room(predictor, seed), NOISE, predictor.picture) for seed in range(4)] == [None] * 4


def test_a_road_that_fails_is_not_taken_again(predictor: TorchPredictor) -> None:
    calls = []

    def broken(*_given: object) -> np.ndarray:
        calls.append(1)
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing")

    drafts = Drafts(lambda: broken)
    assert [drafts(room(predictor, seed), NOISE, predictor.picture) for seed in range(4)] == [None] * 4
    assert len(calls) == 1


def test_a_picture_that_is_too_much_for_half_precision_has_none(
    predictor: TorchPredictor, quick: Callable[..., np.ndarray]
) -> None:
    drafts = Drafts(lambda: quick)
    drafts(room(predictor, 0), NOISE, slow(predictor))
    bright = [map_ * np.float32(1e30) for map_ in NOISE]
    with pytest.raises(BlobGANError, match="not finite"):
        quick(room(predictor, 1), bright)
    assert drafts(room(predictor, 1), bright, slow(predictor)) is None
    assert drafts(room(predictor, 2), NOISE, slow(predictor)) is not None


def test_a_cpu_has_none(predictor: TorchPredictor) -> None:
    assert [predictor.draft(room(predictor, seed), NOISE) for seed in range(3)] == [None] * 3


def test_cuda_has_drafts(small_model: Path) -> None:
    problem = probe("cuda")
    if problem:
        pytest.skip(problem)
    predictor = TorchEngine("cuda").load(small_model)
    assert predictor.draft(room(predictor, 0), NOISE) is None
    for seed in range(1, 6):
        layout = room(predictor, seed)
        assert psnr(predictor.draft(layout, NOISE), predictor.picture(layout, NOISE)) >= LEAST_PSNR
