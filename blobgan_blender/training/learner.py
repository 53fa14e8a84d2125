"""The two networks, the averaged one, their optimisers, and a step of all of them."""

from __future__ import annotations

import copy
import dataclasses
import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..inference.engine import is_out_of_memory
from ..library.search import named_model
from ..model.blobgan import BlobGAN, load_model
from ..model.discriminator import Discriminator, DiscriminatorConfig
from .augment import augment, mirror
from .batches import Loader, Order
from .captured import Captured, Part, on_stream
from .checkpoint import module_tensors, optimizer_tensors, restore_module, restore_optimizer
from .config import TrainingConfig
from .distributed import Team
from .errors import TrainingError
from .first_layouts import spread
from .independence import twins_of
from .journal import Meter
from .losses import discriminator_loss, generator_loss, gradient_penalty
from .synthesis import Jitter, paint, random_numbers

logger = logging.getLogger(__name__)

EPSILON = 1e-5  # Adam's, as the official training has it
NUMBERS = ("loss_d", "loss_g", "real", "fake", "r1", "r2", "grad_d", "grad_g", "twins")


class Learner:
    """What learns.

    Attributes:
        model: the layout network and the generator as they learn.
        average: their moving average: what is shown and exported.
        discriminator: their adversary.
        meter: the numbers of the steps, named `NUMBERS`.
        bad: (2, 3) the discriminator's and the generator's updates skipped since the last line; in a row now; in the
            longest row.
    """

    def __init__(self, config: TrainingConfig, rows: np.ndarray, small: bool, team: Team) -> None:
        """
        Args:
            config: of the run.
            rows: uint8 (N, side, side, 3), the pictures.
            small: whether they are few: see `flip` and `augment` of the configuration.
            team: this process among those that train together.

        Raises:
            TrainingError: a batch cannot be shared evenly, or the device records no graphs.
        """
        if config.batch % team.size:
            raise TrainingError(f"A batch of {config.batch} cannot be shared by {team.size} processes. Choose --batch.")
        if config.capture and team.device.type != "cuda":
            raise TrainingError(f"--capture needs a CUDA GPU, and this run is on {team.device}. Leave it out.")
        if config.capture and config.compile in ("off", "reduce-overhead"):
            # Plain, cumprod's gradient waits for the device, which no recording may; the other makes recordings itself.
            raise TrainingError(f"--capture does not go with --compile {config.compile}. Leave one of them out.")
        self.config, self.team = config, team
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
        self._optimizer_g = _adam(self.model, config, device, interval=None)
        self._optimizer_d = _adam(self.discriminator, config, device, interval=config.penalty_every)
        self._rates = [_rate(optimizer).item() for optimizer in (self._optimizer_g, self._optimizer_d)]

        on_gpu = device.type == "cuda"
        torch.backends.cudnn.benchmark = on_gpu
        half = config.precision == "bf16" or (config.precision == "auto" and on_gpu)
        self._dtype = torch.bfloat16 if half else torch.float32
        self._jitter = Jitter(config.jitter_xy, config.jitter_size, config.jitter_angle)
        self._flip = config.flip == "on" or (config.flip == "auto" and small)
        self._augment = config.augment == "on" or (config.augment == "auto" and small)
        self._order = Order(len(rows), config.seed)
        self._loader = Loader(rows, device)
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

        self.meter = Meter(NUMBERS, device)
        self.bad = torch.zeros(2, 3, device=device)
        self._stream = torch.cuda.Stream(device) if config.capture else None

        def record(part: Part) -> Part:
            return part if self._stream is None else Captured(part, self._random, self._stream)

        # Each kind of step has recordings of its own: they read gradients where its first part left them.
        self._parts = {
            penalised: (record(teach), record(self._answer), record(self._settle))
            for penalised, teach in ((False, self._teach_discriminator), (True, self._teach_and_penalise))
        }

    def begin(self) -> None:
        """Give the networks the weights that the configuration says a run begins with, where it says any.

        Raises:
            TrainingError: the model to go on from is of another architecture.
            ModelFileError: it cannot be read.
        """
        if self.config.base:
            _fill(self.model, self.config.base)
        elif self.config.spread:
            spread(self.model.layout_net)
        self.average.load_state_dict(self.model.state_dict())
        for module in (self.model, self.average):
            self.team.copy_from_first(module.state_dict().values())

    def learn(self, step: int) -> None:
        """Teach the discriminator, then the generator, with one batch each: step number `step` of the run."""
        with on_stream(self._stream):
            self._learn(step)

    def _learn(self, step: int) -> None:
        config, team = self.config, self.team
        self._cool(config.max_images - step * config.batch)
        seeds = np.random.SeedSequence([config.seed, step, team.rank])
        self._random.manual_seed(int(seeds.generate_state(1, np.uint64)[0]) >> 1)
        real = self._loader.batch(self._order.rows(step * config.batch + team.rank * self._share, self._share))
        if self._flip:
            real = mirror(real, self._random)
        if config.base and step * config.batch < config.warm_up:
            team.average(self._teach_discriminator(real, penalise=step % config.penalty_every == 0))
            self._update(self._optimizer_d, self.discriminator, "grad_d", self.bad[0])
            return
        teach, answer, settle = self._parts[step % config.penalty_every == 0]
        team.average(teach(real))
        team.average(answer(real))
        settle()

    def _cool(self, left: int) -> None:
        """Set the learning rates of a step that has so many of the run's images before it."""
        if self.config.cool_down:
            for optimizer, full in zip((self._optimizer_g, self._optimizer_d), self._rates, strict=True):
                _rate(optimizer).fill_(full * min(1.0, left / self.config.cool_down))

    def _fake(self, count: int) -> tuple[Tensor, Tensor]:
        config = self.config
        numbers = random_numbers(self.model, count, self._random, config.mix, twins=config.twin_weight > 0)
        return self._paint(self.model, self._jitter, numbers, self._dtype)

    def _seen(self, images: Tensor) -> Tensor:
        """Pictures as the discriminator gets them."""
        if self._augment:
            images = augment(images, self._random)
        layout = torch.channels_last if self.config.channels_last else torch.contiguous_format
        return images.to(self._dtype).contiguous(memory_format=layout)

    def _teach_discriminator(self, reals: Tensor, penalise: bool = False) -> list[Tensor]:
        """Gather the discriminator's gradients."""
        config = self.config
        self.discriminator.requires_grad_(True)
        for real in reals.split(self._at_once):
            part = len(real) / len(reals)
            with torch.no_grad():
                fake = self._seen(self._fake(len(real))[0])
            real = self._seen(real)
            real_logits, fake_logits = self._judge(torch.cat([real, fake]), sets=2).chunk(2)
            loss = discriminator_loss(real_logits, fake_logits, config.loss == "relativistic")
            (loss * part).backward()
            self.meter.add("loss_d", loss)
            self.meter.add("real", real_logits.mean())
            self.meter.add("fake", fake_logits.mean())
            for name, gamma, images in (("r1", config.r1_gamma, real), ("r2", config.r2_gamma, fake)):
                if penalise and gamma:
                    penalty = gradient_penalty(self._judge_twice, images)
                    (penalty * (gamma / 2 * config.penalty_every * part)).backward()
                    self.meter.add(name, penalty)
        return _gradients(self.discriminator)

    def _teach_and_penalise(self, reals: Tensor) -> list[Tensor]:
        return self._teach_discriminator(reals, penalise=True)

    def _answer(self, reals: Tensor) -> list[Tensor]:
        """Take the discriminator's step; gather the generator's and the layout network's gradients."""
        self._update(self._optimizer_d, self.discriminator, "grad_d", self.bad[0])
        self._teach_generator(reals)
        return _gradients(self.model)

    def _settle(self) -> list[Tensor]:
        """Take their step, and let the average follow."""
        self._update(self._optimizer_g, self.model, "grad_g", self.bad[1])
        keep = 0.5 ** (self.config.batch / self.config.ema_images)
        torch._foreach_lerp_(list(self.average.parameters()), list(self.model.parameters()), 1 - keep)
        return []

    def _teach_generator(self, reals: Tensor) -> None:
        """Gather the generator's and the layout network's gradients."""
        relativistic = self.config.loss == "relativistic"
        self.discriminator.requires_grad_(False)
        for real in reals.split(self._at_once):
            pictures, disagreement = self._fake(len(real))
            fake = self._seen(pictures)
            if relativistic:
                real_logits, fake_logits = self._judge(torch.cat([self._seen(real), fake]), sets=2).chunk(2)
                loss = generator_loss(fake_logits, real_logits)
            else:
                loss = generator_loss(self._judge(fake))
            ((loss + self.config.twin_weight * disagreement) * (len(real) / len(reals))).backward()
            self.meter.add("loss_g", loss)
            if self.config.twin_weight and twins_of(len(real)):
                self.meter.add("twins", disagreement)

    def _update(self, optimizer: torch.optim.Optimizer, module: nn.Module, name: str, tally: Tensor) -> None:
        """Take a step along the gradients, unless one is not finite: decided on the device, without waiting for it."""
        norm = torch.stack(torch._foreach_norm(_gradients(module))).norm()
        bad = (~norm.isfinite()).float()
        # The fused Adam's own way out, made for loss scaling: with found_inf = 1 it changes nothing.
        optimizer.found_inf = bad  # type: ignore[attr-defined]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        self.meter.add(name, norm)
        in_a_row = (tally[1] + 1) * bad
        tally.copy_(torch.stack([tally[0] + bad, in_a_row, torch.maximum(tally[2], in_a_row)]))

    def fit_memory(self) -> None:
        """Find how many of a step's pictures the memory holds at once; compiles, too. Changes no weights."""
        with on_stream(self._stream):
            self._fit_memory()

    def _fit_memory(self) -> None:
        began, sums = time.monotonic(), self.meter.sums.clone()
        self._make_states()
        divisors = [parts for parts in range(1, self._share + 1) if self._share % parts == 0]
        for parts in divisors:
            self._at_once = self._share // parts
            try:
                real = self._loader.batch(self._order.rows(0, self._share))
                self._teach_discriminator(real, penalise=True)
                self._teach_generator(real)
                break
            except RuntimeError as error:
                if not is_out_of_memory(error):
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
        self.meter.sums.copy_(sums)
        if (self.config.mix or self.config.twin_weight) and not twins_of(self._at_once):
            logger.warning("So few pictures at once leave --mix and --twin-weight without effect. Lower --c-model.")
        logger.info(
            "Ready after %.0f s: %d pictures a step, %d at once.",
            time.monotonic() - began,
            self.config.batch,
            self._at_once,
        )

    def _make_states(self) -> None:
        """Let the optimisers make their states, which every step needs room for, by a step that changes nothing."""
        for optimizer, module in ((self._optimizer_g, self.model), (self._optimizer_d, self.discriminator)):
            for parameter in module.parameters():
                parameter.grad = torch.zeros_like(parameter)
            optimizer.found_inf = torch.ones((), device=self.team.device)  # type: ignore[attr-defined]
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def tensors(self) -> dict[str, Tensor]:
        """All that a run must remember to go on."""
        return {
            **module_tensors("model", self.model),
            **module_tensors("average", self.average),
            **module_tensors("discriminator", self.discriminator),
            **optimizer_tensors("optimizer_g", self._optimizer_g),
            **optimizer_tensors("optimizer_d", self._optimizer_d),
            "meter": self.meter.sums,
            "bad": self.bad,
        }

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Go on from `tensors()`, or from what luggage has of them."""
        restore_module("model", self.model, tensors)
        restore_module("average" if "average.mean_latent" in tensors else "model", self.average, tensors)
        restore_module("discriminator", self.discriminator, tensors)
        restore_optimizer("optimizer_g", self._optimizer_g, tensors)
        restore_optimizer("optimizer_d", self._optimizer_d, tensors)
        if "meter" in tensors:  # not in luggage
            self.bad.copy_(tensors["bad"])  # one row in older checkpoints: it fills both
            if tensors["meter"].shape == self.meter.sums.shape:  # older checkpoints know fewer numbers
                self.meter.sums.copy_(tensors["meter"])


def _fill(model: BlobGAN, name: str) -> None:
    """Fill a model with the weights of another one, by file or a bundled one by name."""
    weights = named_model(name)
    base, card = load_model(weights)
    for option, wanted in dataclasses.asdict(model.config).items():
        found = getattr(card.architecture, option)
        if found != wanted:
            raise TrainingError(
                f"{weights.name} is of another architecture: its {option} is {found}, not {wanted}. Choose another "
                "--base, or give the run the same."
            )
    model.load_state_dict(base.state_dict())


def _gradients(module: nn.Module) -> list[Tensor]:
    return [parameter.grad for parameter in module.parameters() if parameter.grad is not None]


def _rate(optimizer: torch.optim.Adam) -> Tensor:
    rate: Tensor = optimizer.param_groups[0]["lr"]
    return rate


def _adam(module: nn.Module, config: TrainingConfig, device: torch.device, interval: int | None) -> torch.optim.Adam:
    """Adam as the paper has it; rate and beta fitted to a lazy penalty every `interval` steps."""
    ratio = interval / (interval + 1) if interval else 1.0
    betas = (0.0, config.beta2**ratio)
    rate = torch.tensor(config.lr * ratio, device=device)  # a number would be that of the recording for good
    return torch.optim.Adam(
        module.parameters(), lr=rate, betas=betas, eps=EPSILON, fused=True, capturable=config.capture
    )
