"""Compiling for real, here by a C compiler: the same pictures, nothing left behind, and nothing lost where it fails."""

from __future__ import annotations

import gc
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import IO

import numpy as np
import pytest
import torch
from golden.cases import psnr
from processes import children, gone, wait_until

from blobgan_blender.core.layout import Layout
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference import compiling, quickening
from blobgan_blender.inference.compiling import Compilation, compile_beside
from blobgan_blender.inference.devices import probe
from blobgan_blender.inference.drafts import LEAST_PSNR, Drafts, NotNow, shape_of
from blobgan_blender.inference.live_decoder import STILL, LiveDecoder
from blobgan_blender.inference.quickening import OFTEN, Quickening
from blobgan_blender.inference.torch_engine import TorchEngine, TorchPredictor
from blobgan_blender.library.card import Card, ModelConfig
from blobgan_blender.model.blobgan import BlobGAN, load_model, save_model

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no g++")
CONFIG = ModelConfig(resolution=32, blobs=3, d_noise=8, hidden=8, d_in=8, d_style=8, c_model=4)
NOISE = noise_from_seed(0, 32)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights that is compiled in seconds."""
    torch.set_num_threads(1)  # for tensors this small, threads cost more than they give
    torch.manual_seed(0)
    model = BlobGAN(CONFIG)
    model.compute_mean_latent(samples=64)
    path = tmp_path_factory.mktemp("models") / "few.safetensors"
    save_model(model, path, Card("few", "", CONFIG, "CC0-1.0", "random weights"))
    return path


@pytest.fixture(scope="module")
def predictor(path: Path) -> TorchPredictor:
    return TorchEngine("cpu").load(path)


@pytest.fixture
def road(path: Path) -> LiveDecoder:
    return LiveDecoder(load_model(path)[0].generator, half=False, fused=True)


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is compiled is compiled anew, and goes with the test; nothing goes on after it."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "compiled"))
    yield
    compiling.stop()


@pytest.fixture
def shared_cache(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that need not see a C compiler at work: the second of them takes less time."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(path.parent / "compiled"))


def room(predictor: TorchPredictor, seed: int = 0) -> Layout[np.ndarray]:
    return predictor.sample(z_from_seed(seed, 1, 8), 0.3)


def begun(road: LiveDecoder, layout: Layout[np.ndarray]) -> Compilation:
    compilation = compile_beside(road, layout, NOISE)
    assert compilation is not None
    return compilation


def over(compilation: Compilation) -> bool:
    """While the hand rests."""

    def is_over() -> bool:
        compilation.go_on()
        return compilation.is_over

    return wait_until(is_over, 200)


def slow(predictor: TorchPredictor) -> Callable[..., np.ndarray]:
    def picture(*given: object) -> np.ndarray:
        time.sleep(0.5)
        return predictor.picture(*given)

    return picture


@needs_compiler
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("shared_cache")
def test_drafts_are_the_same_and_so_are_final_pictures(predictor: TorchPredictor, road: LiveDecoder) -> None:
    quickening = Quickening(compile_beside)
    drafts, picture = Drafts(lambda: road, quickening), slow(predictor)
    rooms = [room(predictor, seed) for seed in range(3)]
    flags = torch.are_deterministic_algorithms_enabled(), sys.getswitchinterval(), gc.isenabled()
    before = [predictor.picture(each, NOISE) for each in rooms]
    for _ in range(OFTEN + 1):
        eager = drafts(rooms[0], NOISE, picture)
    assert eager is not None
    assert drafts.rest(picture)
    compilation = quickening._compiling[0]
    during = []
    while not compilation.is_over:
        compilation.go_on()
        during += [predictor.picture(each, NOISE) for each in rooms]
        assert np.array_equal(drafts(rooms[0], NOISE, picture), eager)
        assert torch.are_deterministic_algorithms_enabled() == flags[0]
        time.sleep(0.05)
    assert len(during) > len(rooms)
    quickening._try(compilation, (rooms[0], NOISE), _slowed(road), picture)  # a CPU need not gain by it
    assert quickening.newest_is_compiled
    for each in rooms:
        found, wanted = (draw(each, NOISE).astype(int) for draw in (road, predictor.picture))
        assert np.abs(found - wanted).max() <= 1
    after = [predictor.picture(each, NOISE) for each in rooms]
    assert all(np.array_equal(one, before[index % 3]) for index, one in enumerate((*during, *after)))
    assert flags == (torch.are_deterministic_algorithms_enabled(), sys.getswitchinterval(), gc.isenabled())


def _slowed(road: LiveDecoder) -> Callable[..., np.ndarray]:
    """The road, which is slow until it draws by what was compiled."""

    def draw(*given: object) -> np.ndarray:
        time.sleep(0.0 if road._compiled else 0.1)
        return road(*given)

    return draw


@needs_compiler
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("shared_cache")
def test_another_model_of_the_same_kind_is_drawn_with_its_own_weights(
    predictor: TorchPredictor, road: LiveDecoder, path: Path
) -> None:
    """Nothing of the weights is compiled in: they are another's, and random."""
    other = load_model(path)[0].generator
    for weight in other.parameters():
        weight.data *= 1.1
    wanted = LiveDecoder(other, half=False)(room(predictor), NOISE).astype(int)
    compilation = begun(road, room(predictor))
    assert over(compilation)
    compilation.take()
    (drawing,) = road._compiled.values()
    second = LiveDecoder(other, half=False, fused=True)
    second.adopt(shape_of(room(predictor)), drawing)
    assert np.abs(second(room(predictor), NOISE) - wanted).max() <= 1
    compilation.leave()
    assert road._compiled == {}


def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(compiling.VARIABLE, raising=False)
    assert compiling.is_wanted()
    monkeypatch.setenv(compiling.VARIABLE, "0")
    assert not compiling.is_wanted()


def test_no_compiler(
    predictor: TorchPredictor, road: LiveDecoder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has a line of it, once; drafts go on as they were, and another model may try."""
    monkeypatch.setenv("CXX", "/bin/false")
    drafts, picture, layout = Drafts(lambda: road, Quickening(compile_beside)), slow(predictor), room(predictor)
    before = [drafts(layout, NOISE, picture) for _ in range(OFTEN + 1)][-1]
    assert before is not None
    assert drafts.rest(picture)
    with caplog.at_level(logging.INFO):
        assert wait_until(lambda: not drafts.rest(picture), 200)
        for _ in range(OFTEN + 1):
            assert np.array_equal(drafts(layout, NOISE, picture), before)
        assert not drafts.rest(picture)
    (said,) = caplog.messages
    assert said.startswith("drafts are not compiled: RuntimeError: exit code 1")
    assert road._compiled == {}
    assert compile_beside(road, layout, NOISE) is not None


def test_no_triton(predictor: TorchPredictor, road: LiveDecoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process is asked what can be seen from here. A C compiler needs none of it."""
    monkeypatch.setitem(sys.modules, "triton", None)  # as if it were not installed
    with monkeypatch.context() as patch:
        patch.setattr(road, "device", torch.device("cuda"))
        with pytest.raises(RuntimeError, match="no Triton"):
            compile_beside(road, room(predictor), NOISE)
    assert compile_beside(road, room(predictor), NOISE) is not None


class Begun(Exception):  # noqa: N818 - it says that nothing was missing
    """A process would be started now."""


@pytest.fixture
def gpu_road(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """That of a machine with a GPU and Triton, and the first that compiling asks of it raises `Begun`."""
    triton = ModuleType("triton")
    triton.__spec__ = ModuleSpec("triton", None)
    monkeypatch.setitem(sys.modules, "triton", triton)

    def prepared(*_given: object) -> None:
        raise Begun

    return SimpleNamespace(device=torch.device("cuda"), prepared=prepared)


@pytest.mark.parametrize(
    ("there", "named", "words"),
    [
        (["gcc"], None, None),
        (["clang"], None, None),
        (["icx"], "icx", None),
        ([], None, "no gcc and no clang"),
        (["cc"], None, "no gcc and no clang"),  # which Triton does not look for
        (["gcc"], "icx", "CC names 'icx'"),
        (["gcc"], "", "CC names ''"),
    ],
)
def test_a_c_compiler_is_looked_for_where_triton_does(
    gpu_road: SimpleNamespace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: list[str],
    named: str | None,
    words: str | None,
) -> None:
    for name in there:
        (tmp_path / name).touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    if named is not None:
        monkeypatch.setenv("CC", named)
    with pytest.raises(RuntimeError if words else Begun, match=words):
        compile_beside(gpu_road, None, [])


def test_no_c_compiler_is_said_once(
    predictor: TorchPredictor,
    gpu_road: SimpleNamespace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not of each model; and one that is loaded when there is a compiler has its drafts compiled."""
    monkeypatch.setattr(quickening, "_lacked", set())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)

    def drag_and_rest() -> Quickening:
        one_models = Quickening(compile_beside)
        for _ in range(OFTEN):
            one_models.heed(room(predictor), NOISE)
        assert not one_models.rest(gpu_road, predictor.picture)
        return one_models

    with caplog.at_level(logging.INFO):
        assert all(drag_and_rest().is_given_up for _ in range(3))
        (said,) = caplog.messages
        assert "no C compiler" in said
        (tmp_path / "gcc").touch(0o755)
        drag_and_rest()
    assert "Begun" in caplog.messages[-1]


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ("echo a warning; echo compiled: /a/path; echo a last word; exit 3", "/a/path"),
        ("echo Traceback; echo RuntimeError: no Triton; exit 1", "exit code 1: RuntimeError: no Triton"),
        ("kill -9 $$", "exit code -9: no word"),
    ],
)
def test_what_a_process_says(
    predictor: TorchPredictor, road: LiveDecoder, monkeypatch: pytest.MonkeyPatch, script: str, outcome: str
) -> None:
    """Libraries have last words, and crash when all is done."""

    def started(_order: object, output: IO[bytes]) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        return subprocess.Popen(["/bin/sh", "-c", script], stdin=pipe, stdout=output, start_new_session=True)

    loaded: list[str] = []
    monkeypatch.setattr(compiling, "_started", started)
    monkeypatch.setattr(compiling, "load", lambda path: loaded.append(str(path)))
    compilation = begun(road, room(predictor))
    assert over(compilation)
    with pytest.raises(Exception) as raised:  # noqa: PT011 - what is loaded here is nothing that draws
        compilation.take()
    assert [*loaded, str(raised.value)][0] == outcome


@needs_compiler
def test_what_is_not_taken_leaves_no_file(predictor: TorchPredictor, road: LiveDecoder, tmp_path: Path) -> None:
    before = compilers(os.getpid())
    compilation = begun(road, room(predictor))
    assert wait_until(lambda: any((tmp_path / "compiled").glob("blobgan/*.artifact")), 60)
    assert wait_until(lambda: compilers(os.getpid()) <= before, 10)  # until then nobody knows of the file
    time.sleep(0.5)
    compilation.stop()
    assert not list((tmp_path / "compiled").glob("blobgan/*"))


def test_the_files_of_a_stranger_are_not_read(predictor: TorchPredictor, road: LiveDecoder, tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a folder away")
    (tmp_path / "compiled").mkdir()
    os.chown(tmp_path / "compiled", 65534, -1)
    compilation = begun(road, room(predictor))
    assert over(compilation)
    with pytest.raises(RuntimeError, match="somebody else's"):
        compilation.take()


def test_one_at_a_time(predictor: TorchPredictor, road: LiveDecoder) -> None:
    begun(road, room(predictor))
    assert compile_beside(road, room(predictor), NOISE) is None


@pytest.fixture
def slow_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A C compiler that never ends."""
    compiler = tmp_path / "c++"
    compiler.write_text("#!/bin/sh\nsleep 600\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))


def compilers(parent: int) -> set[int]:
    """The process that compiles, and its own."""
    own = children(parent)
    return own.union(*(compilers(each) for each in own))


def busy(parent: int, but: set[int]) -> set[int]:
    """Those processes, once there are three: the one that compiles, its C compiler, and what that waits for."""
    assert wait_until(lambda: len(compilers(parent) - but) > 2, 60)
    return compilers(parent) - but


@pytest.mark.usefixtures("slow_compiler")
def test_memory_is_given_back_at_once(predictor: TorchPredictor, road: LiveDecoder) -> None:
    before = compilers(os.getpid())
    begun(road, room(predictor))
    left = busy(os.getpid(), before)
    TorchEngine("cpu").free_memory()
    assert all(gone(pid, 1) for pid in left)


def test_whoever_lets_a_model_go_ends_its_compiling(predictor: TorchPredictor, path: Path) -> None:
    road = LiveDecoder(load_model(path)[0].generator, half=False, fused=True)
    road(room(predictor), NOISE)  # and records it
    compilation = begun(road, room(predictor))
    gc.disable()  # not when Python comes to look for cycles: at once
    try:
        del road
        assert wait_until(lambda: compilation.is_over, 5)
    finally:
        gc.enable()


WORKER = """
import sys, time
from pathlib import Path
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.compiling import compile_beside
from blobgan_blender.inference.live_decoder import LiveDecoder
from blobgan_blender.inference.torch_engine import TorchEngine
from blobgan_blender.model.blobgan import load_model
path = Path(sys.argv[1])
room = TorchEngine("cpu").load(path).sample(z_from_seed(0, 1, 8), 0.3)
road = LiveDecoder(load_model(path)[0].generator, half=False, fused=True)
compile_beside(road, room, noise_from_seed(0, 32))
time.sleep(600)
"""


@pytest.mark.usefixtures("slow_compiler")
@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL"])
def test_a_worker_that_ends_leaves_no_process(path: Path, how: str) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(path)], env={**os.environ, "PYTHONPATH": str(Path.cwd())}
    )
    try:
        left = busy(worker.pid, set())
        worker.send_signal(signal.Signals[how])
        worker.wait(5)
        assert all(gone(pid, 2) for pid in left)
    finally:
        worker.kill()
        worker.wait()


def test_nothing_is_recorded_while_the_device_is_taken(predictor: TorchPredictor, road: LiveDecoder) -> None:
    """Not even once: a recording would be spoilt, and drafts given up for it."""
    drafts, layout = Drafts(lambda: road), room(predictor)
    drafts(layout, NOISE, slow(predictor))
    with STILL:
        with pytest.raises(NotNow):
            road(layout, NOISE)
        assert drafts(layout, NOISE, slow(predictor)) is None
    assert drafts(layout, NOISE, slow(predictor)) is not None
    with STILL:
        assert drafts(layout, NOISE, slow(predictor)) is not None


def test_cuda(small_model: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drafts are near their pictures before, meanwhile and afterwards, and pictures are the same to the byte."""
    monkeypatch.delenv(compiling.VARIABLE, raising=False)
    problem = probe("cuda")
    if problem:
        pytest.skip(problem)
    predictor, noise = TorchEngine("cuda").load(small_model), noise_from_seed(0, 64)
    for map_ in noise:
        map_.setflags(write=False)
    rooms = [predictor.sample(z_from_seed(seed, 1, 32), 0.3) for seed in range(OFTEN + 1)]
    wanted = [predictor.picture(each, noise) for each in rooms]

    def drag() -> None:
        for each, picture in zip(rooms, wanted, strict=True):
            draft = predictor.draft(each, noise)
            assert draft is None or psnr(draft, picture) >= LEAST_PSNR
            assert np.array_equal(predictor.picture(each, noise), picture)

    with caplog.at_level(logging.INFO):
        drag()
        until = time.monotonic() + 100
        while predictor.rest() and time.monotonic() < until:
            drag()
        drag()
    # Whether it was found quicker is another question: it was compiled, loaded, recorded and measured.
    found = re.search(r"ms instead of [\d.]+, and ([\d.]+) dB", caplog.text)
    assert found, caplog.text
    assert float(found[1]) >= LEAST_PSNR
