"""Workers for tests: real ones and stand-ins, each gone without a trace when its test is over."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from processes import children
from traces import ONE_THREAD, PACKAGE, traces

from blobgan_blender.core.layout import Layout
from blobgan_blender.library.model_file import sha256_of
from blobgan_blender.worker.client import ModelRef, Worker


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A temporary folder of this session's own, so other people's sockets do not look like ours."""
    folder = tmp_path_factory.getbasetemp() / "t"
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))


@pytest.fixture
def make_worker(temporary_folder: None) -> Iterator[Callable[..., Worker]]:
    """Makes workers, stops them after the test, and then looks for what they left."""
    workers = []
    before = traces()

    def make(*args: object, **options: object) -> Worker:
        workers.append(Worker(*args, **options))  # type: ignore[arg-type]
        return workers[-1]

    yield make
    for worker in workers:
        worker.stop()
    after = traces()
    assert after == before


@pytest.fixture
def own_children() -> Callable[[], set[int]]:
    """Lists the children that this process got since the test began: tests of other rooms may have left some."""
    before = children(os.getpid())
    return lambda: children(os.getpid()) - before


@pytest.fixture
def stand_in(tmp_path: Path) -> Callable[[str], Path]:
    """A "Python" that runs stand_in.py with the given behaviour, whatever file it is told to run."""

    def make(behaviour: str) -> Path:
        python = tmp_path / f"python-{behaviour}"
        script = Path(__file__).with_name("stand_in.py")
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{script}" {behaviour}\n')
        python.chmod(0o755)
        return python

    return make


@pytest.fixture(scope="session")
def model() -> ModelRef:
    """The bundled model."""
    path = PACKAGE / "assets" / "rooms.safetensors"
    return ModelRef(path, sha256_of(path))


@pytest.fixture(scope="module")
def real_worker() -> Iterator[Worker]:
    """One real worker for tests that leave it alive."""
    worker = Worker(Path(sys.executable), environment=ONE_THREAD)
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def small_layout() -> Layout[np.ndarray]:
    """Two blobs with narrow features, for stand-ins."""
    return Layout(
        xs=np.array([[0.2, 0.8]]),
        ys=np.array([[0.5, 0.5]]),
        covs=np.tile(np.eye(2) * 0.02, (1, 2, 1, 1)),
        sizes=np.zeros((1, 3)),
        features=np.arange(12, dtype=np.float32).reshape(1, 3, 4),
        spatial_style=np.arange(6, dtype=np.float32).reshape(1, 3, 2),
    )
