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


def previewed(worker: Worker, model: ModelRef, predictor: Predictor) -> tuple[Job[Picture], Layout[np.ndarray]]:
    """A request that has a preview: not every one has, where a moment's other work made it look too dear."""
    for seed in range(50):
        layout = room(predictor, seed)
        job = asked(worker, model, layout)
        assert wait_until(lambda job=job: job.has_preview or job.done(), 30)
        if job.has_preview:
            return job, layout
    raise AssertionError("None of fifty pictures had a preview.")


def wanted(predictor: Predictor, layout: Layout[np.ndarray]) -> np.ndarray:
    return predictor.picture(layout, noise_from_seed(0, predictor.config.resolution))[0]


def test_a_preview_then_the_picture(real_worker: Worker, coarse: ModelRef, predictor: Predictor) -> None:
    first = asked(real_worker, coarse, room(predictor, 0))
    assert np.array_equal(first.result().rgb, wanted(predictor, room(predictor, 0)))

    job, layout = previewed(real_worker, coarse, predictor)
    picture = job.result().rgb
    preview = job.take_preview()
    assert preview is not None
    assert not job.has_preview
    assert np.array_equal(picture, wanted(predictor, layout))
    assert preview.rgb.shape == picture.shape
    assert not np.array_equal(preview.rgb, picture)
    assert likeness(preview.rgb, picture) >= LIKE


def test_a_newer_request_takes_the_place_of_the_rest(
    real_worker: Worker, coarse: ModelRef, predictor: Predictor
) -> None:
    superseded = 0
    for seed in range(60, 64):
        older, layout = previewed(real_worker, coarse, predictor)
        newer = asked(real_worker, coarse, room(predictor, seed))
        assert np.array_equal(newer.result().rgb, wanted(predictor, room(predictor, seed)))
        try:
            assert np.array_equal(older.result().rgb, wanted(predictor, layout))  # this test was slower than the worker
        except Superseded:
            superseded += 1
    assert superseded


def test_a_cancelled_one_goes_no_further(real_worker: Worker, coarse: ModelRef, predictor: Predictor) -> None:
    job, _ = previewed(real_worker, coarse, predictor)
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
