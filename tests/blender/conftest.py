"""One Blender, one warm worker, a fresh file for every test. Imports no torch: Blender's Python need not have it."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# The worker's Python: this one, unless whoever starts the tests knows better (scripts/all_blenders.py does).
os.environ.setdefault("BLOBGAN_PYTHON", sys.executable)

import bpy
import pytest
from bpy.types import Object
from studio import ROOT, new_room

import blobgan_blender
from blobgan_blender import runtime

_CONVERT = """
import sys
from pathlib import Path
from blobgan_blender.library.card import Card
from blobgan_blender.model.blobgan import save_model
from blobgan_blender.model.official import convert
model = convert(Path(sys.argv[1]))
save_model(model, Path(sys.argv[2]), Card("small", "", model.config, "CC0-1.0", "random weights", notes="for tests"))
"""


_exit_status = 0


def pytest_sessionfinish(exitstatus: int) -> None:
    """Note how the run went, for below."""
    global _exit_status
    _exit_status = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Leave without Blender's own exit, which never ends while anything refers to bpy: a failed test's traceback does.

    Its static destructors then wait for a thread that nobody has told to stop.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(_exit_status)


@pytest.fixture(scope="session", autouse=True)
def registered() -> Iterator[None]:
    """The add-on enabled, its worker starting; all gone at the end, for Blender as a module hangs at exit otherwise."""
    blobgan_blender.register()
    runtime.worker().start()
    yield
    blobgan_blender.unregister()


@pytest.fixture(autouse=True)
def fresh_file(registered: None) -> None:
    """Blender as after File > New, with nothing in it. The worker stays warm."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


@pytest.fixture(scope="session")
def small_model(official_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of another size than the bundled one, converted by the worker's Python: 64², 5 blobs, random weights."""
    path = tmp_path_factory.mktemp("models") / "small.safetensors"
    command = [os.environ["BLOBGAN_PYTHON"], "-c", _CONVERT, str(official_checkpoint), str(path)]
    subprocess.run(command, check=True, cwd=ROOT, timeout=100)
    return path


@pytest.fixture(scope="session")
def bundled_model() -> Path:
    """The model that ships with the extension."""
    return Path(blobgan_blender.__file__).parent / "assets" / "rooms.safetensors"


@pytest.fixture
def canvas(small_model: Path) -> Object:
    """A room of the small model."""
    return new_room(small_model)


@pytest.fixture
def own_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The warm worker is out of reach: the test finds none, and may do what it likes to the one that it starts."""
    with monkeypatch.context() as patch:
        patch.setattr(runtime, "_worker", None)
        yield
        runtime.stop()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
