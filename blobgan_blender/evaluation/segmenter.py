"""A small network that says what every pixel of a room shows, so that objects can be watched while blobs are edited.

A U-Net of 430,000 parameters at 128², trained on the id masks of rendered rooms. It judges generated pictures, which it
never saw: so it learns from flipped, tinted, blurred and noisy renders, and a sheet shows what it sees in a model's own
pictures (`blobgan evaluate --sheets`).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..core.errors import BlobGANError
from ..datasets.classes import CLASSES
from ..library.replacing import replacing
from .rooms import Rooms, held_out

SIDE = 128
_WIDTHS = (16, 32, 48, 64, 96)  # channels at 128, 64, 32, 16, 8 pixels
_LEARNING_RATE = 3e-3
_WARM_UP = 0.05  # of the run
_HEAVIEST = 8.0  # weight of the rarest class, as a multiple of the commonest's, at most
_AT_ONCE = 256


@dataclass(frozen=True)
class Training:
    """How a segmenter learns.

    Attributes:
        seed: of its weights, of the order of the pictures and of what is done to them.
        epochs: how often it sees each picture.
        batch: pictures a step.
        minutes: end earlier, the schedule shortened to fit; 0 = never. Only without it is a run repeatable.
    """

    seed: int = 0
    epochs: float = 20.0
    batch: int = 64
    minutes: float = 0.0


class Segmenter(nn.Module):
    """Pictures → a score for each class and pixel."""

    def __init__(self) -> None:
        super().__init__()
        froms = (3, *_WIDTHS[:-1])
        self.down = nn.ModuleList(
            nn.Sequential(_conv(c_from, width), _conv(width, width))
            for c_from, width in zip(froms, _WIDTHS, strict=True)
        )
        self.up = nn.ModuleList(
            _conv(below + width, width) for below, width in zip(_WIDTHS[:0:-1], _WIDTHS[-2::-1], strict=True)
        )
        self.head = nn.Conv2d(_WIDTHS[0], len(CLASSES), 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """float (N, 3, SIDE, SIDE) in [-1, 1] → (N, classes, SIDE, SIDE)."""
        x, kept = pictures, []
        for index, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if index else x)
            kept.append(x)
        kept.pop()
        for block in self.up:
            # By the nearest: the gradient of a bilinear enlargement is not the same from run to run.
            x = block(torch.cat([F.interpolate(x, scale_factor=2), kept.pop()], dim=1))
        return self.head(x)

    @torch.inference_mode()
    def classes(self, pictures: Tensor) -> Tensor:
        """uint8 (N, 3, H, W) pictures of any size → uint8 (N, SIDE, SIDE): the class of every pixel."""
        return torch.cat([self(normalised(part)).argmax(dim=1).byte() for part in pictures.split(_AT_ONCE)])


def normalised(pictures: Tensor) -> Tensor:
    """uint8 (N, 3, H, W) as the segmenter's input: SIDE², float32 in [-1, 1]."""
    x = pictures.float() / 127.5 - 1
    if x.shape[-1] != SIDE:
        x = F.interpolate(x, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
    return x.contiguous(memory_format=torch.channels_last)


def train_segmenter(
    rooms: Rooms, settings: Training, device: torch.device, say: Callable[[str], None] = lambda _text: None
) -> tuple[Segmenter, dict[str, object]]:
    """Learn from all rooms that aren't held out; returns the network and a report with the IoU of each class.

    Args:
        rooms: at `SIDE`, with masks.
        settings: same settings, rooms, device and versions ⇒ same network, unless `minutes` are set.
        device: where.
        say: called now and then with how far it is.

    Raises:
        BlobGANError: all rooms are held out, or none.
    """
    if rooms.masks is None:
        raise ValueError("a segmenter learns from masks")
    out = held_out(rooms.seeds)
    if out.all() or not out.any():
        raise BlobGANError(f"Of {len(out)} rooms {out.sum()} are held out (every tenth seed). Render more.")
    began = time.monotonic()
    learner = _Learner(rooms.pictures[~out], rooms.masks[~out], settings, device)
    steps = learner.run(say)
    network = learner.network.eval().requires_grad_(False)
    report: dict[str, object] = {
        "data": rooms.described(),
        "training": asdict(settings),
        "steps": steps,
        "seconds": round(time.monotonic() - began, 1),
        "held out": int(out.sum()),
        "iou": intersection_over_union(network, rooms.pictures[out], rooms.masks[out], device),
    }
    return network, report


def intersection_over_union(
    network: Segmenter, pictures: np.ndarray, masks: np.ndarray, device: torch.device
) -> dict[str, float | None]:
    """Of each class over all the pictures together; None where neither the masks nor the network know it there."""
    confusion = torch.zeros(len(CLASSES) ** 2, dtype=torch.int64, device=device)
    for start in range(0, len(pictures), _AT_ONCE):
        found = network.classes(_channels_first(pictures[start : start + _AT_ONCE]).to(device)).long()
        wanted = torch.from_numpy(masks[start : start + _AT_ONCE]).to(device).long()
        confusion += torch.bincount((wanted * len(CLASSES) + found).flatten(), minlength=len(confusion))
    table = confusion.reshape(len(CLASSES), len(CLASSES)).cpu()
    both, either = table.diagonal(), table.sum(dim=0) + table.sum(dim=1) - table.diagonal()
    return {
        name: float(both[number] / either[number]) if either[number] else None for number, name in enumerate(CLASSES)
    }


def save_segmenter(network: Segmenter, path: Path, report: dict[str, object]) -> None:
    """Write the weights, and the report as their metadata.

    Raises:
        BlobGANError: the place cannot be written to, or is full.
    """
    tensors = {name: tensor.cpu().contiguous() for name, tensor in network.state_dict().items()}
    try:
        with replacing(path) as temporary:
            save_file(tensors, temporary, metadata={"classes": json.dumps(CLASSES), "report": json.dumps(report)})
            temporary.chmod(0o644)  # safetensors makes it private
    except SafetensorError as error:
        raise BlobGANError(f"{path} cannot be written ({error}). Choose another place.") from error


def load_segmenter(path: Path, device: torch.device) -> tuple[Segmenter, dict[str, object]]:
    """A segmenter and its report.

    Raises:
        BlobGANError: missing, damaged, or of other classes.
    """
    if not path.is_file():
        raise BlobGANError(
            f"There is no segmenter {path}. Train one with: python -m blobgan_blender.evaluation segmenter --data DIR "
            "--out F.safetensors, and name it with --segmenter."
        )
    network = Segmenter()
    try:
        with safe_open(path, "pt") as file:
            facts = file.metadata() or {}
        if json.loads(facts.get("classes", "null")) != list(CLASSES):
            raise ValueError("it knows other classes than this version")
        network.load_state_dict(load_file(path))
        report = json.loads(facts["report"])
    except (OSError, KeyError, ValueError, RuntimeError, SafetensorError) as error:
        said = str(error).splitlines()[0]
        raise BlobGANError(f"{path} is no segmenter that can be used ({said}). Train it again.") from error
    return network.eval().requires_grad_(False).to(device), report


class _Learner:
    """One run: the pictures on the device, a seeded stream of random numbers, and the steps."""

    def __init__(self, pictures: np.ndarray, masks: np.ndarray, settings: Training, device: torch.device) -> None:
        self._settings, self._device = settings, device
        self._pictures = _channels_first(pictures).to(device)
        self._masks = torch.from_numpy(masks).to(device)
        self._random = torch.Generator(device).manual_seed(settings.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            network = Segmenter()
        self.network = network.to(device)
        self._weights = _class_weights(masks).to(device)
        self._optimizer = torch.optim.AdamW(self.network.parameters(), lr=_LEARNING_RATE, weight_decay=1e-4)

    def run(self, say: Callable[[str], None]) -> int:
        """All steps; returns how many."""
        began, settings = time.monotonic(), self._settings
        steps = max(1, round(len(self._pictures) * settings.epochs / settings.batch))
        order: Tensor = torch.empty(0, dtype=torch.int64, device=self._device)
        for step in range(steps):
            done = step / steps
            if settings.minutes:
                done = max(done, (time.monotonic() - began) / (settings.minutes * 60))
            if done >= 1:
                return step
            while len(order) < settings.batch:
                order = torch.cat([order, self._permutation()])
            rows, order = order[: settings.batch], order[settings.batch :]
            loss = self._step(rows, done)
            if step % max(1, steps // 10) == 0:
                say(f"segmenter: step {step} of {steps}, loss {float(loss):.3f}")
        return steps

    def _permutation(self) -> Tensor:
        return torch.randperm(len(self._pictures), generator=self._random, device=self._device)

    def _step(self, rows: Tensor, done: float) -> Tensor:
        rate = min(1.0, done / _WARM_UP) if done < _WARM_UP else 0.5 + 0.5 * math.cos(math.pi * done)
        for group in self._optimizer.param_groups:
            group["lr"] = _LEARNING_RATE * max(rate, 0.01)
        pictures, masks = self._disturbed(normalised(self._pictures[rows]), self._masks[rows])
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda"):
            scores = self.network(pictures)
        loss = self._loss(scores.float(), masks)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        return loss.detach()

    def _loss(self, scores: Tensor, masks: Tensor) -> Tensor:
        """Weighted cross-entropy; torch's own for pictures is not the same from run to run on a GPU."""
        target = masks.long()[:, None]
        gain = -torch.log_softmax(scores, dim=1).gather(1, target)
        weights = self._weights[target]
        return (gain * weights).sum() / weights.sum()

    def _disturbed(self, pictures: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
        """Half of them mirrored, all tinted, half more or less blurred, all a little noisy."""
        n = len(pictures)
        mirror = self._uniform(n, 1, 1, 1) < 0.5
        pictures = torch.where(mirror, pictures.flip(3), pictures)
        masks = torch.where(mirror[:, 0], masks.flip(2), masks)
        contrast, tint = 0.8 + 0.4 * self._uniform(n, 3, 1, 1), 0.3 * (self._uniform(n, 1, 1, 1) - 0.5)
        pictures = pictures * contrast + tint
        blurred = F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, 1)
        amount = (2 * self._uniform(n, 1, 1, 1) - 1).clamp(min=0)
        pictures = pictures + amount * (blurred - pictures)
        noise = torch.randn(pictures.shape, generator=self._random, device=self._device)
        return pictures + 0.08 * self._uniform(n, 1, 1, 1) * noise, masks

    def _uniform(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self._random, device=self._device)


def _conv(c_from: int, c_to: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(c_from, c_to, 3, padding=1, bias=False), nn.BatchNorm2d(c_to), nn.ReLU())


def _channels_first(pictures: np.ndarray) -> Tensor:
    """uint8 (N, H, W, 3) → (N, 3, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2)


def _class_weights(masks: np.ndarray) -> Tensor:
    """The inverse root of how common a class is, the commonest's 1."""
    counts = np.bincount(masks.reshape(-1), minlength=len(CLASSES)).astype(np.float64)
    weights = np.sqrt(counts.max() / np.maximum(counts, 1))
    return torch.from_numpy(np.minimum(weights, _HEAVIEST)).float()
