"""The arrangement of the generator for training draws what the generator draws, and compiles in one piece."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from golden.cases import CASES, RELATIVE, case, fixed_noise, input_layout, layout_of, relative_l2
from torch import Tensor

from blobgan_blender.core.layout import Layout
from blobgan_blender.model.blobgan import BlobGAN, load_model
from blobgan_blender.training.independence import Twins
from blobgan_blender.training.losses import discriminator_loss, generator_loss, gradient_penalty
from blobgan_blender.training.synthesis import Jitter, displaced, draw, paint, random_numbers


@pytest.fixture(scope="module")
def model(small_model: Path) -> BlobGAN:
    return load_model(small_model)[0]


def noise() -> list[Tensor]:
    return [torch.from_numpy(map_) for map_ in fixed_noise()]


@pytest.mark.parametrize("name", CASES)
def test_golden_pictures(model: BlobGAN, name: str) -> None:
    data = case(name)
    layout = input_layout(data).map(lambda array: torch.from_numpy(array).float())
    with torch.no_grad():
        assert relative_l2(draw(model.generator, layout, noise(), torch.float32).numpy(), data["image"]) <= RELATIVE
        half = draw(model.generator, layout, noise(), torch.bfloat16)
    assert half.dtype == torch.float32
    assert relative_l2(half.numpy(), data["image"]) <= 1.5e-2  # parity.md: bf16


def test_golden_gradients(model: BlobGAN) -> None:
    data = case("grad")
    layout = layout_of(data, "in_").map(lambda array: torch.from_numpy(array).float().requires_grad_())
    (draw(model.generator, layout, noise(), torch.float32) * torch.from_numpy(data["W"])).mean().backward()
    for field, tensor in layout.arrays().items():
        wanted = data[f"grad_{field}"]
        found = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
        assert relative_l2(found.numpy(), wanted) <= 2 * RELATIVE, field


def some_layout(model: BlobGAN) -> Layout[Tensor]:
    with torch.no_grad():
        return model.layout_net(random_numbers(model, 3, torch.Generator().manual_seed(0)).z)


def test_jitter_moves_sizes_and_turns_within_its_bounds(model: BlobGAN) -> None:
    layout = some_layout(model)
    numbers = torch.rand(4, 3, model.config.blobs) * 2 - 1
    still = displaced(layout, numbers, Jitter(0, 0, 0))
    assert all(torch.allclose(getattr(still, name), getattr(layout, name)) for name in Layout.FIELDS)
    found = displaced(layout, numbers, Jitter(0.04, 0.5, 0.1))
    assert torch.allclose(found.xs - layout.xs, numbers[0] * 0.04, atol=1e-6)
    assert torch.allclose(found.ys - layout.ys, numbers[1] * 0.04, atol=1e-6)
    assert torch.allclose(found.sizes[:, 1:] - layout.sizes[:, 1:], numbers[2] * 0.5, atol=1e-5)
    assert torch.equal(found.sizes[:, 0], layout.sizes[:, 0])
    # Turned only: area and axes stay.
    assert torch.allclose(torch.linalg.eigvalsh(found.covs), torch.linalg.eigvalsh(layout.covs), atol=1e-6)
    quarter = displaced(layout, torch.ones_like(numbers), Jitter(0, 0, torch.pi / 2))
    assert torch.allclose(quarter.covs[..., 0, 0], layout.covs[..., 1, 1], atol=1e-6)


@pytest.mark.parametrize("twins", [False, True])
def test_it_compiles_without_a_break(model: BlobGAN, twins: bool) -> None:
    numbers = random_numbers(model, 8, torch.Generator().manual_seed(0), mix=0.5, twins=twins)
    jitter = Jitter(0.04, 0.5, 0.1)
    compiled = torch.compile(paint, backend="eager", fullgraph=True, dynamic=False)
    with torch.no_grad():
        for found, wanted in zip(
            compiled(model, jitter, numbers, torch.float32), paint(model, jitter, numbers, torch.float32), strict=True
        ):
            assert torch.allclose(found, wanted, atol=1e-5)


def test_twins_are_the_last_pictures_and_have_their_originals_noise(model: BlobGAN) -> None:
    """A blob moved by nothing: the twin is its original, pixel by pixel, and nothing disagrees."""
    numbers = random_numbers(model, 8, torch.Generator().manual_seed(0), twins=True)
    still = torch.zeros(2)
    numbers = dataclasses.replace(numbers, twins=Twins(numbers.twins.blob, still, still, torch.ones(2)))
    with torch.no_grad():
        pictures, disagreement = paint(model, Jitter(0.04, 0.5, 0.1), numbers, torch.float32)
    assert pictures.shape[0] == 8
    assert torch.allclose(pictures[6:], pictures[[1, 0]], atol=1e-5)
    assert disagreement < 1e-5


def test_losses_at_known_logits() -> None:
    real, fake = torch.tensor([[2.0], [-1.0]]), torch.tensor([[0.5], [-3.0]])
    softplus = torch.nn.functional.softplus
    assert discriminator_loss(real, fake, False) == softplus(-real).mean() + softplus(fake).mean()
    assert generator_loss(fake) == softplus(-fake).mean()
    assert discriminator_loss(real, fake, True) == generator_loss(real, fake), "each side's gain is the other's loss"
    assert discriminator_loss(real + 7, fake + 7, True) == pytest.approx(discriminator_loss(real, fake, True).item())


def test_the_penalty_of_a_linear_judge_is_its_slope_squared() -> None:
    weight = torch.randn(1, 3, 4, 4, requires_grad=True)
    found = gradient_penalty(lambda images: (images * weight).sum(dim=(1, 2, 3)), torch.randn(5, 3, 4, 4))
    assert found.item() == pytest.approx(weight.square().sum().item(), rel=1e-5)
    found.backward()
    assert weight.grad is not None
    assert torch.allclose(weight.grad, 2 * weight)
