"""Steps recorded as CUDA graphs: the same as plain ones. Only where there is a GPU is there something to record."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from blobgan_blender.training.captured import WARM_UP
from blobgan_blender.training.config import TrainingConfig
from blobgan_blender.training.distributed import Team
from blobgan_blender.training.errors import TrainingError
from blobgan_blender.training.pictures import Pictures
from blobgan_blender.training.trainer import Trainer


def test_a_cpu_records_nothing(config: TrainingConfig, pictures: Pictures, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="--capture needs a CUDA GPU, and this run is on cpu"):
        Trainer(dataclasses.replace(config, capture=True), pictures, tmp_path, Team(0, 1, torch.device("cpu")))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_a_recorded_step_learns_what_a_plain_one_does(
    config: TrainingConfig, pictures: Pictures, tmp_path: Path
) -> None:
    """More steps than it takes to record and to come by a penalty again; in float32, as exactly as the GPU computes."""
    config = dataclasses.replace(config, precision="fp32", flip="on")
    team = Team(0, 1, torch.device("cuda"))
    runs = [Trainer(dataclasses.replace(config, capture=on), pictures, tmp_path, team) for on in (False, True)]
    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
        for run in runs:
            run.learner.fit_memory()
            for _ in range(config.penalty_every + WARM_UP + 4):
                run.train_step()
    plain, recorded = (run.learner for run in runs)
    assert torch.allclose(plain.meter.sums, recorded.meter.sums, rtol=1e-2, atol=1e-3)
    for name, tensor in plain.average.state_dict().items():
        assert torch.allclose(recorded.average.state_dict()[name], tensor, rtol=1e-2, atol=1e-3), name
