"""The worker's previews: a coarse picture first, the same picture after it, and a newer request in its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from previewing import previewing_model
from processes import wait_until

from blobgan_blender.core.layout import Layout
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.predictor import Predictor
from blobgan_blender.inference.previews import LIKE, likeness
from blobgan_blender.inference.torch_engine import TorchEngine
from blobgan_blender.library.model_file import sha256_of
from blobgan_blender.library.search import ModelRef
from blobgan_blender.worker.client import Picture, Worker
from blobgan_blender.worker.jobs import Job, JobFailed, Superseded

AT_ONCE = 1e-9  # seconds: no picture is that fast


@pytest.fixture(scope="module")
def coarse(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    path = previewing_model(small_model, tmp_path_factory.mktemp("coarse"))
    return ModelRef(path, sha256_of(path))


@pytest.fixture(scope="module")
def predictor(coarse: ModelRef) -> Predictor:
    return TorchEngine("cpu").load(coarse.path)


def room(predictor: Predictor, seed: int) -> Layout[np.ndarray]:
    return predictor.sample(z_from_seed(seed, 1, predictor.config.d_noise), 0.3)


def asked(worker: Worker, model: ModelRef, layout: Layout[np.ndarray]) -> Job[Picture]:
    return worker.render(model, layout, noise_seed=0, slot="canvas", preview=AT_ONCE)


def wanted(predictor: Predictor, layout: Layout[np.ndarray]) -> np.ndarray:
    return predictor.picture(layout, noise_from_seed(0, predictor.config.resolution))[0]


def test_a_preview_then_the_picture(real_worker: Worker, coarse: ModelRef, predictor: Predictor) -> None:
    first = asked(real_worker, coarse, room(predictor, 0))
    assert np.array_equal(first.result().rgb, wanted(predictor, room(predictor, 0)))

    job = asked(real_worker, coarse, room(predictor, 1))
    picture = job.result().rgb
    preview = job.take_preview()
    assert preview is not None
    assert not job.has_preview
    assert np.array_equal(picture, wanted(predictor, room(predictor, 1)))
    assert preview.rgb.shape == picture.shape
    assert not np.array_equal(preview.rgb, picture)
    assert likeness(preview.rgb, picture) >= LIKE


def test_a_newer_request_takes_the_place_of_the_rest(
    real_worker: Worker, coarse: ModelRef, predictor: Predictor
) -> None:
    asked(real_worker, coarse, room(predictor, 0)).result()
    for seed in range(2, 6):
        older = asked(real_worker, coarse, room(predictor, seed))
        assert wait_until(lambda older=older: older.has_preview)
        newer = asked(real_worker, coarse, room(predictor, seed + 10))
        assert np.array_equal(newer.result().rgb, wanted(predictor, room(predictor, seed + 10)))
        with pytest.raises(Superseded):
            older.result()


def test_a_cancelled_one_goes_no_further(real_worker: Worker, coarse: ModelRef, predictor: Predictor) -> None:
    asked(real_worker, coarse, room(predictor, 0)).result()
    job = asked(real_worker, coarse, room(predictor, 1))
    assert wait_until(lambda: job.has_preview)
    job.cancel()
    after = asked(real_worker, coarse, room(predictor, 2))
    assert np.array_equal(after.result().rgb, wanted(predictor, room(predictor, 2)))


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_a_budget_that_is_none_is_refused(
    real_worker: Worker, coarse: ModelRef, predictor: Predictor, seconds: float
) -> None:
    job = real_worker.render(coarse, room(predictor, 0), noise_seed=0, slot="canvas", preview=seconds)
    with pytest.raises(JobFailed, match="A preview takes some seconds"):
        job.result()


def test_only_a_canvas_has_previews(real_worker: Worker, coarse: ModelRef, predictor: Predictor) -> None:
    layout = room(predictor, 0)
    for options in ({}, {"slot": "canvas", "size": (32, 32)}):
        job = real_worker.render(coarse, layout, noise_seed=0, preview=0.1, **options)
        with pytest.raises(JobFailed, match="Only a canvas's own picture has previews"):
            job.result()
