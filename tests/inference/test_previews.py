"""Previews are stops on the way to the picture: which ones, by what was measured, and the picture is the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from golden.cases import CASES, case, fixed_noise, input_layout
from previewing import previewing_model

from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.engine import make_engine
from blobgan_blender.inference.predictor import Predictor
from blobgan_blender.inference.previews import LIKE, Previews, likeness

AT_ONCE = 1e-9  # seconds: no picture is that fast


@pytest.fixture(scope="module", params=["torch", "onnx"])
def predictor(request: pytest.FixtureRequest, small_model: Path) -> Predictor:
    return load(request.param, small_model)


@pytest.fixture(scope="module")
def coarse(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return load("torch", previewing_model(small_model, tmp_path_factory.mktemp("coarse")))


def load(engine: str, path: Path) -> Predictor:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLOBGAN_ENGINE", engine)
        return make_engine("cpu").load(path)


def draw(predictor: Predictor, previews: Previews, seed: int, budget: float = AT_ONCE) -> list[np.ndarray]:
    """What is shown, the picture last."""
    layout, shown = predictor.sample(z_from_seed(seed, 1, 32), 0.3), []
    stages = predictor.stages(layout, noise_from_seed(0, 64))
    shown.append(previews.draw(stages, budget, shown.append, lambda: None))
    assert np.array_equal(shown[-1], predictor.picture(layout, noise_from_seed(0, 64)))
    return shown


@pytest.mark.parametrize("name", CASES)
def test_the_last_stage_is_the_picture(predictor: Predictor, name: str) -> None:
    layout = input_layout(case(name))
    stages = [stage for stage in predictor.stages(layout, fixed_noise()) if stage is not None]
    assert [stage.is_last for stage in stages] == [False] * (len(stages) - 1) + [True]
    pictures = [stage.picture() for stage in stages]
    assert np.array_equal(pictures[-1], predictor.picture(layout, fixed_noise()))
    assert {picture.shape for picture in pictures} == {pictures[-1].shape}
    if "torch" in str(type(predictor)):
        assert [stage.side for stage in stages] == [16, 32, 64]


def test_first_the_picture_then_a_preview_of_each(coarse: Predictor) -> None:
    previews = Previews()
    assert len(draw(coarse, previews, 0)) == 1
    assert previews.likeness is not None
    assert set(previews.likeness) == {16, 32}
    assert min(previews.likeness.values()) >= LIKE
    for seed in range(1, 4):
        preview, picture = draw(coarse, previews, seed)
        assert likeness(preview, picture) >= LIKE


def test_a_fog_is_not_offered(predictor: Predictor) -> None:
    """The random model's last colours are as strong as the first."""
    previews = Previews()
    for seed in range(3):
        assert len(draw(predictor, previews, seed)) == 1
    assert previews.likeness is not None
    assert all(alike < LIKE for alike in previews.likeness.values())


def test_the_stop_is_chosen_by_cost_and_likeness() -> None:
    previews = Previews()
    previews.seconds = {16: 0.01, 32: 0.05, 64: 0.2, 128: 0.7, 256: 1.0}
    previews.likeness = {16: 0.5, 32: 0.91, 64: 0.95, 128: 0.99}
    assert previews.side(1.0) is None  # the picture is in time
    assert previews.side(0.9) == 64  # 128² comes hardly sooner than the picture
    assert previews.side(0.1) == 32
    assert previews.side(0.02) == 32  # 16² is in time, and a fog
    previews.likeness[64] = previews.likeness[32] = 0.5
    assert previews.side(0.1) is None


def test_a_picture_that_is_in_time_has_no_preview(coarse: Predictor) -> None:
    previews = Previews()
    for seed in range(3):
        assert len(draw(coarse, previews, seed, budget=1000.0)) == 1


def test_whoever_is_shown_a_preview_may_stop_the_picture(coarse: Predictor) -> None:
    class EnoughError(Exception): ...

    def enough(_rgb: np.ndarray) -> None:
        raise EnoughError

    previews = Previews()
    draw(coarse, previews, 0)
    layout = coarse.sample(z_from_seed(1, 1, 32), 0.3)
    with pytest.raises(EnoughError):
        previews.draw(coarse.stages(layout, noise_from_seed(0, 64)), AT_ONCE, enough, lambda: None)
    assert len(draw(coarse, previews, 2)) == 2
