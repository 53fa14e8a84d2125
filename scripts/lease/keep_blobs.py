"""A model without its idle blobs: `python -m scripts.lease.keep_blobs MODEL OUT BLOB…`, the hindmost to keep first.

A blob that is never seen draws nothing, and is an empty that an artist moves in vain. The other blobs, and all that
draws, are as they were. `MODEL` and `OUT` end in .safetensors, with their cards beside them.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from blobgan_blender.model.blobgan import BlobGAN, load_model, save_model

from .other_blobs import stacked


def main() -> None:
    """Write the one model from the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("keep", type=int, nargs="+")
    chosen = parser.parse_args()
    model, card = load_model(chosen.model)
    config = dataclasses.replace(model.config, blobs=len(chosen.keep))
    weights = model.state_dict()
    last = f"layout_net.mlp.{len(model.layout_net.mlp) - 1}"
    for name in (f"{last}.weight", f"{last}.bias"):
        weights[name] = stacked(weights[name], chosen.keep, model.config.blobs, config.d_in + config.d_style)
    fewer = BlobGAN(config)
    fewer.load_state_dict(weights)
    save_model(fewer, chosen.out, card)


if __name__ == "__main__":
    main()
