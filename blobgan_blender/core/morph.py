"""Between appearances: along the sphere that φ and ψ lie on, or straight for a model that does not norm them."""

from __future__ import annotations

import numpy as np

_PARALLEL = 1e-4  # radians: so near, and so near to opposite, the sphere's arc and its chord are the same, or none is


def along(stages: np.ndarray, amount: float, spherical: bool) -> np.ndarray:
    """A vector on the way through several.

    Args:
        stages: (K, d), K ≥ 1, evenly spaced.
        amount: 0 is the first, 1 the last; each stage itself comes out bit for bit.
        spherical: turn evenly from direction to direction while the length goes from one to the other; else straight.

    Returns:
        float32 (d).
    """
    place = float(np.clip(amount, 0.0, 1.0)) * (len(stages) - 1)
    first = int(place)
    part = place - first
    if part == 0.0:
        return np.asarray(stages[first], np.float32)
    a, b = np.asarray(stages[first], np.float64), np.asarray(stages[first + 1], np.float64)
    return (turned(a, b, part) if spherical else a + part * (b - a)).astype(np.float32)


def turned(a: np.ndarray, b: np.ndarray, part: float) -> np.ndarray:
    """From a (d) towards b (d) by `part` of the angle between them, float64; the length goes straight."""
    length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
    if length_a == 0 or length_b == 0:
        return a + part * (b - a)
    u, v = a / length_a, b / length_b
    angle = np.arccos(np.clip(u @ v, -1.0, 1.0))
    if angle < _PARALLEL or np.pi - angle < _PARALLEL:
        return a + part * (b - a)
    direction = (np.sin((1 - part) * angle) * u + np.sin(part * angle) * v) / np.sin(angle)
    return direction * (length_a + part * (length_b - length_a))
