"""Sixteen drawings, and the smallest networks that learn anything from them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from drawings import draw_folder

from blobgan_blender.training.config import PRESETS, TrainingConfig
from blobgan_blender.training.pictures import Pictures, load_pictures


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """For tensors this small, threads cost more than they give: eight times as much on two busy cores."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sixteen pictures of 64 × 64."""
    return draw_folder(tmp_path_factory.mktemp("data") / "drawings", 16)


@pytest.fixture(scope="session")
def config() -> TrainingConfig:
    """32², 4 blobs, about a tenth of a second a step."""
    return dataclasses.replace(
        PRESETS["tiny"],
        c_model=2,
        discriminator_width=2,
        discriminator_most=32,
        batch=8,
        log_every=2,
        sheet_every=0,
        tensorboard=False,
    )


@pytest.fixture(scope="session")
def pictures(drawings: Path, config: TrainingConfig, tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    """The drawings decoded."""
    return load_pictures(drawings, config.resolution, tmp_path_factory.mktemp("cache"))
