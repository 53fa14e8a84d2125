"""A model with a wider decoder that draws the same pictures: `python -m scripts.lease.widen MODEL OUT --c-model 24`.

To go on from with `--base`: what a small decoder has learned need not be learned again by a larger one. New channels
are computed from the first, but nothing reads them yet: their modulations are nought, and learn to be otherwise.

- A style map is divided by its root mean square over the channels, which silent channels make smaller; a filter is
  divided by its norm, which new weights make larger. They are made as large as it takes for the two to cancel out.
- To-RGB has neither, but a scale by its number of inputs.

`MODEL` and `OUT` end in .safetensors, with their cards beside them.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import torch
from torch import Tensor

from blobgan_blender.model.blobgan import BlobGAN, load_model, save_model


def main() -> None:
    """Write the one model from the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--c-model", type=int, required=True, help="width of the wider decoder")
    chosen = parser.parse_args()
    model, card = load_model(chosen.model)
    if not chosen.c_model > model.config.c_model:
        parser.error(f"--c-model must be more than the model's own {model.config.c_model}")
    torch.manual_seed(0)
    wider = BlobGAN(dataclasses.replace(model.config, c_model=chosen.c_model))
    wider.load_state_dict(widened(model.state_dict(), wider.state_dict()))
    save_model(wider, chosen.out, card)


def widened(narrow: dict[str, Tensor], fresh: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights of the one network in a wider one that was just made."""
    return {name: _filled(name, narrow[name], fresh[name].clone()) for name in fresh}


def _filled(name: str, old: Tensor, new: Tensor) -> Tensor:
    if ".conv.modulation." in name:
        new.zero_()
    elif name.endswith(".conv.weight"):
        growth = new.shape[2] / old.shape[2]  # (1, C', C, k, k)
        if ".to_rgb" in name:
            old = old * growth**0.5
        elif growth > 1:
            _balance(old, new, growth)
    new[tuple(slice(size) for size in old.shape)] = old
    return new


def _balance(old: Tensor, new: Tensor, growth: float) -> None:
    """Give the old filters' new inputs the squares that raise the sum of each filter's by `growth`."""
    c_to, c_from = old.shape[1:3]
    added = new[:, :c_to, c_from:]
    wanted = old.square().sum(dim=(2, 3, 4), keepdim=True) * (growth - 1)
    added *= (wanted / added.square().sum(dim=(2, 3, 4), keepdim=True)).sqrt()


if __name__ == "__main__":
    main()
