"""The real worker: torch, the bundled model, and the real predictor as the measure of its pictures."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from processes import children, gone, wait_until
from traces import ONE_THREAD, PACKAGE

from blobgan_blender.core.completion import MET, Pins
from blobgan_blender.core.cryptomatte import ids_of
from blobgan_blender.core.errors import WorkerError
from blobgan_blender.core.filters import resize
from blobgan_blender.core.layout import Layout
from blobgan_blender.core.palette import palette
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.mattes import ranked
from blobgan_blender.inference.predictor import Predictor, map_to_rgb8, to_rgb8
from blobgan_blender.inference.torch_engine import TorchEngine
from blobgan_blender.library.search import ModelRef
from blobgan_blender.worker.client import Worker
from blobgan_blender.worker.jobs import Cancelled, JobFailed, Superseded
from blobgan_blender.worker.state import WorkerState

Make = Callable[..., Worker]


@pytest.fixture(scope="module")
def predictor(model: ModelRef) -> Predictor:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield TorchEngine("cpu").load(model.path, model.sha256)
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def layout(predictor: Predictor) -> Layout[np.ndarray]:
    return predictor.sample(z_from_seed(3, 1, predictor.config.d_noise), 0.4)


def drawn(predictor: Predictor, layout: Layout[np.ndarray], noise_seed: int = 0) -> np.ndarray:
    return predictor.render(layout, noise_from_seed(noise_seed, predictor.config.resolution))


# Its answers are the predictor's


def test_the_card_arrives(real_worker: Worker, model: ModelRef, predictor: Predictor) -> None:
    card = real_worker.load(model).result(60)
    assert card["architecture"] == asdict(predictor.config)
    assert (card["name"], card["sha256"]) == (predictor.card.name, model.sha256)
    assert card["device"] == real_worker.device == "CPU"
    assert real_worker.info is not None
    assert real_worker.info.engine == f"torch {torch.__version__}"


def test_without_torch_onnxruntime_draws_the_same(
    make_worker: Make, model: ModelRef, predictor: Predictor, layout: Layout[np.ndarray]
) -> None:
    """The design's tolerance across engines: 1/255 on 99.9 % of the values."""
    worker = make_worker(Path(sys.executable), environment={**ONE_THREAD, "BLOBGAN_ENGINE": "onnx"})
    rgb = worker.render(model, layout, noise_seed=0).result(60).rgb.astype(int)
    assert worker.info is not None
    assert worker.info.engine == f"onnxruntime {onnxruntime.__version__}"
    assert "torch" not in (Path("/proc") / str(worker.info.pid) / "maps").read_text()
    assert (np.abs(rgb - to_rgb8(drawn(predictor, layout))[0]) <= 1).mean() >= 0.999
    sampled = worker.sample(model, seed=3, truncation=0.4).result(60)
    for name, array in sampled.arrays().items():
        assert np.abs(array - getattr(layout, name)).max() < 1e-4
    pins = Pins(np.array([3]), np.array([0.4], np.float32), np.array([0.6], np.float32), np.array([1.0], np.float32))
    with pytest.raises(JobFailed) as refused:
        worker.complete(model, pins, truncation=0.4, seed=0, count=2).result(60)
    assert str(refused.value) == (
        "Auto-Complete needs PyTorch, and the ONNX engine draws here. Press Set Up PyTorch in the preferences of "
        "BlobGAN, or set a Python with torch as Worker Python there."
    )


def test_an_engine_that_is_none_is_named(make_worker: Make, model: ModelRef) -> None:
    worker = make_worker(Path(sys.executable), environment={**ONE_THREAD, "BLOBGAN_ENGINE": "abacus"})
    with pytest.raises(WorkerError, match="BLOBGAN_ENGINE is “abacus”. Set it to torch or onnx"):
        worker.load(model).result(60)


def test_samples_are_the_predictors(real_worker: Worker, model: ModelRef, predictor: Predictor) -> None:
    z = z_from_seed(11, 1, predictor.config.d_noise)
    expected = predictor.sample(z, 0.3)
    for job in (
        real_worker.sample(model, seed=11, truncation=0.3),
        real_worker.sample(model, z=z, truncation=0.3),
        real_worker.sample(model, z=z[0], truncation=0.3),
    ):
        for name, array in job.result(60).arrays().items():
            assert np.array_equal(array, getattr(expected, name)), name


def test_pictures_are_the_predictors_byte_for_byte(
    real_worker: Worker, model: ModelRef, predictor: Predictor, layout: Layout[np.ndarray]
) -> None:
    edited = replace(layout.map(np.array), xs=layout.xs.astype(np.float64) + 0.1)
    cloned = edited.map(lambda a: np.concatenate([a, a[:, -2:]], axis=1))
    empty = layout.map(lambda a: a[:, :1])
    empty = replace(empty, xs=empty.xs[:, :0], ys=empty.ys[:, :0], covs=empty.covs[:, :0])
    for noise_seed, which in enumerate((layout, edited, cloned, empty)):
        picture = real_worker.render(model, which, noise_seed=noise_seed, blob_map=True).result(60)
        assert np.array_equal(picture.rgb, to_rgb8(drawn(predictor, which, noise_seed))[0])
        expected = map_to_rgb8(predictor.blob_map(which, palette(which.blobs)))[0]
        assert np.array_equal(picture.blob_map, expected)
        assert 0 < picture.seconds < 60


def test_another_size_is_resampled_before_rounding(
    real_worker: Worker, model: ModelRef, predictor: Predictor, layout: Layout[np.ndarray]
) -> None:
    side = predictor.config.resolution
    own = real_worker.render(model, layout, noise_seed=0).result(60)
    assert own.blob_map is None
    same = real_worker.render(model, layout, noise_seed=0, size=(side, side)).result(60)
    assert np.array_equal(own.rgb, same.rgb)
    wide = real_worker.render(model, layout, noise_seed=0, size=(3 * side, side // 2), blob_map=True).result(60)
    assert wide.rgb.shape == (side // 2, 3 * side, 3)
    assert wide.blob_map is not None
    assert wide.blob_map.shape == wide.rgb.shape
    expected = to_rgb8(resize(drawn(predictor, layout), (3 * side, side // 2)))[0]
    assert np.array_equal(wide.rgb, expected)
    soft = real_worker.render(
        model, layout, noise_seed=0, size=(3 * side, side // 2), filter_name="LINEAR", region=(10, 20, 50, 30)
    ).result(60)
    expected = to_rgb8(resize(drawn(predictor, layout), (3 * side, side // 2), "LINEAR"))[0]
    assert np.array_equal(soft.rgb, expected[20:30, 10:50])


def test_mattes_are_what_follows_from_the_geometry(
    real_worker: Worker, model: ModelRef, predictor: Predictor, layout: Layout[np.ndarray]
) -> None:
    blobs = layout.blobs
    numbers, ids = np.arange(blobs)[::-1].copy(), ids_of(map(str, range(blobs)))
    given = {"numbers": numbers, "ids": ids}
    made = real_worker.mattes(model, layout, **given, mattes=True, index=True, levels=2, blob_map=True).result(60)
    mattes = predictor.mattes(layout)[0]
    assert np.array_equal(made.mattes, mattes[1:])
    assert np.array_equal(made.index, np.concatenate([[0], numbers + 1])[mattes.argmax(axis=0)])
    assert np.array_equal(made.cryptomatte, ranked(mattes[1:], ids, 2))
    colors = palette(blobs)[[0, *(numbers + 1)]]
    assert np.array_equal(made.blob_map, map_to_rgb8(predictor.blob_map(layout, colors))[0])
    alone = real_worker.mattes(model, layout, **given, index=True, size=(300, 300), region=(0, 7, 9, 8)).result(60)
    assert (alone.mattes, alone.cryptomatte, alone.blob_map) == (None, None, None)
    enlarged = np.clip(resize(mattes, (300, 300)), 0, 1)
    assert np.array_equal(alone.index, np.concatenate([[0], numbers + 1])[enlarged.argmax(axis=0)][7:8, :9])


def test_a_drag_ends_with_the_newest_picture(
    real_worker: Worker, model: ModelRef, predictor: Predictor, layout: Layout[np.ndarray]
) -> None:
    real_worker.load(model).result(60)
    moved = [replace(layout, xs=layout.xs + step / 100) for step in range(100)]
    jobs = [real_worker.render(model, which, noise_seed=0, slot="canvas") for which in moved]
    assert np.array_equal(jobs[-1].result(60).rgb, to_rgb8(drawn(predictor, moved[-1]))[0])
    drawn_ones = [job for job in jobs if job.error() is None]
    assert len(drawn_ones) < 10
    assert all(job.error() is None or isinstance(job.error(), Superseded) for job in jobs)


# What it refuses, and lives on


def test_malformed_requests(real_worker: Worker, model: ModelRef, layout: Layout[np.ndarray]) -> None:
    not_a_number = replace(layout, ys=np.where(layout.ys > 0.5, np.nan, layout.ys))
    narrow = replace(layout, features=layout.features[..., :-1])
    whole = replace(layout, xs=np.zeros(layout.xs.shape, np.int64))
    some, few, none = np.arange(layout.blobs), np.arange(2), np.zeros(layout.blobs, np.float32)
    head = {"model": str(model.path), "sha256": model.sha256, "noise_seed": 0, "blob_map": False}
    for job, words in (
        (real_worker.render(model, not_a_number, noise_seed=0), "ys must be finite"),
        (real_worker.render(model, whole, noise_seed=0), "xs must be finite"),
        (real_worker.render(model, narrow, noise_seed=0), "made by another model"),
        (real_worker.render(model, layout, noise_seed=-1), "seed lies in"),
        (real_worker.render(model, layout, noise_seed=0, size=(0, 5)), "width and a height"),
        (real_worker.render(model, layout, noise_seed=0, size=(5, 9000)), "width and a height"),
        (real_worker.render(model, layout, noise_seed=0, size=(50, 50), filter_name="x"), "resized by one of"),
        (real_worker.render(model, layout, noise_seed=0, size=(50, 50), region=(0, 0, 0, 5)), "lies within"),
        (real_worker.mattes(model, layout, numbers=few, ids=few), "for each of"),
        (real_worker.mattes(model, layout, numbers=some - 1, ids=none), "number lies in"),
        (real_worker.mattes(model, layout, numbers=some, ids=none, levels=9), "up to 8 levels"),
        (real_worker.sample(model, seed=0, truncation=1.5), "Truncation lies in"),
        (real_worker.sample(model, z=np.zeros(3), truncation=0.0), "This model's noise is"),
        (real_worker.submit("import os", {}), "does not know the operation"),
        (real_worker.submit("render", head), "must be list"),
        (real_worker.submit("render", {**head, "appearances": [[1]]}), "names the appearances"),
        (real_worker.submit("render", {**head, "appearances": []}), "names the appearances"),
        (real_worker.submit("render", {**head, "appearances": ["0"]}), "cannot keep this layout's appearances"),
        (real_worker.submit("x", {}, {"new_features": np.zeros(3)}), "Appearances come as"),
        (real_worker.submit("x", {}, {n: np.zeros((1, 2)) for n in ("new_features", "new_styles")}), "float32"),
        (real_worker.submit("load", {"model": 3}), "'model' must be str"),
    ):
        with pytest.raises(WorkerError, match=words) as raised:
            job.result(60)
        if isinstance(raised.value, JobFailed):
            assert raised.value.kind == "request"
    assert real_worker.state is WorkerState.READY


def test_models_that_are_no_models(real_worker: Worker, model: ModelRef, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(model.path.read_bytes()[:-100])
    shutil.copy(model.path.with_suffix(".json"), damaged.with_suffix(".json"))
    pickled = tmp_path / "pickled.ckpt"
    pickled.write_bytes(b"\x80\x05cos\nsystem\n(S'true'\ntR.")
    before = real_worker.load(model).result(60)
    for ref in (
        ModelRef(tmp_path / "absent.safetensors", "0" * 64),
        ModelRef(damaged, "0" * 64),
        ModelRef(pickled, "0" * 64),
        ModelRef(tmp_path, "0" * 64),
    ):
        with pytest.raises(JobFailed) as raised:
            real_worker.load(ref).result(60)
        assert raised.value.kind == "model", raised.value
    assert real_worker.load(model).result(60) == before


def test_a_picture_too_large_for_the_memory(make_worker: Make, model: ModelRef, layout: Layout[np.ndarray]) -> None:
    worker = make_worker(Path(sys.executable), environment=ONE_THREAD)
    small = worker.render(model, layout, noise_seed=0).result(60)
    assert worker.info is not None
    status = (Path("/proc") / str(worker.info.pid) / "status").read_text()
    used = int(re.search(r"VmSize:\s+(\d+) kB", status).group(1)) << 10
    resource.prlimit(worker.info.pid, resource.RLIMIT_AS, (used + (256 << 20),) * 2)
    with pytest.raises(JobFailed, match="does not fit into the memory") as raised:
        worker.render(model, layout, noise_seed=0, size=(8192, 8192), blob_map=True).result(60)
    assert raised.value.kind == "memory"
    assert np.array_equal(worker.render(model, layout, noise_seed=0).result(60).rgb, small.rgb)


def test_a_device_that_is_not_there(make_worker: Make, model: ModelRef) -> None:
    worker = make_worker(Path(sys.executable), environment={"BLOBGAN_DEVICE": "mps"})
    with pytest.raises(WorkerError, match="mps"):
        worker.load(model).result(60)
    assert "\n" not in str(worker.failure)


# Killed


def test_killed_during_a_load_a_render_and_a_drag(
    make_worker: Make, model: ModelRef, predictor: Predictor, layout: Layout[np.ndarray]
) -> None:
    worker = make_worker(Path(sys.executable), environment=ONE_THREAD)
    loading = worker.load(model)
    assert wait_until(lambda: loading.progress[1].startswith("Loading"), 60)
    kill(worker)
    with pytest.raises(WorkerError, match="ended unexpectedly"):
        loading.result(5)

    # The same worker object, another process; and the next has none of the appearances that this one was sent.
    for step in range(40):
        moved = replace(layout, xs=layout.xs + step / 100)
        job = worker.render(model, moved, noise_seed=0, slot="canvas")
        if step == 20:
            job.result(60)
            large = worker.render(model, moved, noise_seed=0, size=(4000, 4000))
            time.sleep(0.1)
            kill(worker)
            with pytest.raises(WorkerError, match="ended unexpectedly"):
                large.result(5)
        time.sleep(0.01)
    assert np.array_equal(job.result(60).rgb, to_rgb8(drawn(predictor, moved))[0])


def kill(worker: Worker) -> None:
    assert worker.info is not None
    os.kill(worker.info.pid, signal.SIGKILL)


@pytest.mark.parametrize("moment", ["while it imports torch", "while it draws"])
def test_a_worker_does_not_outlive_its_blender(model: ModelRef, tmp_path: Path, moment: str) -> None:
    blender = tmp_path / "blender.py"
    blender.write_text(
        textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        sys.path.insert(0, {str(PACKAGE.parent)!r})
        from blobgan_blender.library.search import ModelRef
        from blobgan_blender.worker.client import Worker
        worker = Worker(Path(sys.executable), environment={ONE_THREAD!r})
        model = ModelRef(Path({str(model.path)!r}), {model.sha256!r})
        worker.start()
        if {moment!r} == "while it draws":
            layout = worker.sample(model, seed=0, truncation=0.4).result(60)
            job = worker.render(model, layout, noise_seed=0, size=(8000, 8000))
            time.sleep(0.2)
        print("now", flush=True)
        time.sleep(600)
        """)
    )
    with subprocess.Popen(
        [sys.executable, str(blender)], stdout=subprocess.PIPE, env={**os.environ, "TMPDIR": str(tmp_path)}
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"now\n"
        assert wait_until(lambda: bool(children(parent.pid)))
        (worker,) = children(parent.pid)
        if moment == "while it imports torch":
            assert wait_until(lambda: "torch" in (Path("/proc") / str(worker) / "maps").read_text(), 30)
        parent.kill()
    # The process is one of nobody's now; libtorch's loading, which holds Python's lock, may delay its end.
    assert gone(worker)
    assert list(tmp_path.glob("blobgan-*")) == []


# How it is loaded


def test_the_package_is_loaded_by_path_and_its_neighbours_are_not(tmp_path: Path) -> None:
    extensions = tmp_path / "extensions"
    extensions.mkdir()
    (extensions / "json.py").write_text("raise SystemExit('a neighbour was imported')")
    (extensions / "other_extension.py").write_text("")
    (extensions / "named by Blender").symlink_to(PACKAGE)
    program = f"""
import importlib.util, json, sys
before = list(sys.path)
launcher = {str(extensions / "named by Blender" / "worker" / "launch.py")!r}
spec = importlib.util.spec_from_file_location("launch", launcher)
launch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(launch)
launch.load_package(launch.Path({str(extensions / "named by Blender")!r}))
from blobgan_blender.worker import protocol
print(json.dumps({{
    "path": sys.path == before,
    "neighbour": importlib.util.find_spec("other_extension") is None,
    "name": protocol.__name__,
    "bpy or torch": sorted({{"bpy", "torch"}} & set(sys.modules)),
}}))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True, cwd=extensions, timeout=30
    )
    assert json.loads(done.stdout) == {
        "path": True,
        "neighbour": True,
        "name": "blobgan_blender.worker.protocol",
        "bpy or torch": [],
    }


def test_the_client_imports_neither_torch_nor_bpy() -> None:
    program = "import sys\nfrom blobgan_blender.worker import client, python_search\nprint(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=PACKAGE.parent, timeout=30
    )
    assert "numpy" in done.stdout
    for name in ("'torch'", "'bpy'", "'safetensors'"):
        assert name not in done.stdout


# Auto-complete


def test_completing_reports_and_is_the_predictors(
    real_worker: Worker, model: ModelRef, predictor: Predictor, layout: Layout[np.ndarray]
) -> None:
    rows = np.array([3, 6])
    pins = Pins(rows, layout.xs[0, rows], layout.ys[0, rows], layout.sizes[0, rows + 1])
    job = real_worker.complete(model, pins, truncation=0.4, seed=5, count=3)
    found = job.result(100)
    assert job.progress[0] > 0.3
    expected = predictor.complete(pins, 0.4, 5, 3, lambda _fraction, _text: None)
    for name, array in found.layouts.arrays().items():
        np.testing.assert_allclose(array, getattr(expected.layouts, name), atol=1e-5, err_msg=name)
    assert found.misses.max() < MET


def test_completing_can_be_cancelled_and_the_worker_lives_on(
    real_worker: Worker, model: ModelRef, layout: Layout[np.ndarray]
) -> None:
    pins = Pins(np.array([3]), layout.xs[0, [3]], layout.ys[0, [3]], layout.sizes[0, [4]])
    job = real_worker.complete(model, pins, truncation=0.4, seed=5, count=64)
    assert wait_until(lambda: job.progress[0] > 0.02 or job.done())
    pid = real_worker.info.pid
    job.cancel()
    with pytest.raises(Cancelled):
        job.result(10)
    real_worker.sample(model, seed=1, truncation=0.4).result(60)
    assert real_worker.info.pid == pid


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"indices": np.array([99])}, "some of this model's blobs 0 … 12"),
        ({"xs": np.array([np.nan])}, "must be finite numbers"),
        ({"xs": np.array([0.5, 0.5])}, "come as indices, xs, ys and sizes"),
    ],
)
def test_bad_pins_are_refused(real_worker: Worker, model: ModelRef, change: dict[str, np.ndarray], words: str) -> None:
    half = np.array([0.5])
    pins = replace(Pins(np.array([3]), half, half, half), **change)
    with pytest.raises(JobFailed, match=words):
        real_worker.complete(model, pins, truncation=0.4, seed=5, count=2).result(60)


# Frames of an animation


@pytest.mark.parametrize("engine", ["torch", "onnx"])
def test_frames_that_wait_are_drawn_together_and_are_the_same_bytes(
    make_worker: Make, model: ModelRef, layout: Layout[np.ndarray], engine: str
) -> None:
    layouts = [replace(layout, xs=layout.xs + np.float32(0.01) * index) for index in range(9)]
    pictures = {}
    for batch in ("1", "4"):
        environment = {**ONE_THREAD, "BLOBGAN_BATCH": batch, "BLOBGAN_ENGINE": engine}
        worker = make_worker(Path(sys.executable), environment=environment)
        worker.load(model).result()
        jobs = [worker.render(model, each, noise_seed=0) for each in layouts]
        jobs[6].cancel()
        pictures[batch] = [job.result().rgb for index, job in enumerate(jobs) if index != 6]
        with pytest.raises(Cancelled):
            jobs[6].result()
        worker.stop()
    assert all(np.array_equal(*pair) for pair in zip(*pictures.values(), strict=True))
    assert not np.array_equal(pictures["1"][0], pictures["1"][1])


def test_one_bad_frame_among_those_drawn_together_fails_alone(
    make_worker: Make, model: ModelRef, layout: Layout[np.ndarray]
) -> None:
    worker = make_worker(
        Path(sys.executable), environment={**ONE_THREAD, "BLOBGAN_BATCH": "4", "BLOBGAN_ENGINE": "onnx"}
    )
    worker.load(model).result()
    bad = replace(layout, xs=np.full_like(layout.xs, np.nan))
    jobs = [worker.render(model, each, noise_seed=0) for each in (layout, layout, bad, layout, layout)]
    with pytest.raises(JobFailed, match="finite numbers"):
        jobs[2].result()
    good = [job.result().rgb for index, job in enumerate(jobs) if index != 2]
    assert all(np.array_equal(good[0], other) for other in good)
