"""Memory that is given back, and memory that really runs out: what is drawn then, and what is said of it."""

from __future__ import annotations

import re
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from processes import gone, wait_until
from traces import ONE_THREAD

from blobgan_blender.core.layout import Layout
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.engine import Engine
from blobgan_blender.inference.predictor import Predictor, to_rgb8
from blobgan_blender.inference.torch_engine import TorchEngine
from blobgan_blender.library.card import Card, ModelConfig
from blobgan_blender.library.model_file import sha256_of
from blobgan_blender.library.search import ModelRef
from blobgan_blender.model.blobgan import BlobGAN, save_model
from blobgan_blender.worker.client import Worker
from blobgan_blender.worker.jobs import JobFailed
from blobgan_blender.worker.models import Models
from blobgan_blender.worker.state import WorkerState

Make = Callable[..., Worker]
MIB = 1 << 20
# The limit is one of address space. By itself the C library keeps some of what was freed, more so on a busy machine,
# and by other threads it cannot be used.
GIVING_BACK = ONE_THREAD | {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072"}


def random_model(folder: Path, name: str, resolution: int, width: int, hidden: int) -> ModelRef:
    """A model of random weights."""
    torch.manual_seed(0)
    config = ModelConfig(
        resolution=resolution, blobs=4, d_noise=8, hidden=hidden, d_in=width, d_style=width, c_model=width
    )
    path = folder / f"{name}.safetensors"
    save_model(BlobGAN(config), path, Card(name, "", config, "CC0-1.0", "random weights"))
    return ModelRef(path, sha256_of(path))


@pytest.fixture(scope="module")
def large_pictures(tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    """Few weights, 512² pictures: some 100 MiB for each that is drawn."""
    return random_model(tmp_path_factory.mktemp("models"), "large pictures", 512, 16, 16)


@pytest.fixture(scope="module")
def huge_pictures(tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    """Few weights, 1024² pictures: some 400 MiB for each that is drawn."""
    return random_model(tmp_path_factory.mktemp("models"), "huge pictures", 1024, 16, 16)


@pytest.fixture(scope="module")
def large_weights(tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    """Some 450 MiB of weights, 32² pictures."""
    return random_model(tmp_path_factory.mktemp("models"), "large weights", 32, 8, 4096)


def used(process: int | str, what: str) -> int:
    """Bytes of a process: its address space, “VmSize”, or what of that lies in the memory, “VmRSS”."""
    status = (Path("/proc") / str(process) / "status").read_text()
    return int(re.search(rf"{what}:\s+(\d+) kB", status).group(1)) << 10


def limit_memory(worker: Worker, more: int) -> None:
    """Let the worker's process grow by so many bytes and no further: beyond, its allocations really fail."""
    pid = worker.info.pid
    resource.prlimit(pid, resource.RLIMIT_AS, (used(pid, "VmSize") + more, resource.RLIM_INFINITY))


def moved(layout: Layout[np.ndarray], count: int) -> list[Layout[np.ndarray]]:
    return [replace(layout, xs=layout.xs + np.float32(0.01) * index) for index in range(count)]


# Given back


def test_release_ends_the_process_and_the_next_request_starts_another(
    make_worker: Make, stand_in: Callable[[str], Path]
) -> None:
    worker = make_worker(stand_in("serve"))
    worker.submit("echo", {}).result(10)
    first = worker.info.pid
    began = time.perf_counter()
    worker.release()
    assert time.perf_counter() - began < 0.05
    assert worker.state is WorkerState.OFF
    assert gone(first)
    worker.submit("echo", {}).result(10)
    assert worker.info.pid != first


def test_idleness_is_the_time_since_the_last_job(make_worker: Make, stand_in: Callable[[str], Path]) -> None:
    worker = make_worker(stand_in("serve"))
    assert worker.idle_for is None
    running = worker.submit("sleep", {"seconds": 0.5})
    waiting = worker.submit("echo", {})
    assert worker.idle_for is None
    running.wait(10)
    waiting.result(10)
    first = worker.idle_for
    assert first is not None
    time.sleep(0.1)
    assert worker.idle_for >= first + 0.1
    worker.submit("sleep", {"seconds": 600})
    assert worker.idle_for is None
    worker.stop()
    assert worker.idle_for is None


# Run out


def test_what_does_not_fit_beside_another_model_is_drawn_without_it(
    make_worker: Make, large_pictures: ModelRef, large_weights: ModelRef
) -> None:
    worker = make_worker(Path(sys.executable), environment=GIVING_BACK)
    layout = worker.sample(large_pictures, seed=0, truncation=0.4).result(60)
    worker.load(large_weights).result(60)
    limit_memory(worker, 100 * MIB)
    picture = worker.render(large_pictures, layout, noise_seed=0).result(60)
    assert picture.made_by == f"torch {torch.__version__} on CPU"
    assert worker.notice == ""
    predictor = TorchEngine("cpu").load(large_pictures.path)
    image = predictor.render(layout, noise_from_seed(0, 512))
    assert np.abs(picture.rgb.astype(int) - to_rgb8(image)[0]).max() <= 1


def test_frames_that_do_not_fit_together_are_the_same_in_smaller_batches(
    make_worker: Make, large_pictures: ModelRef
) -> None:
    worker = make_worker(Path(sys.executable), environment={**ONE_THREAD, "BLOBGAN_BATCH": "4"})
    layout = worker.sample(large_pictures, seed=0, truncation=0.4).result(60)
    layouts = moved(layout, 9)
    alone = [worker.render(large_pictures, each, noise_seed=0).result(60).rgb for each in layouts[1:5]]
    limit_memory(worker, 150 * MIB)
    jobs = [worker.render(large_pictures, each, noise_seed=0) for each in layouts]
    frames = [job.result(100).rgb for job in jobs]
    assert all(np.array_equal(*pair) for pair in zip(frames[1:5], alone, strict=True))
    assert re.match(r"The memory of CPU is short: frames are drawn [12] at a time", worker.notice)
    worker.release()
    assert worker.notice == ""


def test_a_picture_that_does_not_fit_at_all_fails_in_a_sentence_and_the_next_is_drawn(
    make_worker: Make, model: ModelRef, huge_pictures: ModelRef
) -> None:
    worker = make_worker(Path(sys.executable), environment=GIVING_BACK)
    layout = worker.sample(huge_pictures, seed=0, truncation=0.4).result(60)
    small = worker.sample(model, seed=0, truncation=0.4).result(60)
    before = worker.render(model, small, noise_seed=0).result(60)
    held = used(worker.info.pid, "VmRSS")
    limit_memory(worker, 100 * MIB)
    for slot in ("canvas", None):  # on a CPU there is nothing lighter, for live pictures either
        with pytest.raises(JobFailed, match="does not fit into the memory of CPU.*smaller picture") as raised:
            worker.render(huge_pictures, layout, noise_seed=0, slot=slot).result(60)
        assert raised.value.kind == "memory"
    assert wait_until(lambda: used(worker.info.pid, "VmRSS") < held + 60 * MIB)
    limit_memory(worker, 400 * MIB)  # there is room again, as when another program has ended
    after = worker.render(model, small, noise_seed=0).result(60)
    assert np.array_equal(before.rgb, after.rgb)


class Hungry(TorchEngine):
    """Draws each picture eight times over, as an engine on a device with little memory would fail to."""

    def load(self, path: Path, sha256: str | None = None) -> Predictor:
        predictor = super().load(path, sha256)
        draw = predictor.render
        predictor.render = lambda layout, noise: draw(layout.map(lambda a: np.concatenate([a] * 8)), noise)[:1]
        return predictor

    def lighter(self) -> Engine:
        return TorchEngine("cpu")


def test_live_pictures_go_on_with_a_lighter_engine_and_final_ones_fail(
    large_pictures: ModelRef, little_memory: Callable[[int], None]
) -> None:
    engine, noise = Hungry("cpu"), noise_from_seed(0, 512)
    layout = TorchEngine("cpu").load(large_pictures.path).sample(z_from_seed(0, 1, 8), 0.4)
    models = Models(engine, lambda _fraction, _text: None)
    work = large_pictures.path, large_pictures.sha256, lambda predictor: predictor.render(layout, noise)
    whole = models.final(*work)
    assert models.live(*work).tobytes() == whole.tobytes()
    assert models.notice == ""
    models.free()
    little_memory(200 * MIB)
    for _ in range(2):
        assert np.abs(models.live(*work) - whole).max() < 1e-3
        assert type(models.live_engine) is TorchEngine
        assert re.match(
            r"The memory of CPU is full: live pictures are drawn on CPU\. Final ones are not", models.notice
        )
        with pytest.raises(RuntimeError, match="allocate memory|create a primitive"):
            models.final(*work)


@pytest.fixture
def little_memory() -> Callable[[int], None]:
    """Let this process grow by so many bytes and no further."""
    before = resource.getrlimit(resource.RLIMIT_AS)

    def allow(more: int) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (used("self", "VmSize") + more, before[1]))

    yield allow
    resource.setrlimit(resource.RLIMIT_AS, before)


def test_a_gpu_gives_half_precision_and_then_the_cpu() -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    engine = TorchEngine("cuda")
    assert engine.lighter().device == f"{engine.device}, half precision"
    assert engine.lighter().lighter().device == "CPU"


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_half_precision_is_live_quality(model: ModelRef, device: str) -> None:
    """The design's bound: 60 dB against the final picture, of a range of 2."""
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    whole, half = (TorchEngine(device, half=half).load(model.path) for half in (False, True))
    layout = whole.sample(z_from_seed(3, 1, whole.config.d_noise), 0.4)
    noise = noise_from_seed(0, whole.config.resolution)
    error = half.render(layout, noise) - whole.render(layout, noise)
    assert 20 * np.log10(2 / np.sqrt(np.mean(error**2))) >= 60
