"""The official implementation's checkpoints → this package's models (`parity.md` 10, 11)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..core.errors import ModelFileError
from ..library.architecture import check_shapes
from ..library.card import ModelConfig
from .blobgan import BlobGAN, build
from .untrusted import Inert, StoredTensor, opened_checkpoint

# Constants that the official modules register as buffers, and noise buffers of the wrong size.
_IGNORED = (".kernel", "noises.")
_MAX_OCTAVES = 7  # 2048²
_PREFIXES = {"generator_ema.": "generator.", "layout_net_ema.": "layout_net."}


def convert(checkpoint: Path, mean_latent: Path | None = None) -> BlobGAN:
    """Read an official checkpoint's EMA weights; compute the mean latent where no file gives it.

    Args:
        checkpoint: a `.ckpt` of the official training code.
        mean_latent: a `.pt` with one tensor (1, hidden) or (hidden,).

    Raises:
        ModelFileError: the files are damaged, hostile, or not a BlobGAN.
    """
    source = checkpoint.name
    with opened_checkpoint(checkpoint) as data:
        state = _setting(data, "state_dict")
        if not isinstance(state, dict):
            raise ModelFileError(f"{source} is not a BlobGAN checkpoint: it has no state_dict. Choose another file.")
        stored = _ema_tensors(state)
        shapes = {name: tensor.shape for name, tensor in stored.items()}
        config = infer_config(shapes, _setting(data, "hyper_parameters"), source)
        check_shapes(config, shapes | {"mean_latent": (1, config.hidden)}, source)
        tensors = {name: tensor.read() for name, tensor in stored.items()}
    tensors["mean_latent"] = torch.zeros(1, config.hidden)
    if mean_latent is not None:
        tensors["mean_latent"] = _read_mean_latent(mean_latent, config.hidden)
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise ModelFileError(f"{source} is damaged: {name} holds values that are not finite. Copy it again.")
    model = build(config, tensors, source)
    if mean_latent is None:
        model.compute_mean_latent()
    return model


def _ema_tensors(state: dict[Any, Any]) -> dict[str, StoredTensor]:
    tensors = {}
    for key, value in dict.items(state):
        for official, ours in _PREFIXES.items():
            if not isinstance(key, str) or not key.startswith(official) or not isinstance(value, StoredTensor):
                continue
            if not any(part in key for part in _IGNORED):
                tensors[ours + key[len(official) :]] = value
    return tensors


def infer_config(shapes: dict[str, tuple[int, ...]], hyper_parameters: Any, source: str) -> ModelConfig:
    """The architecture, from the weights' shapes; what shapes cannot tell from the hyper-parameters, if given.

    Args:
        shapes: by this package's names.
        hyper_parameters: nested dicts or OmegaConf's; `ab_norm` and `layout_net.norm_features` are looked up.
        source: the file's name, for messages.
    """
    try:
        _, c_first, d_in, *_ = shapes["generator.conv1.conv.weight"]
        _, d_style = shapes["generator.conv1.conv.modulation.weight"]
        hidden, d_noise = shapes["layout_net.mlp.1.weight"]
        rows, _ = shapes["layout_net.mlp.8.weight"]
    except KeyError as error:
        raise ModelFileError(
            f"{source} is not a BlobGAN checkpoint: its EMA weights lack {error}. Choose another file."
        ) from error
    except ValueError as error:
        raise ModelFileError(
            f"{source} is not a BlobGAN checkpoint: a weight has not the axes it should ({error}). Choose another file."
        ) from error
    octaves = sum(name.startswith("generator.to_rgbs.") and name.endswith(".conv.weight") for name in shapes)
    blobs, rest = divmod(rows - (d_in + d_style + 1), d_in + d_style + 7)
    if rest or blobs < 0 or c_first % 8 or octaves > _MAX_OCTAVES:
        raise ModelFileError(f"{source} is not a BlobGAN checkpoint: {rows} layout rows fit no number of blobs.")
    norm_features = _setting(hyper_parameters, "layout_net", "norm_features")
    ab_norm = _setting(hyper_parameters, "ab_norm")
    return ModelConfig(
        resolution=16 << octaves,
        blobs=blobs,
        d_noise=d_noise,
        hidden=hidden,
        d_in=d_in,
        d_style=d_style,
        c_model=c_first // 8,
        ab_norm=float(ab_norm) if isinstance(ab_norm, float) else 0.02,
        norm_features=norm_features is not False,
    )


def _setting(parameters: Any, *keys: str) -> Any:
    """What lies under `keys` in nested dicts, None where nothing does.

    OmegaConf's nodes, read as inert dicts, keep their content under `_content` or `_val`.
    """
    value = _content(parameters)
    for key in keys:
        value = _content(dict.get(value, key)) if isinstance(value, dict) else None
    return value


def _content(value: Any) -> Any:
    for _ in range(4):  # a node in a node; a hostile file's may contain itself
        if isinstance(value, Inert) and value.keys() & {"_content", "_val"}:
            value = value["_content"] if "_content" in value else value["_val"]
    return value


def _read_mean_latent(path: Path, hidden: int) -> Tensor:
    with opened_checkpoint(path) as value:
        shape = value.shape if isinstance(value, StoredTensor) else ()
        if shape not in ((hidden,), (1, hidden)):
            found = shape if isinstance(value, StoredTensor) else f"a {type(value).__name__}"
            raise ModelFileError(
                f"{path.name} is not the mean latent of this model: it must be (1, {hidden}), not {found}."
            )
        return value.read().reshape(1, hidden)
