"""The loop: steps of the two networks, and what is written while they go on."""

from __future__ import annotations

import copy
import dataclasses
import logging
import math
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from ..library.card import Card
from ..model.blobgan import save_model
from .checkpoint import (
    Progress,
    read_checkpoint,
    save_checkpoint,
)
from .config import TrainingConfig
from .distributed import Team
from .errors import TrainingError
from .journal import Journal
from .learner import NUMBERS, Learner
from .pictures import Pictures
from .sheets import edit_sheet, sample_sheet, write_sheet

logger = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.safetensors"
MODEL = "model.safetensors"
BAD_STEPS = 20  # steps in a row without finite gradients of one network after which a run gives up
STOP_EVERY = 8  # steps from one agreement of many processes on stopping to the next


class Trainer:
    """A run: what learns, and a folder.

    Attributes:
        learner: both networks and their optimisers.
        step: steps done.
    """

    def __init__(self, config: TrainingConfig, pictures: Pictures, folder: Path, team: Team) -> None:
        """Raises `TrainingError`: see `Learner`."""
        self.config, self.pictures, self.folder, self.team = config, pictures, folder, team
        self.learner = Learner(config, pictures.rows, pictures.small, team)
        self.step, self._seconds = 0, 0.0
        self._stopping = False

    @property
    def images(self) -> int:
        """Training pictures seen."""
        return self.step * self.config.batch

    def train_step(self) -> None:
        """Take the next step."""
        self.learner.learn(self.step)
        self.step += 1

    def run(self, deadline: float = math.inf) -> None:
        """Train until `max_images`, the deadline (of `time.monotonic`) or a signal; leaves a checkpoint and a model.

        Raises:
            TrainingError: the gradients are not finite any more.
            BlobGANError: a file cannot be written.
        """
        config = self.config
        journal = Journal(self.folder, self.step, config.tensorboard) if self.team.leads else None
        self.learner.fit_memory()
        began = saved = time.monotonic()
        self._clock = (began, self.images)
        before = self._seconds
        written = -1
        if config.base and self.images < config.warm_up:
            logger.info("The new discriminator learns alone up to %s images.", f"{config.warm_up:,}")
        with self._signals(), nullcontext() if journal is None else closing(journal):
            while self.images < config.max_images and not self._must_stop(deadline):
                self.train_step()
                self._seconds = before + time.monotonic() - began
                if self.step % config.log_every == 0:
                    self._log(journal)
                if not self.team.leads:
                    continue
                if self._passes(config.sheet_every):
                    self.write_sheets()
                if self._passes(config.model_every):
                    self.export(self.folder / "models" / f"{self._label()}.safetensors")
                if time.monotonic() - saved > config.checkpoint_minutes * 60:
                    self.save()
                    saved, written = time.monotonic(), self.step
            if self.team.leads:
                if written != self.step:
                    self.save()
                self.write_sheets()
                self.export(self.folder / MODEL)
        logger.info("Stopped after %s images.", f"{self.images:,}")

    def _passes(self, every: int) -> bool:
        """Whether the last step passed a multiple of so many images."""
        return bool(every) and self.images // every != (self.images - self.config.batch) // every

    def _label(self) -> str:
        return f"{self.images // 1000:06d}k"

    def _must_stop(self, deadline: float) -> bool:
        mine = self._stopping or time.monotonic() > deadline
        if self.team.size > 1:
            return self.step % STOP_EVERY == 0 and self.team.any(mine)
        return mine

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C and a polite kill end the run after the step, with a checkpoint; the second one at once."""

        def stop(number: int, _frame: FrameType | None) -> None:
            logger.info("Stopping after this step …")
            self._stopping = True
            signal.signal(number, before[signal.Signals(number)])

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _log(self, journal: Journal | None) -> None:
        """Write a line of numbers; look whether steps had to be skipped."""
        bad = self.learner.bad.cpu()
        skipped, longest = int(bad[:, 0].sum()), int(bad[:, 2].max())
        self.learner.bad[:, ::2] = 0
        now = time.monotonic()
        clock, images = self._clock
        speed = (self.images - images) / (now - clock)
        self._clock = (now, self.images)
        line: dict[str, Any] = {"step": self.step, "images": self.images, "seconds": round(self._seconds, 2)}
        line |= self.learner.meter.read() | {"skipped": skipped, "images_per_second": round(speed, 1)}
        if self.team.device.type == "cuda":
            line["memory_gb"] = round(torch.cuda.max_memory_allocated() / 1e9, 2)
        if journal is not None:
            journal.write(line)
            shown = (f"{name} {line[name]:.3g}" for name in NUMBERS if line[name] is not None)
            logger.info("%s images, %.0f a second: %s", f"{self.images:,}", speed, ", ".join(shown))
        if skipped:
            logger.warning("%d updates were skipped: their gradients were not finite.", skipped)
        if longest >= BAD_STEPS:
            raise TrainingError(
                f"The gradients are not finite: {longest} updates in a row were skipped by step {self.step}. The "
                "last checkpoint is from before. Lower --lr or raise --r1-gamma, then start the same command again."
            )

    # What is written

    def write_sheets(self) -> None:
        """Samples and edits of the averaged model, as sheets named by the images seen."""
        for kind, make in (("samples", sample_sheet), ("edits", edit_sheet)):
            write_sheet(self.folder / "sheets" / f"{self._label()}-{kind}.webp", make(self.learner.average))

    def export(self, path: Path) -> Card:
        """Write the averaged model as one that Blender loads: float16 weights, mean latent, a card."""
        config, report = self.config, self.pictures.report
        model = copy.deepcopy(self.learner.average).cpu()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(parameter.half().float())
        model.compute_mean_latent()
        card = Card(
            name=config.name or self.folder.resolve().name,
            sha256="",
            architecture=model.config,
            license=config.license,
            training_data=config.training_data or f"{report.count:,} pictures in {Path(report.source).name}",
            notes=f"Trained for {self.images:,} images{f', from {config.base}' if config.base else ''}.",
            extra={
                "images": self.images,
                "steps": self.step,
                "hours": round(self._seconds / 3600, 3),
                "training": dataclasses.asdict(config),
            },
        )
        return save_model(model, path, card)

    def save(self) -> None:
        """Replace the run's checkpoint."""
        save_checkpoint(
            self.folder / CHECKPOINT, self.learner.tensors(), Progress(self.step, self._seconds), self.config
        )

    def resume(self) -> bool:
        """Go on from the run's checkpoint, if it has one, else begin; returns whether it has.

        Raises:
            BlobGANError: it is damaged, of another architecture, or begun otherwise; or see `Learner.begin`.
        """
        path = self.folder / CHECKPOINT
        if not path.exists():
            self.learner.begin()
            return False
        tensors, progress, config = read_checkpoint(path)
        self.config.check_same_architecture(config, str(path))
        if self.config.batch != config.batch:
            raise TrainingError(
                f"{path} was trained with a batch of {config.batch}, not {self.config.batch}: its images could not be "
                f"counted on. Use --batch {config.batch}, or another folder."
            )
        for name in ("base", "spread"):
            mine, its = getattr(self.config, name), getattr(config, name)
            if mine != its:
                raise TrainingError(
                    f"{path} was begun with {name} {its!r}, not {mine!r}. Choose another folder for --out."
                )
        self.learner.restore(tensors)
        self.step, self._seconds = progress.step, progress.seconds
        logger.info("Going on after %s images.", f"{self.images:,}")
        return True
