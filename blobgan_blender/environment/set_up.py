"""Set Up PyTorch: uv, a virtual environment, torch in it, and a real computation that shows that it works.

Whatever goes wrong or is cancelled, Blender's Python is as it was, the worker passes what is unfinished over, and the
next set-up goes on from what has been downloaded.
"""

from __future__ import annotations

import re
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import BlobGANError
from ..core.progress import megabytes
from ..library.locking import take
from ..worker.interpreter import Interpreter
from ..worker.jobs import Job
from ..worker.python_search import Probe, probe
from .command import run_uv
from .place import Place
from .uv import ensure_uv

PACKAGES = ("torch>=2.4", "safetensors>=0.4.3", "numpy>=1.26")
GIGABYTE = 1e9
_VERIFYING = 180.0  # seconds: the first import of a fresh torch, which a virus scanner may read through


@dataclass(frozen=True)
class Size:
    """What a set-up takes, in bytes."""

    download: float
    disk: float

    def __str__(self) -> str:
        return f"about {self.download / GIGABYTE:.1f} GB to download, {self.disk / GIGABYTE:.1f} GB on disk"


# torch 2.13 for the CPU took 0.21 and 0.81 GB, torch 2.14 for CUDA 3 and 5.6.
FOR_CPU = Size(0.25 * GIGABYTE, 1.0 * GIGABYTE)
FOR_GPU = Size(3.0 * GIGABYTE, 6.5 * GIGABYTE)


@dataclass(frozen=True)
class Wish:
    """What is to be set up.

    Attributes:
        place: where.
        wheels: a folder of wheels that everything comes from, without the network; None for the network.
        python: a version such as “3.12” or a path, of which the environment is made; empty for one like `own`.
        own: Blender's own Python, of which it is made where uv finds no other. It is not changed by that.
    """

    place: Place
    wheels: Path | None = None
    python: str = ""
    own: Path = Path(sys.executable)

    @property
    def size(self) -> Size:
        """What it takes: a GPU's torch is large."""
        return FOR_GPU if self.wheels is None and has_gpu() else FOR_CPU


def has_gpu() -> bool:
    """Whether there seems to be a GPU that uv has a large torch for; uv itself looks closer."""
    if sys.platform == "darwin":
        return False
    tools = ("nvidia-smi", "rocm-smi", "rocminfo", "xpu-smi")
    return Path("/proc/driver/nvidia/version").exists() or any(shutil.which(tool) for tool in tools)


def set_up(wish: Wish, job: Job[Any]) -> Probe:
    """Do it all. Blocks: for a thread.

    Args:
        wish: what.
        job: is told how far it is, and ends this when it is cancelled.

    Returns:
        What the finished environment's Python can do.

    Raises:
        Cancelled: it was.
        BlobGANError: what is wrong, and the next step.
    """
    place = wish.place
    with _alone(place):
        _check_space(wish)
        job.report(0.01, "fetching uv")
        uv = ensure_uv(
            place, wish.wheels, lambda done, _all: job.report(0.01, f"fetching uv, {megabytes(done)}"), job.done
        )
        _make_environment(wish, uv, job)
        _install(wish, uv, job)
        job.report(0.95, "computing with it")
        found = _verified(place, job)
        place.unfinished.unlink()
        # What was downloaded is installed now. It would double what the set-up takes, and where files are linked and
        # not copied, a damaged one would be damaged in both places.
        shutil.rmtree(place.cache, ignore_errors=True)
    return found


def remove(place: Place) -> None:
    """Delete the environment, uv and all that uv keeps. Raises `BlobGANError` where files cannot be deleted."""
    with _alone(place):
        _delete_environment(place)
        _delete(place.tools)
    with suppress(OSError):  # another Blender may have it open again already
        place.lock.unlink()


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    """The folder, made and locked against other Blenders; the operating system's refusals as sentences."""
    try:
        place.models.mkdir(parents=True, exist_ok=True)
        with place.lock.open("ab") as lock:
            take(lock, f"The environment in {place.models} is being changed")
            yield
    except OSError as error:
        raise BlobGANError(
            f"{error.filename or place.models} cannot be written ({error.strerror or error}). Make room there, close "
            "other Blenders, or choose another Models Folder in the preferences of BlobGAN."
        ) from error


def _check_space(wish: Wish) -> None:
    place, needed = wish.place, wish.size.disk
    # The old environment goes, and what is downloaded already is not downloaded again.
    free = shutil.disk_usage(place.models).free + _size_of(place.environment, place.cache)
    if free < needed:
        raise BlobGANError(
            f"PyTorch needs {needed / GIGABYTE:.1f} GB in {place.models}, and {free / GIGABYTE:.1f} GB are free. "
            "Make room there, or choose another Models Folder in the preferences of BlobGAN."
        )


def _size_of(*folders: Path) -> int:
    """Bytes of all files in them; one that has several names counts once."""
    found = [path.lstat() for folder in folders for path in folder.rglob("*")]
    return sum({(status.st_dev, status.st_ino): status.st_size for status in found}.values())


def _make_environment(wish: Wish, uv: Path, job: Job[Any]) -> None:
    """An empty one; an old one goes."""
    place = wish.place
    job.report(0.05, "making an environment")
    _delete_environment(place)
    like = wish.python or _version_of(wish)
    # Its own Python is the last resort: a Blender that is moved or updated would take the environment's base away.
    for python in (like,) if wish.python else (like, str(wish.own)):
        try:
            offline = ["--no-config", "--offline", "--no-python-downloads"] if wish.wheels is not None else []
            command = ["venv", "--no-project", *offline, "--python", python, str(place.environment)]
            run_uv(uv, command, place, lambda _line: None, job.done)
            break
        except BlobGANError:
            if job.done() or wish.python or python == str(wish.own):
                raise
    _mark(place)


def _version_of(wish: Wish) -> str:
    """Which Python: the one that the folder's torch is for, else one like Blender's own."""
    for wheel in sorted(wish.wheels.glob("torch-*.whl"), reverse=True) if wish.wheels is not None else ():
        found = re.search(r"-cp3(\d+)-", wheel.name)
        if found:
            return f"3.{found[1]}"
    return f"3.{sys.version_info[1]}"


def _install(wish: Wish, uv: Path, job: Job[Any]) -> None:
    place = wish.place
    before = shutil.disk_usage(place.models).free
    doing, written = "looking for packages", 0

    def on_line(line: str) -> None:
        nonlocal doing, written
        doing = _doing(line) or doing
        # Never back: others write to this disk too, and delete.
        written = max(written, before - shutil.disk_usage(place.models).free)
        share = min(1.0, written / wish.size.disk)
        job.report(0.1 + 0.8 * share, f"{doing}; {written / GIGABYTE:.1f} of about {wish.size.disk / GIGABYTE:.1f} GB")

    if wish.wheels is None:
        source = ["--torch-backend=auto"]
    else:
        source = ["--no-config", "--offline", "--no-index", "--find-links", str(wish.wheels)]
    command = ["pip", "install", "--python", str(place.python), *source, *PACKAGES]
    run_uv(uv, command, place, on_line, job.done)


def _doing(line: str) -> str:
    """What a line of uv's means to somebody who waits; empty for no news."""
    words = line.split()
    if line.startswith("Resolved"):
        return f"fetching {words[1]} packages"
    if line.startswith("Downloading"):
        return f"fetching {' '.join(words[1:])}"
    return "installing" if line.startswith("Prepared") else ""


def _verified(place: Place, job: Job[Any]) -> Probe:
    found = probe(Interpreter(place.python), deadline=_VERIFYING, stop=_Ended(job))
    if not found.ok or not (found.engine or "").startswith("torch"):
        raise BlobGANError(f"What was set up does not work: {found.problem} Or press Set Up PyTorch again.")
    return found


class _Ended(threading.Event):
    """Is set when a job is over."""

    def __init__(self, job: Job[Any]) -> None:
        super().__init__()
        self._job = job

    def is_set(self) -> bool:
        """Whether the job is."""
        return self._job.done()


def _mark(place: Place) -> None:
    """Call the environment unfinished."""
    place.unfinished.write_text("Set Up PyTorch has not finished here. Press it again, or Remove.\n", encoding="utf-8")


def _delete_environment(place: Place) -> None:
    """All of it, the mark last: where a file in use ends this half-way, nobody takes the rest for an environment."""
    if place.environment.is_dir():
        _mark(place)
        for path in place.environment.iterdir():
            if path != place.unfinished:
                _delete(path)
        _delete(place.environment)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
