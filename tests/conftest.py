"""What the tests of several rooms share. Imports nothing heavy: the tests that run in Blender load this too."""

from __future__ import annotations

import os
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
