"""Luggage of a run, changed to go on with other blobs: smaller, sharper, or stacked otherwise.

    other_blobs.py IN OUT --ab-norm 0.006 --raise-sizes 0.4    smaller, but no fainter
    other_blobs.py IN OUT --sharpen 4                          edges four times as steep, in the same place
    other_blobs.py IN OUT --order 0 2 1 …                      stacked so; a blob that is not named is left out

Blobs of another size are another architecture, which a run does not go on from by itself. The networks' weights fit all
the same, and learn to draw with such blobs in a few hundred thousand pictures. `IN` is what `train.sh luggage` brought
home, its parts put together; `OUT` is carried to the next lease as NAME.luggage.part0 of a run with the `ab_norm` that
is said at the end, and with as many `--blobs` as are kept.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

LR_MUL = 0.01  # of the layout network: its biases count for so much


def main() -> None:
    """Change the one file into the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("luggage", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--ab-norm", type=float, help="square root of each covariance's determinant")
    parser.add_argument("--raise-sizes", type=float, default=0.0, help="added to every blob's size logit")
    parser.add_argument("--sharpen", type=float, default=1.0, help="factor of size logits and, inversely, of ab_norm")
    parser.add_argument("--order", type=int, nargs="+", help="numbers of the blobs to keep, hindmost first")
    chosen = parser.parse_args()
    with safe_open(chosen.luggage, "pt") as file:
        state = json.loads(file.metadata()["state"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    config = state["config"]
    order = chosen.order or list(range(config["blobs"]))
    layers = [name for name in tensors if name.startswith("model.layout_net.mlp.") and name.endswith(".bias")]
    last = max(layers, key=lambda name: int(name.split(".")[3])).removesuffix("bias")
    tensors[last + "bias"][1 : 1 + config["blobs"]] += chosen.raise_sizes / LR_MUL
    for name in (last + "weight", last + "bias"):
        tensors[name][1 : 1 + config["blobs"]] *= chosen.sharpen
        tensors[name] = stacked(tensors[name], order, config["blobs"], config["d_in"] + config["d_style"])
    config["blobs"] = len(order)
    # σ(s - vᵀC⁻¹v) with τ·s and C/τ is σ(τ·(s - vᵀC⁻¹v)): steeper where it is a half.
    config["ab_norm"] = (chosen.ab_norm or config["ab_norm"]) / chosen.sharpen
    save_file(tensors, chosen.out, metadata={"state": json.dumps(state)})
    sys.stdout.write(f"--ab-norm {config['ab_norm']!r}\n")


def stacked(rows: Tensor, order: list[int], blobs: int, appearance: int) -> Tensor:
    """The last layer's rows for some of its blobs, in an order.

    Args:
        rows: (R, …) as `parity.md` 3 has them: sizes, the background's appearance, then all of each blob.
        order: numbers of blobs; those that are not in it are left out.
        blobs: how many the layer has.
        appearance: widths of φ and ψ together.
    """
    if len(set(order)) < len(order) or not set(order) <= set(range(blobs)):
        raise ValueError(f"{order} must name some of {blobs} blobs, none twice")
    sizes, background, each = rows.split([1 + blobs, appearance, blobs * (6 + appearance)])
    each = each.reshape(blobs, 6 + appearance, *rows.shape[1:])[order].flatten(0, 1)
    return torch.cat([sizes[:1], sizes[1:][order], background, each])


if __name__ == "__main__":
    main()
