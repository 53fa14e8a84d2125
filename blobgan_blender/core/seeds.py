"""Random numbers that stay the same for good: numpy's frozen RandomState stream, never torch's generators."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .morph import along

STEP = 0.45  # radians from a room to one “like this”: what furniture there is stays, where it stands changes
MAX_SEED = 2**31 - 1  # what an integer property of Blender holds; RandomState takes up to 2**32 - 1


def z_from_seed(seed: int, count: int, d_noise: int) -> np.ndarray:
    """Noise for the layout network: float32 (count, d_noise), standard normal. Row i does not depend on `count`."""
    return np.random.RandomState(seed).standard_normal((count, d_noise)).astype(np.float32)


def z_between(first: np.ndarray, second: np.ndarray, count: int) -> np.ndarray:
    """Noise on the way from one (1, d_noise) to another: float32 (count, d_noise), count ≥ 2, evenly turned.

    On the straight line between them the noise would be shorter than normal noise ever is.
    """
    ends = np.concatenate([first, second])
    return np.stack([along(ends, step / (count - 1), spherical=True) for step in range(count)])


def z_near(seed: int, steps: Sequence[int], d_noise: int, step: float = STEP) -> np.ndarray:
    """Noise near that of a seed: float32 (1, d_noise). Each of `steps` is a seed to turn towards, by `step` radians.

    A turn keeps the length that normal noise has, so rooms far along are as likely as the first.
    """
    z = z_from_seed(seed, 1, d_noise).astype(np.float64)
    for towards in steps:
        other = z_from_seed(towards, 1, d_noise)
        z = np.cos(step) * z + np.sin(step) * other
    return z.astype(np.float32)


def noise_side(index: int) -> int:
    """Side in pixels of the decoder's noise map `index`: 16, 32, 32, 64, 64, … (`parity.md` 10)."""
    return 16 << ((index + 1) // 2)


def noise_count(resolution: int) -> int:
    """How many noise maps a decoder of `resolution` takes: one for each 3×3 convolution."""
    return 2 * (resolution // 16).bit_length() - 1


def noise_from_seed(seed: int, resolution: int) -> list[np.ndarray]:
    """The decoder's fixed spatial noise, one float32 (1, 1, side, side) map for each 3×3 convolution.

    Fixed by the seed so that the frames of an animation do not flicker.
    """
    stream = np.random.RandomState(seed)
    sides = (noise_side(index) for index in range(noise_count(resolution)))
    return [stream.standard_normal((1, 1, side, side)).astype(np.float32) for side in sides]
