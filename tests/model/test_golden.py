"""The networks against what the official code computes, case by case, at the tolerances of parity.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from golden.cases import (
    CASES,
    FOLDER,
    FROM_NOISE,
    OTHERS,
    RELATIVE,
    TOLERANCE,
    case,
    fixed_noise,
    gain_of,
    input_layout,
    layout_of,
    relative_l2,
)
from golden.recipe import recipe
from torch import Tensor

from blobgan_blender.core.layout import Layout
from blobgan_blender.library.card import ModelConfig
from blobgan_blender.model.blobgan import BlobGAN, build, load_model
from blobgan_blender.model.official import infer_config
from blobgan_blender.model.splat import blob_map, composite, pyramid, scores

SIDE = 64


@pytest.fixture(scope="module")
def model(small_model: Path) -> BlobGAN:
    return load_model(small_model)[0]


def tensors(layout: Layout[np.ndarray]) -> Layout[Tensor]:
    return layout.map(lambda array: torch.from_numpy(array.astype(np.float32)))


def noise() -> list[Tensor]:
    return [torch.from_numpy(map_) for map_ in fixed_noise()]


def colors() -> Tensor:
    return torch.from_numpy(case("common")["colors"])


def assert_close(found: Tensor, wanted: np.ndarray) -> None:
    assert tuple(found.shape) == wanted.shape
    assert np.abs(found.numpy() - wanted).max(initial=0) <= TOLERANCE


def test_no_case_is_forgotten() -> None:
    assert sorted(CASES + OTHERS) == sorted(path.stem for path in FOLDER.glob("*.npz"))


@pytest.mark.parametrize("name", FROM_NOISE)
def test_layout_network(model: BlobGAN, name: str) -> None:
    data = case(name)
    z = torch.from_numpy(data["in_z"])
    truncation = float(data.get("in_truncate", 0.0))
    layout = model.layout_net(z, truncation, model.mean_latent)
    for field, wanted in layout_of(data, "layout_").arrays().items():
        assert_close(getattr(layout, field), wanted)


@pytest.mark.parametrize("name", ["plain", "batch2"])
def test_raw_output_of_the_layout_network(model: BlobGAN, name: str) -> None:
    data = case(name)
    raw = model.layout_net.raw(model.layout_net.mlp(torch.from_numpy(data["in_z"])))
    for field, found in raw.items():
        assert_close(found, data[f"net_{field}"])


@pytest.mark.parametrize("name", [name for name in CASES if "raw_scores" in case(name)])
def test_splat(model: BlobGAN, name: str) -> None:
    data = case(name)
    layout = tensors(input_layout(data))
    alone = scores(layout, SIDE)
    splats = pyramid(composite(alone))
    assert_close(alone.permute(0, 2, 3, 1), data["raw_scores"])
    assert_close(splats[64].permute(0, 2, 3, 1), data["composed_scores"])
    assert_close(splats[32], data["pyramid_32"])
    assert_close(splats[16], data["pyramid_16"])
    start = torch.einsum("nmhw,nmc->nchw", splats[16], layout.features)
    assert_close(start, data["feature_grid"])
    assert torch.allclose(splats[64].sum(dim=1), torch.ones(()), atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_generator(model: BlobGAN, name: str) -> None:
    data = case(name)
    with torch.no_grad():
        image = model.generator(tensors(input_layout(data)), noise())
    assert relative_l2(image.numpy(), data["image"]) <= RELATIVE


@pytest.mark.parametrize("name", CASES)
def test_blob_map(name: str) -> None:
    data = case(name)
    found = blob_map(tensors(input_layout(data)), colors(), SIDE, gain=gain_of(data))
    assert_close(found, data["feature_img"])


def test_gradients_of_the_layout(model: BlobGAN) -> None:
    data = case("grad")
    layout = tensors(layout_of(data, "in_")).map(lambda tensor: tensor.requires_grad_())
    loss = (model.generator(layout, noise()) * torch.from_numpy(data["W"])).mean()
    loss.backward()
    assert loss.item() == pytest.approx(float(data["loss"]), rel=1e-5)
    for field, tensor in layout.arrays().items():
        wanted = data[f"grad_{field}"]
        found = np.zeros_like(wanted) if tensor.grad is None else tensor.grad.numpy()
        if field == "sizes":
            assert not found[:, 0].any(), "the background's size has no effect"
        assert relative_l2(found, wanted) <= RELATIVE, field


# A model rebuilt from its keys


@pytest.fixture(scope="module")
def recipe_model(model: BlobGAN) -> BlobGAN:
    def official(name: str) -> str:
        return name.replace("generator.", "generator_ema.").replace("layout_net.", "layout_net_ema.")

    shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
    weights = {name: torch.from_numpy(recipe(official(name), shape)) for name, shape in shapes.items()}
    weights["mean_latent"] = torch.zeros(1, model.config.hidden)
    made = build(model.config, weights, "recipe")
    with torch.no_grad():
        latents = made.layout_net.latent(torch.from_numpy(recipe("input.zmean", (256, model.config.d_noise))))
        made.mean_latent.copy_(latents.mean(dim=0, keepdim=True))
    return made


@pytest.mark.parametrize(("prefix", "truncation"), [("plain_", 0.0), ("trunc04_", 0.4)])
def test_recipe(recipe_model: BlobGAN, prefix: str, truncation: float) -> None:
    data = case("recipe_smallA")
    assert_close(recipe_model.mean_latent, data["mean_latent"])
    # Row 0 of what the recipe makes for four noise vectors.
    z = torch.from_numpy(recipe("input.z", (4, recipe_model.config.d_noise)))[:1]
    sides = (16, 32, 32, 64, 64)
    maps = [torch.from_numpy(recipe(f"input.noise_{i}", (1, 1, side, side))) for i, side in enumerate(sides)]
    with torch.no_grad():
        layout = recipe_model.layout_net(z, truncation, recipe_model.mean_latent)
        image = recipe_model.generator(layout, maps)
        shown = blob_map(layout, colors(), SIDE)
    for field, wanted in layout_of(data, prefix).arrays().items():
        assert_close(getattr(layout, field), wanted)
    assert relative_l2(image.numpy(), data[f"{prefix}image"]) <= RELATIVE
    assert_close(shown, data[f"{prefix}feature_img"])


# The paper's model


@pytest.fixture(scope="module")
def paper_shapes() -> dict[str, tuple[int, ...]]:
    """Keys and shapes of the official EMA networks under this package's names, constants and noise buffers left out."""
    shapes = {}
    for line in (FOLDER / "full_keys.txt").read_text().splitlines():
        if line.startswith("#") or "\t" not in line:
            continue
        key, shape, _ = line.split("\t")
        part, _, name = key.partition(".")
        if part in ("generator_ema", "layout_net_ema") and not key.endswith(".kernel") and ".noises." not in key:
            shapes[f"{part.removesuffix('_ema')}.{name}"] = tuple(int(side) for side in shape.strip("[]").split(","))
    return shapes


def test_the_papers_model_has_its_keys_and_shapes(paper_shapes: dict[str, tuple[int, ...]]) -> None:
    config = infer_config(paper_shapes, {}, "full_keys.txt")
    assert config == ModelConfig(
        resolution=256, blobs=10, d_noise=512, hidden=1024, d_in=768, d_style=512, c_model=96, ab_norm=0.02
    )
    with torch.device("meta"):
        model = BlobGAN(config)
    found = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    assert found == paper_shapes | {"mean_latent": (1, 1024)}


def test_the_papers_model_has_its_number_of_parameters(paper_shapes: dict[str, tuple[int, ...]]) -> None:
    with torch.device("meta"):
        model = BlobGAN(infer_config(paper_shapes, {}, "full_keys.txt"))
    assert sum(parameter.numel() for parameter in model.generator.parameters()) == 35_866_200
    assert sum(parameter.numel() for parameter in model.layout_net.parameters()) == 21_327_687
