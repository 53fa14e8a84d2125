"""A run's state as one file that is whole or not there: weights, averaged weights, optimisers, counters.

safetensors, with what is no tensor as JSON in its header. No state of random generators is in it: every random number
follows from the seed, the step and the process, and so does the position in the data.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..library.model_file import check_weights
from ..library.replacing import replacing
from .config import TrainingConfig
from .errors import TrainingError

FORMAT = "blobgan-training-1"


@dataclass(frozen=True)
class Progress:
    """How far a run is: steps done, and seconds spent on them."""

    step: int = 0
    seconds: float = 0.0


def save_checkpoint(path: Path, tensors: Mapping[str, Tensor], progress: Progress, config: TrainingConfig) -> None:
    """Replace the checkpoint at `path`, on the disk for certain when this returns.

    Raises:
        BlobGANError: it cannot be written; the one before is still there.
    """
    state = {"format": FORMAT, "progress": dataclasses.asdict(progress), "config": dataclasses.asdict(config)}
    copies = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    with replacing(path) as temporary:
        try:
            save_file(copies, temporary, metadata={"state": json.dumps(state)})
        except SafetensorError as error:
            raise TrainingError(
                f"The checkpoint {path} cannot be written ({error}); the one before is still there. Make room on the "
                "disk and start the same command again."
            ) from error
        with temporary.open("rb") as file:
            os.fsync(file.fileno())


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], Progress, TrainingConfig]:
    """A checkpoint's tensors on the CPU, its progress, and the configuration it was trained with.

    Raises:
        BlobGANError: it is damaged or no checkpoint.
    """
    check_weights(path)
    try:
        with safe_open(path, framework="pt") as file:
            state = json.loads((file.metadata() or {})["state"])
            if state["format"] != FORMAT:
                raise ValueError(f"its format is {state['format']}, not {FORMAT}")
            config = TrainingConfig.from_dict(state["config"], path.name)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
            return tensors, Progress(**state["progress"]), config
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{path} is damaged or no checkpoint of this trainer ({error}). Remove it to start anew, or restore it."
        ) from error


def save_luggage(path: Path, out: Path) -> None:
    """Write a checkpoint small enough to carry to another machine: both networks in float16 and the counters.

    A run goes on from it as from any checkpoint, though not on the same curve: its optimisers start anew (with betas of
    0 and 0.99 they remember few hundred steps), and its average starts from the network itself.
    """
    tensors, progress, config = read_checkpoint(path)
    kept = {name: tensor.half() for name, tensor in tensors.items() if name.startswith(("model.", "discriminator."))}
    save_checkpoint(out, kept, progress, config)


def module_tensors(prefix: str, module: nn.Module) -> dict[str, Tensor]:
    """A module's parameters and buffers by name, for a checkpoint."""
    return {f"{prefix}.{name}": tensor for name, tensor in module.state_dict().items()}


def optimizer_tensors(prefix: str, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """An optimiser's state by parameter and name, for a checkpoint."""
    state = optimizer.state_dict()["state"]
    return {f"{prefix}.{index}.{name}": tensor for index, entry in state.items() for name, tensor in entry.items()}


def restore_module(prefix: str, module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Fill a module from a checkpoint's tensors."""
    found = _under(prefix, tensors)
    wanted = {name: tensor.shape for name, tensor in module.state_dict().items()}
    if {name: tensor.shape for name, tensor in found.items()} != wanted:
        raise TrainingError(f"The checkpoint's {prefix} has other tensors than this version makes. Start a new run.")
    module.load_state_dict(found)


def restore_optimizer(prefix: str, optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Fill an optimiser's state from a checkpoint's tensors; its settings stay. Luggage has none: it starts anew."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _under(prefix, tensors).items():
        index, key = name.split(".")
        state.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    # A fused optimiser walks through memory: its state must lie there as the parameters do, channels last or not.
    for parameter, entry in optimizer.state.items():
        for key, value in entry.items():
            if value.shape == parameter.shape:
                entry[key] = torch.empty_like(parameter).copy_(value)


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name[len(prefix) + 1 :]: tensor for name, tensor in tensors.items() if name.startswith(f"{prefix}.")}
