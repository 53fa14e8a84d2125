"""A run that goes on from a model: its weights, a new discriminator that learns alone at first."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import pytest
import torch

from blobgan_blender.core.errors import ModelFileError
from blobgan_blender.library.card import read_card
from blobgan_blender.library.search import bundled_model
from blobgan_blender.training.command import add_arguments, configuration
from blobgan_blender.training.config import TrainingConfig
from blobgan_blender.training.distributed import Team
from blobgan_blender.training.errors import TrainingError
from blobgan_blender.training.pictures import Pictures
from blobgan_blender.training.trainer import MODEL, Trainer

ALONE = Team(0, 1, torch.device("cpu"))


@pytest.fixture(scope="module")
def base(config: TrainingConfig, pictures: Pictures, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two steps."""
    folder = tmp_path_factory.mktemp("base")
    run = Trainer(dataclasses.replace(config, seed=7), pictures, folder, ALONE)
    for _ in range(2):
        run.train_step()
    run.export(folder / MODEL)
    return folder / MODEL


def weights(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def test_the_discriminator_learns_alone_and_then_both(
    config: TrainingConfig, pictures: Pictures, base: Path, tmp_path: Path
) -> None:
    config = dataclasses.replace(config, base=str(base), warm_up=2 * config.batch)
    run = Trainer(config, pictures, tmp_path, ALONE)
    first, judge = weights(run.learner.model), weights(run.learner.discriminator)
    assert same(first, weights(run.learner.average))
    for _ in range(2):
        run.train_step()
    assert same(first, weights(run.learner.model))
    assert same(first, weights(run.learner.average))
    assert not same(judge, weights(run.learner.discriminator))
    run.train_step()
    assert not same(first, weights(run.learner.model))


def test_its_first_model_is_the_one_it_goes_on_from(
    config: TrainingConfig, pictures: Pictures, base: Path, tmp_path: Path
) -> None:
    run = Trainer(dataclasses.replace(config, base=str(base)), pictures, tmp_path, ALONE)
    card = run.export(tmp_path / MODEL)
    assert card.sha256 == read_card(base).sha256
    assert card.notes == f"Trained for 0 images, from {base}."


def test_another_architecture_is_refused(
    config: TrainingConfig, pictures: Pictures, base: Path, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="model.safetensors is of another architecture than this run"):
        Trainer(dataclasses.replace(config, base=str(base), c_model=4), pictures, tmp_path, ALONE)


def parsed(*options: str) -> TrainingConfig:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return configuration(parser.parse_args(list(options)))


def test_the_architecture_is_the_models_unless_an_option_says_otherwise() -> None:
    wanted = read_card(bundled_model()).architecture
    assert parsed("--base", "rooms").model() == wanted
    assert parsed("--base", "rooms", "--blobs", "7").model() == dataclasses.replace(wanted, blobs=7)
    with pytest.raises(ModelFileError, match="no bundled model of that name"):
        parsed("--base", "nothing")
