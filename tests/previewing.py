"""A model whose first colours are nearly the picture."""

from __future__ import annotations

import dataclasses
from pathlib import Path


def previewing_model(model: Path, folder: Path) -> Path:
    """A copy of a model in a folder, its to-RGBs but the first made faint."""
    import torch

    from blobgan_blender.model.blobgan import load_model, save_model

    network, card = load_model(model)
    with torch.no_grad():
        for to_rgb in network.generator.to_rgbs:
            to_rgb.conv.weight *= 0.02
            to_rgb.bias *= 0.02
    path = folder / "coarse.safetensors"
    save_model(network, path, dataclasses.replace(card, name="coarse"))
    return path
