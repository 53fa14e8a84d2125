"""Weights made from a state dict's key, so that a test can rebuild a golden model without storing it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np


def recipe(key: str, shape: Sequence[int]) -> np.ndarray:
    """float32 values for the full official key, such as `generator_ema.conv1.conv.weight`, or for any other name."""
    x = np.random.Generator(np.random.PCG64(zlib.crc32(key.encode()))).standard_normal(tuple(shape), dtype=np.float32)
    in_layout_net = key.startswith("layout_net")
    if key.endswith("noise.weight"):
        return (0.1 + 0.05 * np.abs(x)).astype(np.float32)
    if key.endswith(".bias"):
        if in_layout_net:
            return (20 * x).astype(np.float32)
        return ((1.0 if "modulation" in key else 0.0) + 0.1 * x).astype(np.float32)
    return (100 * x).astype(np.float32) if in_layout_net else x
