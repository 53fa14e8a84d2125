"""How much a model's layouts differ: the spread of each blob's place and size over seeds."""

from __future__ import annotations

import torch

from .drawing import Drawer


def measure_layouts(drawer: Drawer, count: int, truncation: float, seed: int = 0) -> dict[str, object]:
    """Standard deviations over `count` layouts, as plain JSON values.

    A blob's `x` and `y` are in picture widths (0.29 would be anywhere, evenly), its `size` a logit; `mean size` tells
    blobs that are never seen (below -3). The summary is the mean over blobs.
    """
    layouts = drawer.sample(seed, count, truncation)
    sizes = layouts.sizes[:, 1:]
    columns = {"x": layouts.xs.std(dim=0), "y": layouts.ys.std(dim=0), "size": sizes.std(dim=0)}
    columns["mean size"] = sizes.mean(dim=0)
    table = torch.stack(list(columns.values()), dim=1).cpu().double()  # Apple's GPUs know no float64
    return {
        "layouts": count,
        "truncation": truncation,
        "seed": seed,
        "blobs": [dict(zip(columns, row, strict=True)) for row in table.tolist()],
        "summary": dict(zip(columns, table.mean(dim=0).tolist(), strict=True)),
    }
