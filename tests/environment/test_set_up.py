"""Set Up PyTorch for real: a folder of wheels, an environment, a picture by it; and every way in which it may fail."""

from __future__ import annotations

import errno
import functools
import os
import shutil
import sys
import threading
import venv
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from processes import children

from blobgan_blender.core.errors import BlobGANError, Cancelled, WorkerError
from blobgan_blender.environment import set_up as module
from blobgan_blender.environment import uv
from blobgan_blender.environment.place import Place
from blobgan_blender.environment.set_up import FOR_CPU, Size, Wish, remove, set_up
from blobgan_blender.library.model_file import sha256_of
from blobgan_blender.library.search import ModelRef, bundled_model
from blobgan_blender.worker.client import Worker
from blobgan_blender.worker.interpreter import Interpreter
from blobgan_blender.worker.jobs import Job
from blobgan_blender.worker.python_search import candidates, find_python, probe

NONE = Interpreter(Path("/absent/python"))


@pytest.fixture(autouse=True)
def no_uv_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on an artist's machine: no uv, no variables of this one's."""
    folders = [folder for folder in os.environ["PATH"].split(os.pathsep) if not (Path(folder) / "uv").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(folders))
    monkeypatch.delenv("BLOBGAN_PYTHON", raising=False)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "Modelle für Räume 模型")


@pytest.fixture
def only_uv(torch_wheels: Path, tmp_path: Path) -> Path:
    """A folder with uv's wheel and nothing else."""
    folder = tmp_path / "only uv"
    folder.mkdir()
    shutil.copy(next(torch_wheels.glob("uv-*.whl")), folder)
    return folder


class Watched(Job[Any]):
    """A job that is cancelled when it reports something."""

    def __init__(self, until: str | None = None) -> None:
        super().__init__()
        self.until, self.said = until, []

    def report(self, fraction: float, text: str) -> None:
        super().report(fraction, text)
        self.said.append((fraction, text))
        if self.until is not None and self.until in text:
            self.cancel()


def test_from_a_folder_to_a_picture_broken_repaired_and_removed(place: Place, torch_wheels: Path) -> None:
    before = children(os.getpid())
    job, wish = Watched(), Wish(place, torch_wheels)
    found = set_up(wish, job)
    assert (found.ok, found.device, found.python.executable) == (True, "cpu", place.python)
    assert place.state == "finished"
    assert not place.cache.exists()
    assert [fraction for fraction, _ in job.said] == sorted(fraction for fraction, _ in job.said)
    assert any("of about 1.0 GB" in text for _, text in job.said)

    # The worker takes it and draws.
    worker = Worker(functools.partial(find_python, models_folder=place.models, blender=NONE))
    model = ModelRef(bundled_model(), sha256_of(bundled_model()))
    layout = worker.sample(model, seed=0, truncation=0.4).result(100)
    picture = worker.render(model, layout, noise_seed=0).result(100)
    assert worker.info.engine == found.engine
    assert picture.rgb.std() > 10
    worker.stop()

    # Broken, repaired.
    shutil.rmtree(next(place.environment.glob("lib/python3*/site-packages/torch/_C*")).parent / "utils")
    assert "torch does not work" in probe(Interpreter(place.python)).problem
    assert set_up(wish, Watched()).ok

    # Gone, and nothing left but the folder.
    remove(place)
    assert list(place.models.iterdir()) == []
    assert place.state == "none"
    assert children(os.getpid()) == before


def test_cancelled_half_way_it_is_passed_over_and_goes_on(place: Place, torch_wheels: Path) -> None:
    before = children(os.getpid())
    with pytest.raises(Cancelled, match="kept for the next time"):
        set_up(Wish(place, torch_wheels), Watched(until="fetching 1"))
    assert children(os.getpid()) == before
    assert place.state == "unfinished"
    assert candidates("", place.models, NONE) == [NONE]
    with pytest.raises(WorkerError, match="No Python can run"):
        find_python(models_folder=place.models, blender=NONE)
    assert set_up(Wish(place, torch_wheels), Watched()).ok
    with pytest.raises(Cancelled):
        set_up(Wish(place, torch_wheels), Watched(until="making"))


def test_uv_is_fetched_from_its_pinned_address(
    place: Place, only_uv: Path, monkeypatch: pytest.MonkeyPatch, serve: Callable[[Path], str]
) -> None:
    wheel = next(wheel for wheel in uv.WHEELS.values() if (only_uv / wheel.name).exists())
    below = only_uv / wheel.path
    below.parent.mkdir(parents=True)
    shutil.move(only_uv / wheel.name, below)
    monkeypatch.setattr(uv, "_PYPI", serve(only_uv))
    seen: list[int] = []
    found = uv.ensure_uv(place, None, lambda done, _all: seen.append(done), lambda: False)
    assert found == place.uv
    assert os.access(found, os.X_OK)
    assert seen[-1] == wheel.size
    assert [path.name for path in place.tools.iterdir()] == [found.name]
    assert uv.ensure_uv(place, Path("/absent"), print, lambda: False) == found  # it is there now


def test_an_installed_uv_is_taken_if_it_is_not_too_old(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "uv"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    for version, taken in (("0.13.1", True), ("1.0.0", True), ("0.6.9", False), ("nonsense", False)):
        program.write_text(f"#!/bin/sh\necho 'uv {version} (abc)'\n")
        program.chmod(0o755)
        if taken:
            assert uv.ensure_uv(place, tmp_path, print, lambda: False) == program
        else:
            with pytest.raises(BlobGANError, match="neither this machine nor"):
                uv.ensure_uv(place, tmp_path, print, lambda: False)


def test_a_uv_that_is_another_file_is_refused(place: Place, only_uv: Path) -> None:
    wheel = next(only_uv.iterdir())
    wheel.write_bytes(wheel.read_bytes()[:-1] + b"x")
    with pytest.raises(BlobGANError, match="is not the file it is called after"):
        set_up(Wish(place, only_uv), Watched())


@pytest.mark.parametrize("python", ["9.9", "/absent/python"])
def test_a_python_that_uv_cannot_find(place: Place, only_uv: Path, python: str) -> None:
    with pytest.raises(BlobGANError, match=r"uv finds no such Python .*Install one, 3.11 or later, or name another"):
        set_up(Wish(place, only_uv, python), Watched())
    assert place.state == "none"


def test_where_uv_finds_no_python_blenders_own_is_the_base(
    place: Place, only_uv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_version_of", lambda _wish: "9.9")
    with pytest.raises(BlobGANError, match="A package is missing"):
        set_up(Wish(place, only_uv), Watched())
    assert str(Path(sys.executable).resolve().parent) in (place.environment / "pyvenv.cfg").read_text()


def test_a_folder_that_lacks_a_package(place: Place, only_uv: Path) -> None:
    with pytest.raises(BlobGANError, match=r"A package is missing \(.*torch.*\). Put its wheel into the folder"):
        set_up(Wish(place, only_uv), Watched())
    assert place.state == "unfinished"


def test_a_network_that_gives_nothing(place: Place, only_uv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uv, "_PYPI", "http://127.0.0.1:9/")
    with pytest.raises(BlobGANError, match="Connection refused.*Try again"):
        set_up(Wish(place), Watched())
    uv.ensure_uv(place, only_uv, print, lambda: False)
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(
        BlobGANError, match=r"The network did not give what uv asked for \(.*https://download.pytorch.org/"
    ):
        set_up(Wish(place, python=sys.executable), Watched())


def test_a_deletion_that_breaks_off_leaves_no_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where a library that somebody has loaded stays."""
    venv.create(place.environment, symlinks=True)
    library = next(place.environment.glob("lib/python*/site-packages")) / "torch" / "lib" / "torch_cpu.dll"
    library.parent.mkdir(parents=True)
    library.touch()
    place.tools.mkdir()
    place.uv.touch()
    assert place.state == "finished"

    def unlink(path: str | os.PathLike[str], *, dir_fd: int | None = None) -> None:
        if Path(path).name == library.name:
            raise PermissionError(errno.EACCES, "Access is denied", str(path))
        honest(path, dir_fd=dir_fd)

    honest = os.unlink
    with monkeypatch.context() as patches:
        patches.setattr(os, "unlink", unlink)
        for change in (lambda: set_up(Wish(place), Watched()), lambda: remove(place)):
            with pytest.raises(BlobGANError, match="Access is denied"):
                change()
            assert place.state == "unfinished"
            assert candidates("", place.models, NONE) == [NONE]
    remove(place)
    assert list(place.models.iterdir()) == []


@pytest.mark.parametrize("disk", ["size=300m"], indirect=True)
def test_a_disk_without_room(disk: Path, torch_wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(disk / "models")
    with pytest.raises(BlobGANError, match=r"PyTorch needs 1.0 GB in .*, and 0.3 GB are free. Make room there"):
        set_up(Wish(place, torch_wheels), Watched())
    assert place.state == "none"
    # Taken for enough, and found out on the way.
    monkeypatch.setattr(module, "FOR_CPU", Size(0, 1e8))
    with pytest.raises(BlobGANError, match=r"The disk of .* is full. Make room there"):
        set_up(Wish(place, torch_wheels), Watched())
    remove(place)
    assert list(place.models.iterdir()) == []


@pytest.mark.parametrize("disk", ["size=1m,ro"], indirect=True)
def test_a_folder_that_takes_no_writes(disk: Path, torch_wheels: Path) -> None:
    with pytest.raises(BlobGANError, match=r"models cannot be written \(Read-only file system\)"):
        set_up(Wish(Place(disk / "models"), torch_wheels), Watched())


@pytest.mark.parametrize("disk", ["size=30m"], indirect=True)
def test_room_is_counted_with_what_is_there_already(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(disk / "models")
    place.cache.mkdir(parents=True)
    (place.cache / "a").write_bytes(bytes(20_000_000))
    os.link(place.cache / "a", place.cache / "the same")
    monkeypatch.setattr(module, "FOR_CPU", Size(0, 25e6))
    with pytest.raises(BlobGANError, match="uv is needed"):  # it came past the room
        set_up(Wish(place, disk), Watched())
    monkeypatch.setattr(module, "FOR_CPU", Size(0, 40e6))
    with pytest.raises(BlobGANError, match="PyTorch needs"):
        set_up(Wish(place, disk), Watched())


def test_one_blender_at_a_time(place: Place, torch_wheels: Path) -> None:
    from blobgan_blender.library.locking import take

    place.models.mkdir(parents=True)
    with place.lock.open("ab") as held:
        take(held, "x")
        for change in (lambda: set_up(Wish(place, torch_wheels), Watched()), lambda: remove(place)):
            with pytest.raises(BlobGANError, match="is being changed by another Blender"):
                change()


def test_sizes_are_said_before() -> None:
    assert str(FOR_CPU) == "about 0.2 GB to download, 1.0 GB on disk"


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serves a folder on this machine; its address."""
    servers = []

    def begin(folder: Path) -> str:
        handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_address[1]}/"

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()
