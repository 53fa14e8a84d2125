"""The loop: steps of the two networks, and what is written while they go on."""

from __future__ import annotations

import copy
import dataclasses
import logging
import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..library.card import Card
from ..model.blobgan import BlobGAN, save_model
from ..model.discriminator import Discriminator, DiscriminatorConfig
from .augment import augment, mirror
from .batches import Loader, Order
from .checkpoint import (
    Progress,
    module_tensors,
    optimizer_tensors,
    read_checkpoint,
    restore_module,
    restore_optimizer,
    save_checkpoint,
)
from .config import TrainingConfig
from .distributed import Team
from .errors import TrainingError
from .journal import Journal, Meter
from .losses import discriminator_loss, generator_loss, gradient_penalty
from .pictures import Pictures
from .sheets import edit_sheet, sample_sheet, write_sheet
from .synthesis import Jitter, paint, random_numbers

logger = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.safetensors"
MODEL = "model.safetensors"
EPSILON = 1e-5  # Adam's, as the official training has it
BAD_STEPS = 20  # steps in a row without finite gradients after which a run gives up
STOP_EVERY = 8  # steps from one agreement of many processes on stopping to the next
_NUMBERS = ("loss_d", "loss_g", "real", "fake", "r1", "r2", "grad_d", "grad_g")


class Trainer:
    """A run: both networks, the averaged generator, their optimisers, and a folder.

    Attributes:
        model: the layout network and the generator as they learn.
        average: their moving average: what is shown and exported.
        discriminator: their adversary.
        step: steps done.
    """

    def __init__(self, config: TrainingConfig, pictures: Pictures, folder: Path, team: Team) -> None:
        if config.batch % team.size:
            raise TrainingError(f"A batch of {config.batch} cannot be shared by {team.size} processes. Choose --batch.")
        self.config, self.pictures, self.folder, self.team = config, pictures, folder, team
        self.step, self._seconds = 0, 0.0
        device = team.device
        torch.manual_seed(config.seed)
        self.model = BlobGAN(config.model()).to(device)
        self.discriminator = Discriminator(
            DiscriminatorConfig(config.resolution, config.discriminator_width, config.discriminator_most)
        ).to(device)
        if config.channels_last:
            self.discriminator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.model).eval().requires_grad_(False)
        for module in (self.model, self.average, self.discriminator):
            team.copy_from_first(module.state_dict().values())
        self._optimizer_g = _adam(self.model, config, interval=None)
        self._optimizer_d = _adam(self.discriminator, config, interval=config.penalty_every)

        on_gpu = device.type == "cuda"
        torch.backends.cudnn.benchmark = on_gpu
        half = config.precision == "bf16" or (config.precision == "auto" and on_gpu)
        self._dtype = torch.bfloat16 if half else torch.float32
        self._jitter = Jitter(config.jitter_xy, config.jitter_size, config.jitter_angle)
        self._flip = config.flip == "on" or (config.flip == "auto" and pictures.small)
        self._augment = config.augment == "on" or (config.augment == "auto" and pictures.small)
        self._order = Order(len(pictures.rows), config.seed)
        self._loader = Loader(pictures.rows, device)
        self._random = torch.Generator(device)
        self._share = config.batch // team.size  # pictures of a step that are this process's
        self._at_once = self._share  # of those, how many the memory holds

        mode = {"auto": "default" if on_gpu else "off"}.get(config.compile, config.compile)
        compiled: Callable[[Any], Any] = (
            (lambda function: function) if mode == "off" else torch.compile(mode=mode, dynamic=False)
        )
        self._paint = compiled(paint)
        self._judge = compiled(self.discriminator)
        # The penalties differentiate twice, which compiled graphs can't.
        self._judge_twice: Callable[[Tensor], Tensor] = self.discriminator

        self._meter = Meter(_NUMBERS, device)
        self._bad = torch.zeros(3, device=device)  # steps skipped since the last line; in a row now; longest row
        self._stopping = False

    @property
    def images(self) -> int:
        """Training pictures seen."""
        return self.step * self.config.batch

    # Learning

    def train_step(self) -> None:
        """Teach the discriminator, then the generator, with one batch each."""
        config, team = self.config, self.team
        seeds = np.random.SeedSequence([config.seed, self.step, team.rank])
        self._random.manual_seed(int(seeds.generate_state(1, np.uint64)[0]) >> 1)
        rows = self._order.rows(self.images + team.rank * self._share, self._share)
        real = self._loader.batch(rows)
        if self._flip:
            real = mirror(real, self._random)
        self._teach_discriminator(real, penalise=self.step % config.penalty_every == 0)
        self._update(self._optimizer_d, self.discriminator, "grad_d")
        self._teach_generator(real)
        self._update(self._optimizer_g, self.model, "grad_g")
        keep = 0.5 ** (config.batch / config.ema_images)
        torch._foreach_lerp_(list(self.average.parameters()), list(self.model.parameters()), 1 - keep)
        self.step += 1

    def _fake(self, count: int) -> Tensor:
        return self._paint(self.model, self._jitter, random_numbers(self.model, count, self._random), self._dtype)

    def _seen(self, images: Tensor) -> Tensor:
        """Pictures as the discriminator gets them."""
        if self._augment:
            images = augment(images, self._random)
        layout = torch.channels_last if self.config.channels_last else torch.contiguous_format
        return images.to(self._dtype).contiguous(memory_format=layout)

    def _teach_discriminator(self, reals: Tensor, penalise: bool) -> None:
        """Gather the discriminator's gradients."""
        config = self.config
        self.discriminator.requires_grad_(True)
        for real in reals.split(self._at_once):
            part = len(real) / len(reals)
            with torch.no_grad():
                fake = self._seen(self._fake(len(real)))
            real = self._seen(real)
            real_logits, fake_logits = self._judge(torch.cat([real, fake]), sets=2).chunk(2)
            loss = discriminator_loss(real_logits, fake_logits, config.loss == "relativistic")
            (loss * part).backward()
            self._meter.add("loss_d", loss)
            self._meter.add("real", real_logits.mean())
            self._meter.add("fake", fake_logits.mean())
            for name, gamma, images in (("r1", config.r1_gamma, real), ("r2", config.r2_gamma, fake)):
                if penalise and gamma:
                    penalty = gradient_penalty(self._judge_twice, images)
                    (penalty * (gamma / 2 * config.penalty_every * part)).backward()
                    self._meter.add(name, penalty)

    def _teach_generator(self, reals: Tensor) -> None:
        """Gather the generator's and the layout network's gradients."""
        relativistic = self.config.loss == "relativistic"
        self.discriminator.requires_grad_(False)
        for real in reals.split(self._at_once):
            fake = self._seen(self._fake(len(real)))
            if relativistic:
                real_logits, fake_logits = self._judge(torch.cat([self._seen(real), fake]), sets=2).chunk(2)
                loss = generator_loss(fake_logits, real_logits)
            else:
                loss = generator_loss(self._judge(fake))
            (loss * (len(real) / len(reals))).backward()
            self._meter.add("loss_g", loss)

    def _update(self, optimizer: torch.optim.Optimizer, module: nn.Module, name: str) -> None:
        """Take a step along the gradients, unless one is not finite: decided on the device, without waiting for it."""
        gradients = [parameter.grad for parameter in module.parameters() if parameter.grad is not None]
        self.team.average(gradients)
        norm = torch.stack(torch._foreach_norm(gradients)).norm()
        bad = (~norm.isfinite()).float()
        # The fused Adam's own way out, made for loss scaling: with found_inf = 1 it changes nothing.
        optimizer.found_inf = bad  # type: ignore[attr-defined]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        self._meter.add(name, norm)
        in_a_row = (self._bad[1] + 1) * bad
        self._bad.copy_(torch.stack([self._bad[0] + bad, in_a_row, torch.maximum(self._bad[2], in_a_row)]))

    def fit_memory(self) -> None:
        """Find how many of a step's pictures the memory holds at once; compiles, too. Changes no weights."""
        began, sums = time.monotonic(), self._meter.sums.clone()
        divisors = [parts for parts in range(1, self._share + 1) if self._share % parts == 0]
        for parts in divisors:
            self._at_once = self._share // parts
            try:
                real = self._loader.batch(self._order.rows(0, self._share))
                self._teach_discriminator(real, penalise=True)
                self._teach_generator(real)
                break
            except RuntimeError as error:
                if not _is_out_of_memory(error):
                    raise
                logger.info("%d pictures at once are too many for the memory.", self._at_once)
            finally:
                self.model.zero_grad(set_to_none=True)
                self.discriminator.zero_grad(set_to_none=True)
            if self.team.device.type == "cuda":
                torch.cuda.empty_cache()
        else:
            raise TrainingError(
                "The memory does not suffice for a single picture. End other programs on this device, or lower "
                "--c-model or --discriminator-width."
            )
        self._meter.sums.copy_(sums)
        logger.info(
            "Ready after %.0f s: %d pictures a step, %d at once.",
            time.monotonic() - began,
            self.config.batch,
            self._at_once,
        )

    # The run

    def run(self, deadline: float = math.inf) -> None:
        """Train until `max_images`, the deadline (of `time.monotonic`) or a signal; leaves a checkpoint and a model.

        Raises:
            TrainingError: the gradients are not finite any more.
            BlobGANError: a file cannot be written.
        """
        config = self.config
        journal = Journal(self.folder, self.step, config.tensorboard) if self.team.leads else None
        self.fit_memory()
        began = saved = time.monotonic()
        self._clock = (began, self.images)
        before = self._seconds
        written = -1
        with self._signals():
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
        skipped, _, longest = self._bad.tolist()
        self._bad[0] = self._bad[2] = 0
        now = time.monotonic()
        clock, images = self._clock
        speed = (self.images - images) / (now - clock)
        self._clock = (now, self.images)
        line: dict[str, Any] = {"step": self.step, "images": self.images, "seconds": round(self._seconds, 2)}
        line |= self._meter.read() | {"skipped": int(skipped), "images_per_second": round(speed, 1)}
        if self.team.device.type == "cuda":
            line["memory_gb"] = round(torch.cuda.max_memory_allocated() / 1e9, 2)
        if journal is not None:
            journal.write(line)
            shown = (f"{name} {line[name]:.3g}" for name in _NUMBERS if line[name] is not None)
            logger.info("%s images, %.0f a second: %s", f"{self.images:,}", speed, ", ".join(shown))
        if skipped:
            logger.warning("%d updates were skipped: their gradients were not finite.", int(skipped))
        if longest >= BAD_STEPS:
            raise TrainingError(
                f"The gradients are not finite: {int(longest)} updates in a row were skipped by step {self.step}. The "
                "last checkpoint is from before. Lower --lr or raise --r1-gamma, then start the same command again."
            )

    # What is written

    def write_sheets(self) -> None:
        """Samples and edits of the averaged model, as sheets named by the images seen."""
        for kind, make in (("samples", sample_sheet), ("edits", edit_sheet)):
            write_sheet(self.folder / "sheets" / f"{self._label()}-{kind}.webp", make(self.average))

    def export(self, path: Path) -> Card:
        """Write the averaged model as one that Blender loads: float16 weights, mean latent, a card."""
        config, report = self.config, self.pictures.report
        model = copy.deepcopy(self.average).cpu()
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
            notes=f"Trained for {self.images:,} images.",
            extra={
                "images": self.images,
                "steps": self.step,
                "hours": round(self._seconds / 3600, 3),
                "training": dataclasses.asdict(config),
            },
        )
        return save_model(model, path, card)

    def _state(self) -> dict[str, Tensor]:
        return {
            **module_tensors("model", self.model),
            **module_tensors("average", self.average),
            **module_tensors("discriminator", self.discriminator),
            **optimizer_tensors("optimizer_g", self._optimizer_g),
            **optimizer_tensors("optimizer_d", self._optimizer_d),
            "meter": self._meter.sums,
            "bad": self._bad,
        }

    def save(self) -> None:
        """Replace the run's checkpoint."""
        save_checkpoint(self.folder / CHECKPOINT, self._state(), Progress(self.step, self._seconds), self.config)

    def resume(self) -> bool:
        """Go on from the run's checkpoint, if it has one; returns whether it has.

        Raises:
            BlobGANError: it is damaged or of another architecture.
        """
        path = self.folder / CHECKPOINT
        if not path.exists():
            return False
        tensors, progress, config = read_checkpoint(path)
        self.config.check_same_architecture(config, str(path))
        if self.config.batch != config.batch:
            raise TrainingError(
                f"{path} was trained with a batch of {config.batch}, not {self.config.batch}: its images could not be "
                f"counted on. Use --batch {config.batch}, or another folder."
            )
        restore_module("model", self.model, tensors)
        restore_module("average" if "average.mean_latent" in tensors else "model", self.average, tensors)
        restore_module("discriminator", self.discriminator, tensors)
        restore_optimizer("optimizer_g", self._optimizer_g, tensors)
        restore_optimizer("optimizer_d", self._optimizer_d, tensors)
        if "meter" in tensors:  # not in luggage
            self._meter.sums.copy_(tensors["meter"])
            self._bad.copy_(tensors["bad"])
        self.step, self._seconds = progress.step, progress.seconds
        logger.info("Going on after %s images.", f"{self.images:,}")
        return True


def _adam(module: nn.Module, config: TrainingConfig, interval: int | None) -> torch.optim.Adam:
    """Adam as the paper has it; rate and beta fitted to a lazy penalty every `interval` steps."""
    ratio = interval / (interval + 1) if interval else 1.0
    betas = (0.0, config.beta2**ratio)
    return torch.optim.Adam(module.parameters(), lr=config.lr * ratio, betas=betas, eps=EPSILON, fused=True)


def _is_out_of_memory(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error)
