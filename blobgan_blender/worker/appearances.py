"""Appearances (φ and ψ of one blob) travel once: afterwards a render names them by the hash of their values."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

CAPACITY = 8192  # appearances a worker keeps: 270 layouts of 30 blobs, 42 MB in the official models

Appearance = tuple[np.ndarray, np.ndarray]  # φ (d_in), ψ (d_style), float32


def hash_of(features: np.ndarray, style: np.ndarray) -> str:
    """The name of one appearance: φ (d_in) and ψ (d_style), both contiguous float32."""
    digest = hashlib.blake2b(f"{features.size},{style.size}".encode(), digest_size=16)
    digest.update(features.data)
    digest.update(style.data)
    return digest.hexdigest()


class Missing(Exception):  # noqa: N818 - not an error: the client answers it
    """A render names appearances that this worker does not have."""


class AppearanceCache:
    """The newest `capacity` appearances by hash. Thread-safe."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._stacked: tuple[list[str], Appearance] | None = None  # a drag asks for the same again and again
        self._rows: OrderedDict[str, Appearance] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, features: np.ndarray, styles: np.ndarray) -> None:
        """Keep K appearances: features (K, d_in), styles (K, d_style), float32."""
        with self._lock:
            for phi, psi in zip(features, styles, strict=True):
                name = hash_of(phi, psi)
                # A copy: a row that stayed a view would keep its whole frame alive.
                self._rows[name] = (phi.copy(), psi.copy())
                self._rows.move_to_end(name)
            while len(self._rows) > self._capacity:
                self._rows.popitem(last=False)

    def stack(self, names: Sequence[str]) -> Appearance:
        """Features (1, len(names), d_in) and styles (1, len(names), d_style), read-only. Raises `Missing`.

        The same arrays as the last time, if the names are: so whoever has made something of them need not look.
        """
        names = list(names)
        with self._lock:
            if not all(name in self._rows for name in names):
                raise Missing
            rows = [self._rows[name] for name in names]
            for name in names:
                self._rows.move_to_end(name)
            if self._stacked is None or self._stacked[0] != names:
                self._stacked = names, (_stacked([phi for phi, _ in rows]), _stacked([psi for _, psi in rows]))
            return self._stacked[1]


def _stacked(rows: list[np.ndarray]) -> np.ndarray:
    array = np.stack(rows)[None]
    array.setflags(write=False)
    return array
