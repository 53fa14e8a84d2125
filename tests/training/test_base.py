"""A run that goes on from a model: its weights, a new discriminator that learns alone at first."""

from __future__ import annotations

import argparse
import dataclasses
import shutil
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
    assert not run.resume()
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
    assert not run.resume()
    card = run.export(tmp_path / MODEL)
    assert card.sha256 == read_card(base).sha256
    assert card.notes == f"Trained for 0 images, from {base}."


def test_another_architecture_is_refused(
    config: TrainingConfig, pictures: Pictures, base: Path, tmp_path: Path
) -> None:
    run = Trainer(dataclasses.replace(config, base=str(base), c_model=4), pictures, tmp_path, ALONE)
    with pytest.raises(TrainingError, match="model.safetensors is of another architecture: its c_model is 2, not 4"):
        run.resume()


def test_a_run_that_goes_on_needs_its_base_no_more(
    config: TrainingConfig, pictures: Pictures, base: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved.safetensors"
    for path in (base, base.with_suffix(".json")):
        shutil.copyfile(path, moved.with_suffix(path.suffix))
    config = dataclasses.replace(config, base=str(moved), warm_up=config.batch)
    run = Trainer(config, pictures, tmp_path, ALONE)
    run.resume()
    for _ in range(2):
        run.train_step()
    run.save()
    moved.unlink()
    again = Trainer(config, pictures, tmp_path, ALONE)
    assert again.resume()
    assert same(weights(again.learner.model), weights(run.learner.model))
    with pytest.raises(TrainingError, match="was begun with base .* not ''. Choose another folder for --out"):
        Trainer(dataclasses.replace(config, base=""), pictures, tmp_path, ALONE).resume()
    with pytest.raises(TrainingError, match="was begun with spread False, not True"):
        Trainer(dataclasses.replace(config, spread=True), pictures, tmp_path, ALONE).resume()


def test_a_run_that_would_warm_up_alone_is_refused(config: TrainingConfig) -> None:
    with pytest.raises(TrainingError, match="warm_up must be less than max_images, not 32000"):
        dataclasses.replace(config, base="rooms", warm_up=32_000)


def test_all_that_brings_blobs_apart_takes_steps(config: TrainingConfig, pictures: Pictures, tmp_path: Path) -> None:
    config = dataclasses.replace(config, spread=True, mix=0.5, twin_weight=2.0)
    run = Trainer(config, pictures, tmp_path, ALONE)
    assert not run.resume()
    first = weights(run.learner.model)
    assert not same(
        first, weights(Trainer(dataclasses.replace(config, spread=False), pictures, tmp_path, ALONE).learner.model)
    )
    for _ in range(2):
        run.train_step()
    assert not same(first, weights(run.learner.model))
    numbers = run.learner.meter.read()
    assert numbers["twins"] is not None
    assert 0 < numbers["twins"] < 2


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
