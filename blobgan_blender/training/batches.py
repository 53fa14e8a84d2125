"""The order in which pictures are seen, and batches of them on the device.

Nothing here is carried from step to step: which pictures a step sees follows from the seed and the step's number alone.
So a resumed run sees what the interrupted one would have seen.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

RESIDENT_SHARE = 0.25  # of a GPU's free memory that the pictures may take for good


class Order:
    """An endless shuffled sequence of rows: each epoch a new permutation."""

    def __init__(self, count: int, seed: int) -> None:
        self._count, self._seed = count, seed

    def rows(self, start: int, number: int) -> np.ndarray:
        """The rows at positions start … start + number - 1 of the sequence, int64 (number,)."""
        positions = np.arange(start, start + number)
        epochs, places = np.divmod(positions, self._count)
        rows = np.empty(number, np.int64)
        for epoch in np.unique(epochs):
            here = epochs == epoch
            rows[here] = _permutation(self._count, self._seed, int(epoch))[places[here]]
        return rows


@lru_cache(maxsize=2)
def _permutation(count: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.Generator(np.random.PCG64([seed, epoch])).permutation(count)


class Loader:
    """Rows of pictures as float pictures on the device; the whole set lies on a GPU that has room for it."""

    def __init__(self, rows: np.ndarray, device: torch.device) -> None:
        self._rows, self._device = rows, device
        self._resident: Tensor | None = None
        if device.type == "cuda" and rows.nbytes < RESIDENT_SHARE * torch.cuda.mem_get_info(device)[0]:
            self._resident = torch.empty(rows.shape, dtype=torch.uint8, device=device)
            for start in range(0, len(rows), 4096):
                part = torch.from_numpy(np.array(rows[start : start + 4096]))
                self._resident[start : start + len(part)] = part.to(device)

    def batch(self, indices: np.ndarray) -> Tensor:
        """float32 (N, 3, H, W) in [-1, 1], channels last in memory."""
        if self._resident is not None:
            where = torch.from_numpy(indices).to(self._device, non_blocking=True)
            pixels = self._resident[where]
        else:
            pixels = torch.from_numpy(self._rows[indices])
            if self._device.type == "cuda":
                pixels = pixels.pin_memory().to(self._device, non_blocking=True)
            else:
                pixels = pixels.to(self._device)
        return pixels.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
