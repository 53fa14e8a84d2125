"""Between appearances: along the sphere that φ and ψ lie on, or straight for a model that does not norm them.

One way for all: for a part of the way in one edit (`core.edits.restyle`), for a keyframed morph, for noise.
"""

from __future__ import annotations

import numpy as np

_PARALLEL = 1e-4  # radians: so near, and so near to opposite, the sphere's arc and its chord are the same, or none is


def between(a: np.ndarray, b: np.ndarray, part: float, spherical: bool) -> np.ndarray:
    """From vectors a (…, d) towards b, whose shape broadcasts to a's.

    Args:
        part: 0 or less is a, 1 or more is b, bit for bit.
        spherical: turn by `part` of the angle between them while the length goes straight, for the generator only ever
            saw features of one length (`parity.md` 3) and the middle of a line is shorter; else straight.

    Returns:
        float32, of a's shape.
    """
    if part <= 0.0 or part >= 1.0:
        return np.broadcast_to(np.asarray(a if part <= 0.0 else b, np.float32), np.shape(a)).copy()
    a, b = np.asarray(a, np.float64), np.broadcast_to(np.asarray(b, np.float64), np.shape(a))
    straight = a + part * (b - a)
    if not spherical:
        return straight.astype(np.float32)
    length_a, length_b = (np.linalg.norm(end, axis=-1, keepdims=True) for end in (a, b))
    turns = (length_a > 0) & (length_b > 0)
    u, v = a / np.where(turns, length_a, 1.0), b / np.where(turns, length_b, 1.0)
    angle = np.arccos(np.clip((u * v).sum(axis=-1, keepdims=True), -1.0, 1.0))
    turns &= (angle >= _PARALLEL) & (np.pi - angle >= _PARALLEL)
    angle = np.where(turns, angle, 1.0)
    direction = (np.sin((1 - part) * angle) * u + np.sin(part * angle) * v) / np.sin(angle)
    turned = direction * (length_a + part * (length_b - length_a))
    return np.where(turns, turned, straight).astype(np.float32)


def along(stages: np.ndarray, amount: float, spherical: bool) -> np.ndarray:
    """A vector on the way through several.

    Args:
        stages: (K, d), K ≥ 1, evenly spaced.
        amount: 0 is the first, 1 the last; each stage itself comes out bit for bit.
        spherical: see `between`.

    Returns:
        float32 (d).
    """
    place = float(np.clip(amount, 0.0, 1.0)) * (len(stages) - 1)
    first = min(int(place), max(0, len(stages) - 2))
    return between(stages[first], stages[min(first + 1, len(stages) - 1)], place - first, spherical)
