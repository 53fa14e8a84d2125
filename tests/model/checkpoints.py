"""Checkpoints of every kind, honest and hostile, made for the tests that read them."""

from __future__ import annotations

import collections
import io
import pickle
import struct
import zipfile
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from blobgan_blender.library.card import ModelConfig
from blobgan_blender.model.blobgan import BlobGAN

TINY = ModelConfig(resolution=32, blobs=2, d_noise=4, hidden=8, d_in=8, d_style=4, c_model=1)


def official_state(model: BlobGAN) -> dict[str, Tensor]:
    """The state dict that the official training code would have saved of a model, non-EMA copies and buffers too."""
    state = collections.OrderedDict()
    for prefix, module in (("generator", model.generator), ("layout_net", model.layout_net)):
        for name, tensor in module.state_dict().items():
            state[f"{prefix}.{name}"] = torch.zeros_like(tensor)
            state[f"{prefix}_ema.{name}"] = tensor.clone()
    state["generator_ema.convs.0.conv.blur.kernel"] = torch.ones(4, 4)
    state["generator_ema.noises.noise_0"] = torch.ones(1, 1, 4, 4)
    return state


def tiny_state() -> dict[str, Tensor]:
    """The official state dict of a random model of `TINY`."""
    torch.manual_seed(0)
    return official_state(BlobGAN(TINY))


def torch_file(content: object) -> bytes:
    """What `torch.save` writes."""
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


# Torch's file form by hand, to tell lies in it


@dataclass(frozen=True)
class Storage:
    """A storage by name; it need not exist, or have that many numbers."""

    key: str
    numel: Any
    kind: Any = torch.FloatStorage


class Rebuilt:
    """Pickles as a tensor with any sizes one likes."""

    def __init__(self, storage: object, shape: object, stride: object, offset: object = 0) -> None:
        self.arguments = (storage, offset, shape, stride, False, collections.OrderedDict())

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return torch._utils._rebuild_tensor_v2, self.arguments


class _Pickler(pickle.Pickler):
    def persistent_id(self, value: object) -> object:
        if isinstance(value, Storage):
            return ("storage", value.kind, value.key, "cpu", value.numel)
        return None


def described(content: object, protocol: int = 2) -> bytes:
    """A torch file's pickle of content, `Storage`s and `Rebuilt`s in it."""
    file = io.BytesIO()
    _Pickler(file, protocol).dump(content)
    return file.getvalue()


def zipped(
    description: bytes, storages: dict[str, bytes] | None = None, compression: int = zipfile.ZIP_STORED
) -> bytes:
    """A torch file of a pickle and its storages."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("archive/data.pkl", description)
        for key, data in (storages or {}).items():
            archive.writestr(f"archive/data/{key}", data)
    return file.getvalue()


def one_tensor(shape: object, stride: object, offset: object = 0, numel: object = 16, **storage: object) -> bytes:
    """A checkpoint whose state dict holds one tensor over a storage of 16 float32 numbers."""
    name = "generator_ema.conv1.conv.weight"
    tensor = Rebuilt(Storage("0", numel, **storage), shape, stride, offset)
    return zipped(described({"state_dict": {name: tensor}}), {"0": struct.pack("<16f", *range(16))})
