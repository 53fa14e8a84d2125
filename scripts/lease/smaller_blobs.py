"""Luggage of a run, changed to go on with smaller blobs: `smaller_blobs.py IN OUT --ab-norm A [--raise-sizes R]`.

Blobs of another size are another architecture, which a run does not go on from by itself. The networks' weights fit all
the same, and learn to draw with such blobs in a few hundred thousand pictures. `IN` is what `train.sh luggage` brought
home, its parts put together; `OUT` is carried to the next lease as NAME.luggage.part0 of a run with that `--ab-norm`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file

LR_MUL = 0.01  # of the layout network: its biases count for so much


def main() -> None:
    """Change the one file into the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("luggage", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--ab-norm", type=float, required=True, help="square root of each covariance's determinant")
    parser.add_argument("--raise-sizes", type=float, default=0.0, help="added to every blob's size logit")
    chosen = parser.parse_args()
    with safe_open(chosen.luggage, "pt") as file:
        state = json.loads(file.metadata()["state"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    layers = [name for name in tensors if name.startswith("model.layout_net.mlp.") and name.endswith(".bias")]
    last = tensors[max(layers, key=lambda name: int(name.split(".")[3]))]
    last[1 : 1 + state["config"]["blobs"]] += chosen.raise_sizes / LR_MUL
    state["config"]["ab_norm"] = chosen.ab_norm
    save_file(tensors, chosen.out, metadata={"state": json.dumps(state)})


if __name__ == "__main__":
    main()
