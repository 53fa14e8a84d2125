"""Official checkpoints in their several forms, and what is inferred from them."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from checkpoints import TINY, tiny_state
from golden.cases import case

from blobgan_blender.core.errors import ModelFileError
from blobgan_blender.core.seeds import z_from_seed
from blobgan_blender.library.card import ModelConfig
from blobgan_blender.model.blobgan import BlobGAN
from blobgan_blender.model.official import convert


@pytest.fixture
def omegaconf() -> Iterator[types.ModuleType]:
    """A stand-in with OmegaConf's class names and attributes, there while a checkpoint is written and not when read."""
    module = types.ModuleType("omegaconf")
    for name in ("DictConfig", "ListConfig", "AnyNode"):
        setattr(module, name, type(name, (), {"__module__": "omegaconf"}))
    sys.modules["omegaconf"] = module
    yield module
    sys.modules.pop("omegaconf", None)


def node(omegaconf: types.ModuleType, value: Any, parent: Any = None) -> Any:
    """A value as OmegaConf's nodes: the content under `_content` or `_val`, and a way back to the parent."""
    if isinstance(value, dict):
        made = omegaconf.DictConfig()
        made.__dict__["_content"] = {key: node(omegaconf, item, made) for key, item in value.items()}
    else:
        made = omegaconf.AnyNode()
        made.__dict__["_val"] = value
    made.__dict__.update(_parent=parent, _metadata={"ref_type": dict})
    return made


def save(path: Path, **content: Any) -> Path:
    torch.save({"epoch": 3, "state_dict": tiny_state(), **content}, path)
    return path


def assert_weights(model: BlobGAN, state: dict[str, torch.Tensor]) -> None:
    for name, tensor in model.state_dict().items():
        if name != "mean_latent":
            official = name.replace("generator.", "generator_ema.").replace("layout_net.", "layout_net_ema.")
            assert torch.equal(tensor, state[official]), name


def test_the_ugliest_official_file(official_checkpoint: Path) -> None:
    model = convert(official_checkpoint)
    assert model.config == ModelConfig(
        resolution=64, blobs=5, d_noise=32, hidden=64, d_in=64, d_style=32, c_model=8, ab_norm=0.02, norm_features=True
    )
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    official = torch.load(official_checkpoint, weights_only=False, map_location="cpu", pickle_module=_inert_module())
    assert_weights(model, official["state_dict"])


def _inert_module() -> Any:
    """torch's own reader with every class that is not torch's left out: a second opinion on the numbers."""
    import pickle

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            if module.startswith(("torch", "collections")):
                return super().find_class(module, name)
            return type(name, (dict,), {"__init__": lambda *_: None, "__setstate__": lambda *_: None})

    return types.SimpleNamespace(Unpickler=Unpickler, load=pickle.load, __name__="pickle")


def test_plain_hyper_parameters(tmp_path: Path) -> None:
    settings = {"layout_net": {"norm_features": False}, "ab_norm": 0.05}
    model = convert(save(tmp_path / "bed.ckpt", hyper_parameters=settings))
    assert model.config == ModelConfig(**{**vars(TINY), "ab_norm": 0.05, "norm_features": False})
    assert_weights(model, tiny_state())


def test_omegaconf_hyper_parameters(tmp_path: Path, omegaconf: types.ModuleType) -> None:
    settings = {"layout_net": {"norm_features": False}, "ab_norm": 0.05, "resolution": "${model.resolution}"}
    whole = save(tmp_path / "whole.ckpt", hyper_parameters=node(omegaconf, settings))
    nested = {key: node(omegaconf, value) for key, value in settings.items()}
    parts = save(tmp_path / "parts.ckpt", hyper_parameters=nested)
    del sys.modules["omegaconf"]
    for path in (whole, parts):
        config = convert(path).config
        assert (config.ab_norm, config.norm_features) == (0.05, False)


@pytest.mark.parametrize("settings", [None, {}, {"ab_norm": "${model.ab_norm}"}, {"layout_net": 3}, [1, 2]])
def test_without_usable_hyper_parameters_the_papers_values_hold(tmp_path: Path, settings: Any) -> None:
    assert convert(save(tmp_path / "bed.ckpt", hyper_parameters=settings)).config == TINY


def test_half_precision_files(tmp_path: Path) -> None:
    state = {name: tensor.half() for name, tensor in tiny_state().items()}
    assert_weights(convert(save(tmp_path / "bed.ckpt", state_dict=state)), state)


# The mean latent


def test_a_mean_latent_is_computed_where_none_is_given(tmp_path: Path) -> None:
    model = convert(save(tmp_path / "bed.ckpt"))
    latents = model.layout_net.latent(torch.from_numpy(z_from_seed(0, 10_000, TINY.d_noise)))
    assert torch.allclose(model.mean_latent, latents.mean(dim=0, keepdim=True), atol=1e-5)
    assert model.mean_latent.dtype == torch.float32


def test_the_computed_mean_latent_does_not_hang_on_threads(official_checkpoint: Path) -> None:
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = convert(official_checkpoint).mean_latent
        torch.set_num_threads(3)
        assert torch.equal(convert(official_checkpoint).mean_latent, one)
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("shape", [(1, 64), (64,)])
def test_a_mean_latent_is_taken_from_its_file(
    official_checkpoint: Path, tmp_path: Path, shape: tuple[int, ...]
) -> None:
    wanted = torch.from_numpy(case("common")["mean_latent"])
    torch.save(wanted.reshape(shape), tmp_path / "mean.pt")
    assert torch.equal(convert(official_checkpoint, tmp_path / "mean.pt").mean_latent, wanted)


@pytest.mark.parametrize("content", [torch.zeros(1, 63), torch.zeros(8, 8), {"a": 1}, "mean"], ids=str)
def test_another_models_mean_latent_is_refused(official_checkpoint: Path, tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / "mean.pt")
    with pytest.raises(ModelFileError, match=r"mean\.pt is not the mean latent of this model: it must be \(1, 64\)"):
        convert(official_checkpoint, tmp_path / "mean.pt")


# What is no BlobGAN


@pytest.mark.parametrize(
    ("name", "shape", "reason"),
    [
        ("generator_ema.conv1.conv.weight", None, "lack 'generator.conv1.conv.weight'"),
        ("layout_net_ema.mlp.8.weight", None, "lack 'layout_net.mlp.8.weight'"),
        ("generator_ema.conv1.conv.weight", (3,), "axes"),
        ("generator_ema.conv1.conv.weight", (1, 9, 8, 3, 3), "not a BlobGAN"),
        ("layout_net_ema.mlp.8.weight", (50, 8), "fit no number of blobs"),
        ("layout_net_ema.mlp.4.weight", (8, 7), "layout_net.mlp.4.weight is \\(8, 7\\) where \\(8, 8\\) belongs"),
        ("generator_ema.to_rgb1.bias", None, "generator.to_rgb1.bias is missing"),
        ("generator_ema.surprise", (2,), "where nothing belongs"),
    ],
)
def test_weights_that_do_not_fit_are_named(
    tmp_path: Path, name: str, shape: tuple[int, ...] | None, reason: str
) -> None:
    state = tiny_state()
    if shape is None:
        del state[name]
    else:
        state[name] = torch.zeros(shape)
    with pytest.raises(ModelFileError, match=f"^bed.ckpt .*{reason}"):
        convert(save(tmp_path / "bed.ckpt", state_dict=state))


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    state = tiny_state()
    state["generator_ema.conv1.activate.bias"][3] = np.nan
    with pytest.raises(ModelFileError, match=r"generator\.conv1\.activate\.bias holds values that are not finite"):
        convert(save(tmp_path / "bed.ckpt", state_dict=state))
