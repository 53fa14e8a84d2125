"""A run's numbers: sums that stay on the device between lines, `metrics.jsonl`, TensorBoard where it is installed."""

from __future__ import annotations

import json
import logging
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..library.replacing import replacing

logger = logging.getLogger(__name__)


class Meter:
    """Means of numbers over the steps since the last line, without waiting for the device."""

    def __init__(self, names: tuple[str, ...], device: torch.device) -> None:
        self._index = {name: index for index, name in enumerate(names)}
        self.sums = torch.zeros(2, len(names), device=device)
        """Row 0 sums of the finite values, row 1 their number; part of a checkpoint."""

    def add(self, name: str, value: Tensor) -> None:
        """Note a value of a step; one that is not finite is left out."""
        value = value.detach().float()
        finite = value.isfinite()
        self.sums[:, self._index[name]] += torch.stack([torch.where(finite, value, 0.0), finite.float()])

    def read(self) -> dict[str, float | None]:
        """The means, None for what has no value; starts anew."""
        sums, counts = self.sums.tolist()
        self.sums.zero_()
        return {name: sums[index] / counts[index] if counts[index] else None for name, index in self._index.items()}


class Journal:
    """`metrics.jsonl` in a run's folder, a line of JSON for every so many steps, and TensorBoard's events beside it."""

    def __init__(self, folder: Path, first_step: int, tensorboard: bool) -> None:
        """Lines after `first_step`, written by a run that was then killed, are removed: they will come again."""
        self._path = folder / "metrics.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        if self._path.exists():
            kept = [line for line in self._path.read_text().splitlines() if _step(line) <= first_step]
            with replacing(self._path) as temporary:
                temporary.write_text("".join(f"{line}\n" for line in kept))
        self._events = _event_writer(folder / "tensorboard") if tensorboard else None

    def write(self, line: dict[str, Any]) -> None:
        """Add a line; numbers that are not finite become null."""
        clean = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in line.items()}
        with self._path.open("a") as file:
            file.write(json.dumps(clean) + "\n")
        if self._events is not None:
            for name, value in clean.items():
                if isinstance(value, int | float) and name not in ("step", "images"):
                    self._events.add_scalar(name, value, line["images"])

    def close(self) -> None:
        """Write what TensorBoard's writer still holds back."""
        if self._events is not None:
            self._events.close()


def _step(line: str) -> float:
    """The step of a line; infinite for one that a kill cut short."""
    try:
        return int(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return math.inf


def _event_writer(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        logger.info("TensorBoard is not installed: the numbers go to metrics.jsonl alone.")
        return None
    return SummaryWriter(str(folder))
