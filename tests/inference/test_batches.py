"""Pictures several at a time are those of each alone, bit for bit, or are drawn alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from blobgan_blender.core.layout import Layout
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.batches import VARIABLE, Wish, batch_for, render_each
from blobgan_blender.inference.engine import make_engine
from blobgan_blender.inference.predictor import Predictor


@pytest.fixture(params=["torch", "onnx"])
def predictor(request: pytest.FixtureRequest, small_model: Path, monkeypatch: pytest.MonkeyPatch) -> Predictor:
    monkeypatch.setenv("BLOBGAN_ENGINE", request.param)
    monkeypatch.setenv(VARIABLE, "3")
    return make_engine("cpu").load(small_model)


def wishes(predictor: Predictor, count: int) -> list[Wish]:
    layout = predictor.sample(z_from_seed(1, count, predictor.config.d_noise), 0.2)
    noise = [noise_from_seed(seed, predictor.config.resolution) for seed in range(2)]
    return [(layout.one(index), noise[index % 2]) for index in range(count)]


def drawn_by(predictor: Predictor, wanted: list[Wish], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many layouts each call of `render` gets while the wishes are drawn, checked against each drawn alone."""
    alone = [predictor.render(*wish) for wish in wanted]
    counts: list[int] = []
    render = type(predictor).render

    def counting(self: Predictor, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> np.ndarray:
        counts.append(layout.count)
        return render(self, layout, noise)

    monkeypatch.setattr(type(predictor), "render", counting)
    found = list(render_each(predictor, wanted))
    assert all(np.array_equal(*pair) for pair in zip(found, alone, strict=True))
    return counts


def test_every_picture_is_what_it_is_alone(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = drawn_by(predictor, wishes(predictor, 8), monkeypatch)
    if predictor.batch_is_proven:
        assert counts == [3, 1, 1, 1, 3, 1, 1]  # a batch, its proof, a batch, and a rest of other size
    else:
        assert predictor.batch == 1
        assert counts == [3, 1, 1, 1, 1, 1, 1, 1, 1]


def test_batches_that_are_other_pictures_end_with_the_first(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = predictor._render

    def off_by_a_bit(layout: Layout[np.ndarray], noise: list[np.ndarray]) -> np.ndarray:
        image = exact(layout, noise)
        if layout.count > 1:
            image.reshape(-1)[-1] = np.nextafter(image.reshape(-1)[-1], np.float32(9))
        return image

    monkeypatch.setattr(predictor, "_render", off_by_a_bit)
    assert drawn_by(predictor, wishes(predictor, 7), monkeypatch) == [3, 1, 1, 1, 1, 1, 1, 1]
    assert predictor.batch == 1


def test_layouts_of_unlike_numbers_of_blobs_are_drawn_alone(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = wishes(predictor, 3)
    fewer = Layout(
        **{name: getattr(first[0], name)[:, 1:] for name in Layout.FIELDS},
    )
    assert drawn_by(predictor, [(fewer, first[1]), second, third], monkeypatch) == [1, 1, 1]


def test_no_more_is_asked_for_than_is_drawn_at_a_time(predictor: Predictor) -> None:
    taken = []

    def one_by_one() -> Iterator[Wish]:
        for number, wish in enumerate(wishes(predictor, 7)):
            taken.append(number)
            yield wish

    next(render_each(predictor, one_by_one()))
    assert len(taken) == 3


def test_a_cpu_draws_one_and_a_gpu_as_many_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert batch_for("cpu", 128) == 1
    assert [batch_for("cuda", side) for side in (64, 128, 256, 512, 1024, 2048)] == [8, 8, 8, 2, 1, 1]
    monkeypatch.setenv(VARIABLE, "1")
    assert batch_for("cuda", 128) == 1
