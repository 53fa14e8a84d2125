"""The discriminator against the official one's logits, R1 penalty, names and shapes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from golden.cases import case, relative_l2
from golden.recipe import recipe
from torch import Tensor

from blobgan_blender.model.discriminator import Discriminator, DiscriminatorConfig, smooth, spread
from blobgan_blender.model.layers import blur, fir_kernel

TOLERANCE = 2e-5  # relative


@pytest.fixture(scope="module")
def discriminator() -> Discriminator:
    made = Discriminator(DiscriminatorConfig(64))
    weights = {
        name: torch.from_numpy(recipe(f"discriminator.{name}", tensor.shape))
        for name, tensor in made.state_dict().items()
    }
    made.load_state_dict(weights)
    return made


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.from_numpy(recipe("input.images", (4, 3, 64, 64)) * 0.5)


def test_logits_and_r1(discriminator: Discriminator, images: Tensor) -> None:
    data = case("recipe_smallA")
    images = images.clone().requires_grad_()
    logits = discriminator(images)
    assert relative_l2(logits.detach().numpy(), data["D_logits4"]) <= TOLERANCE
    gradient = torch.autograd.grad(logits.sum(), images)[0]
    penalty = gradient.square().sum(dim=(1, 2, 3)).mean()
    assert penalty.item() == pytest.approx(float(data["R1_unscaled"]), rel=TOLERANCE)


@pytest.fixture(scope="module")
def narrow() -> Discriminator:
    torch.manual_seed(0)
    return Discriminator(DiscriminatorConfig(64, width=8, most=32))


def test_the_penalty_has_gradients(narrow: Discriminator, images: Tensor) -> None:
    images = images.clone().requires_grad_()
    gradient = torch.autograd.grad(narrow(images).sum(), images, create_graph=True)[0]
    gradient.square().sum().backward()
    weights = {name: parameter.grad for name, parameter in narrow.named_parameters() if name.endswith(".weight")}
    assert all(grad is not None and grad.isfinite().all() and grad.any() for grad in weights.values())


def test_sets_do_not_see_each_other(narrow: Discriminator, images: Tensor) -> None:
    other = images.flip(3) * 1.5
    with torch.no_grad():
        apart = torch.cat([narrow(images), narrow(other)])
        together = narrow(torch.cat([images, other]), sets=2)
        mixed = narrow(torch.cat([images, other]))
    assert torch.allclose(apart, together, atol=1e-5)
    assert not torch.allclose(apart, mixed, atol=1e-5)


def test_a_batch_that_no_group_of_four_divides(images: Tensor) -> None:
    found = spread(torch.cat([images, images[:2]]))  # 6 pictures: two groups of three
    assert found.shape == (6, 1, 64, 64)
    assert torch.equal(found[:, 0, 0, 0].unique().sort().values, found[:2, 0, 0, 0].sort().values)


def test_bfloat16_stays_near(narrow: Discriminator, images: Tensor) -> None:
    """Judged by the maps: these untrained logits lie near 0, where their relative error says little."""
    with torch.no_grad():
        full, half = narrow.convs(images), narrow.convs(images.bfloat16())
        assert narrow(images.bfloat16()).dtype == torch.float32
    assert half.dtype == torch.bfloat16
    assert relative_l2(half.float().numpy(), full.numpy()) < 1.5e-2


def test_names_and_shapes_are_the_official_ones(golden: Path) -> None:
    with torch.device("meta"):
        made = Discriminator(DiscriminatorConfig(256))
    found = {f"discriminator.{name}": list(tensor.shape) for name, tensor in made.state_dict().items()}
    wanted = {}
    for line in (golden / "full_keys.txt").read_text().splitlines():
        key, *rest = line.split("\t")
        if key.startswith("discriminator.") and not key.endswith(".kernel"):
            wanted[key] = [int(side) for side in rest[0].strip("[]").split(", ")]
    assert found == wanted
    assert sum(parameter.numel() for parameter in made.parameters()) == 28_864_129


@pytest.mark.parametrize(("before", "after", "gain"), [(2, 2, 1.0), (1, 1, 4.0)])
def test_shifted_sums_are_the_filter(before: int, after: int, gain: float) -> None:
    x = torch.randn(2, 3, 9, 12)
    wanted = blur(x, fir_kernel(gain), (before, after))
    assert torch.allclose(smooth(x, before, after, gain), wanted, atol=1e-6)
    assert torch.allclose(smooth(x, before, after, gain, stride=2), wanted[:, :, ::2, ::2], atol=1e-6)
