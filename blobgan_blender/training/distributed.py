"""One process for each GPU, started by torchrun or alone: who we are, and what all of us agree on."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

from ..inference.devices import pick_device

PATIENCE = timedelta(hours=1)  # the others wait this long while the first decodes the pictures


@dataclass(frozen=True)
class Team:
    """This process among those that train together."""

    rank: int
    size: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    @classmethod
    def join(cls, device: str | None = None) -> Team:
        """Join the processes that torchrun started, or be alone where it did not."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return cls(0, 1, pick_device(device))
        rank, local = int(os.environ["RANK"]), int(os.environ.get("LOCAL_RANK", "0"))
        wanted = device or ("cuda" if torch.cuda.is_available() else "cpu")
        chosen = torch.device(wanted, local) if wanted == "cuda" else pick_device(wanted)
        if chosen.type == "cuda":
            torch.cuda.set_device(chosen)
        dist.init_process_group("cpu:gloo,cuda:nccl" if chosen.type == "cuda" else "gloo", timeout=PATIENCE)
        return cls(rank, size, chosen)

    def leave(self) -> None:
        """End the membership."""
        if self.size > 1:
            dist.destroy_process_group()

    def wait(self) -> None:
        """Wait until all have come here."""
        if self.size > 1:
            dist.all_reduce(torch.zeros(1))

    def any(self, mine: bool) -> bool:
        """Whether it is true for any of us."""
        if self.size == 1:
            return mine
        flag = torch.tensor([float(mine)])
        dist.all_reduce(flag, op=dist.ReduceOp.MAX)
        return bool(flag.item())

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Replace tensors of one type by their mean over all of us, in one message."""
        if self.size == 1:
            return
        parts = list(tensors)
        flat = torch.cat([part.flatten() for part in parts])
        dist.all_reduce(flat)
        flat /= self.size
        for part, mean in zip(parts, flat.split([part.numel() for part in parts]), strict=True):
            part.copy_(mean.view_as(part))

    def copy_from_first(self, tensors: Iterable[Tensor]) -> None:
        """Give all of us the first one's values."""
        if self.size > 1:
            for tensor in tensors:
                dist.broadcast(tensor, src=0)
