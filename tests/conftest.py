"""What the tests of several rooms share. Imports nothing heavy: the tests that run in Blender load this too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from blobgan_blender.core.quiet import QUIET

os.environ.update(QUIET)  # tests that load onnxruntime themselves tell nobody either
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of what the official code computes; see its README."""
    return GOLDEN


@pytest.fixture(scope="session")
def official_checkpoint(golden: Path) -> Path:
    """A small official checkpoint, in the ugliest of the official forms."""
    return golden / "smallA_noD_legacy_globals.ckpt"


@pytest.fixture(scope="session")
def small_model(official_checkpoint: Path, golden: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That checkpoint converted and exported: 64², 5 blobs, milliseconds a picture, the golden cases' mean latent."""
    import numpy as np
    import torch

    from blobgan_blender.inference.export import export
    from blobgan_blender.library.card import Card
    from blobgan_blender.model.blobgan import save_model
    from blobgan_blender.model.official import convert

    torch.set_num_threads(1)  # for tensors this small, threads cost more than they give
    folder = tmp_path_factory.mktemp("small_model")
    torch.save(torch.from_numpy(np.load(golden / "common.npz")["mean_latent"]), folder / "mean_latent.pt")
    model = convert(official_checkpoint, folder / "mean_latent.pt")
    path = folder / "small.safetensors"
    save_model(model, path, Card("small", "", model.config, "CC0-1.0", "random weights", notes="for tests"))
    export(path)
    return path


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A disk made with the mount options that the test names, such as `size=300k,ro`."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", request.param, "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def anothers_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a copy of the bundled model, below one that this process may not enter.

    Root may enter everything, so it becomes nobody meanwhile, for whom a checkout in /root is out of reach too: the
    bundled models are a copy that everybody may read.
    """
    from blobgan_blender.library import search, shelf

    bundled = Path(tempfile.mkdtemp())
    shutil.copytree(search.BUNDLED, bundled, dirs_exist_ok=True)
    bundled.chmod(0o755)
    for library in (search, shelf):
        monkeypatch.setattr(library, "BUNDLED", bundled)
    folder = tmp_path / "private"
    shutil.copytree(bundled, folder / "models")
    folder.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield folder / "models"
    os.seteuid(user)
    folder.chmod(0o700)
    shutil.rmtree(bundled)


@pytest.fixture(scope="session")
def torch_wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of wheels that PyTorch can be set up from without the network: torch for the CPU, and the pinned uv.

    pip brings them, most from the folder of `PIP_FIND_LINKS`: nobody's network is asked for a torch of gigabytes.
    """
    places = [Path(place) for place in os.environ.get("PIP_FIND_LINKS", "").split() if Path(place).is_dir()]
    name = f"torch-*+cpu-cp3{sys.version_info[1]}-*.whl"
    torch = next((wheel for place in places for wheel in place.glob(name)), None)
    if torch is None:
        pytest.skip("PIP_FIND_LINKS has no torch for the CPU of this Python")
    folder = tmp_path_factory.mktemp("wheels")
    version = torch.name.split("-")[1].partition("+")[0]
    names = [f"torch=={version}", "safetensors", "numpy", "uv==0.13.9"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    if done.returncode:
        pytest.skip(f"pip cannot fetch the wheels: {done.stderr.strip()[-200:]}")
    return folder
