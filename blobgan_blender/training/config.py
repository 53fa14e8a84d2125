"""`TrainingConfig`: everything that a run can be told, in one dataclass, with its presets."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..library.card import ModelConfig
from ..library.replacing import replacing
from .errors import TrainingError

ARCHITECTURE = (
    "resolution",
    "blobs",
    "d_noise",
    "hidden",
    "d_in",
    "d_style",
    "c_model",
    "ab_norm",
    "discriminator_width",
    "discriminator_most",
)


def _option(default: Any, help_: str, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"help": help_, "choices": choices})


@dataclass(frozen=True)
class TrainingConfig:
    """One run. Each field is an option of the command line by the same name; the defaults are the preset rooms128."""

    resolution: int = _option(128, "side of the pictures in pixels, 16 · 2^n")
    blobs: int = _option(10, "blobs of a layout")
    d_noise: int = _option(512, "width of the noise z")
    hidden: int = _option(512, "width of the layout network")
    d_in: int = _option(256, "width of the structure features φ")
    d_style: int = _option(256, "width of the style features ψ")
    c_model: int = _option(24, "width of the decoder")
    ab_norm: float = _option(0.02, "square root of every covariance's determinant: the size of a blob")
    discriminator_width: int = _option(64, "the discriminator's channels at 256², doubled at each halving")
    discriminator_most: int = _option(512, "the discriminator's channels at most")

    batch: int = _option(64, "pictures a step on all devices together; split into what the memory holds")
    loss: str = _option(
        "logistic",
        "logistic: the paper's; relativistic: real against generated, pair by pair (R3GAN)",
        ("logistic", "relativistic"),
    )
    lr: float = _option(0.002, "learning rate of both networks")
    cool_down: int = _option(
        0, "images before max_images over which the learning rate falls, in a straight line, to nothing; 0: it stays"
    )
    beta2: float = _option(0.99, "Adam's second beta; the first is 0")
    r1_gamma: float = _option(2.0, "R1: γ/2 times the squared gradient at real pictures; the paper has 100")
    r2_gamma: float = _option(0.0, "R2: the same at generated pictures; R3GAN wants it equal to r1_gamma")
    penalty_every: int = _option(16, "steps from one R1 and R2 to the next; their weight grows with it")
    ema_images: float = _option(20_000.0, "images after which the averaged weights have forgotten half")
    jitter_xy: float = _option(0.04, "blobs are moved by up to this while training")
    jitter_size: float = _option(0.5, "their size logits are changed by up to this")
    jitter_angle: float = _option(0.1, "they are turned by up to this, in radians")
    spread: bool = _option(
        False, "start from layouts whose blobs roam across the picture, each at its height; not with a base"
    )
    mix: float = _option(0.0, "share of the layouts whose blobs each come from another layout of the batch")
    twin_weight: float = _option(
        0.0,
        "every fourth picture is another's twin, one blob moved or taken away; weight of what else changed; 0: none",
    )
    flip: str = _option("auto", "mirror pictures at random; auto: only of a small set", ("auto", "on", "off"))
    augment: str = _option(
        "auto",
        "change colours, shift and cut out before the discriminator; auto: only for a small set",
        ("auto", "on", "off"),
    )
    base: str = _option("", "a model to go on from, by file or a bundled one by name; its discriminator is a new one")
    warm_up: int = _option(64_000, "images for which that new discriminator learns alone, so that it spoils nothing")
    seed: int = _option(0, "what everything random follows from")

    name: str = _option("", "the model's name on its card; the run's folder if empty")
    license: str = _option("unknown", "who may use the model, as an SPDX identifier: what the pictures allow")
    training_data: str = _option("", "what it learned from, for its card; count and folder if empty")

    max_images: int = _option(25_000_000, "images after which the run is done")
    minutes: float = _option(0.0, "stop after this time, with a checkpoint; 0 = no limit")
    log_every: int = _option(50, "steps from one line of metrics.jsonl to the next")
    sheet_every: int = _option(50_000, "images from one set of sheets to the next; 0 = none")
    model_every: int = _option(200_000, "images from one kept model to the next; 0 = the last alone")
    checkpoint_minutes: float = _option(5.0, "minutes from one checkpoint to the next")
    precision: str = _option("auto", "type of the convolutions; auto: bf16 on a GPU", ("auto", "bf16", "fp32"))
    compile: str = _option(
        "auto",
        "torch.compile; auto: on a CUDA GPU",
        ("auto", "off", "default", "reduce-overhead", "max-autotune-no-cudagraphs"),
    )
    capture: bool = _option(
        False, "record a step's kernels as CUDA graphs, for a GPU that waits for the processor which starts them"
    )
    channels_last: bool = _option(True, "pictures and maps with the channels last in memory")
    tensorboard: bool = _option(True, "write events for TensorBoard too, where it is installed")

    def __post_init__(self) -> None:
        for option in dataclasses.fields(self):
            value = getattr(self, option.name)
            wanted = type(option.default)
            if wanted is float and type(value) is int:
                object.__setattr__(self, option.name, float(value))
            elif type(value) is not wanted:
                raise TrainingError(f"{option.name} must be of the kind {wanted.__name__}, not {value!r:.40}.")
            choices = option.metadata["choices"]
            if choices and value not in choices:
                raise TrainingError(f"{option.name} must be one of {', '.join(choices)}, not {value!r:.40}.")
        self.model()
        self._check_amounts()

    def _check_amounts(self) -> None:
        positive = ("batch", "lr", "penalty_every", "ema_images", "log_every", "discriminator_width")
        for name in (*positive, "discriminator_most"):
            if not getattr(self, name) > 0:
                raise TrainingError(f"{name} must be larger than 0, not {getattr(self, name)}.")
        amounts = ("r1_gamma", "r2_gamma", "jitter_xy", "jitter_size", "jitter_angle", "mix", "twin_weight", "seed")
        lengths = ("minutes", "max_images", "warm_up", "cool_down", "sheet_every", "model_every", "checkpoint_minutes")
        for name in (*amounts, *lengths):
            if not getattr(self, name) >= 0:
                raise TrainingError(f"{name} must not be negative; it is {getattr(self, name)}.")
        if not self.mix <= 1:
            raise TrainingError(f"mix must be a share of at most 1, not {self.mix}.")
        if self.base and self.warm_up >= self.max_images:
            raise TrainingError(
                f"warm_up must be less than max_images, not {self.warm_up}: the model would learn nothing."
            )
        if not 0 <= self.beta2 < 1:
            raise TrainingError(f"beta2 must lie in [0, 1), not {self.beta2}.")

    def model(self) -> ModelConfig:
        """The architecture of the generator and the layout network."""
        names = ("resolution", "blobs", "d_noise", "hidden", "d_in", "d_style", "c_model", "ab_norm")
        return ModelConfig(**{name: getattr(self, name) for name in names})

    def check_same_architecture(self, other: TrainingConfig, source: str) -> None:
        """Raise `TrainingError` unless weights of `other`, which lie in `source`, fit this configuration."""
        for name in ARCHITECTURE:
            if getattr(self, name) != getattr(other, name):
                raise TrainingError(
                    f"{source} is of another architecture: its {name} is {getattr(other, name)}, not "
                    f"{getattr(self, name)}. Train into another folder, or leave {name} as it was."
                )

    def to_json(self) -> str:
        """All options as indented JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_dict(cls, data: dict[str, Any], source: str) -> TrainingConfig:
        """A configuration of options that were written down; options not named have their defaults."""
        unknown = sorted(data.keys() - {option.name for option in dataclasses.fields(cls)})
        if unknown:
            raise TrainingError(f"{source} names unknown options: {', '.join(unknown)}. Remove them.")
        return cls(**data)

    @classmethod
    def read(cls, path: Path) -> TrainingConfig:
        """The configuration in a JSON file."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(data, dict):
                raise ValueError("it holds no names")
        except (OSError, ValueError) as error:
            raise TrainingError(f"The configuration {path} cannot be read ({error}). Choose another file.") from error
        return cls.from_dict(data, path.name)

    def write(self, path: Path) -> None:
        """Write the configuration as JSON, atomically."""
        with replacing(path) as temporary:
            temporary.write_text(self.to_json(), encoding="utf-8")


PRESETS: dict[str, TrainingConfig] = {
    "rooms128": TrainingConfig(),
    # Learns 16 pictures by heart on a CPU in minutes: for trying the whole road, and for the tests.
    "tiny": TrainingConfig(
        resolution=32,
        blobs=4,
        d_noise=16,
        hidden=64,
        d_in=32,
        d_style=32,
        c_model=4,
        discriminator_width=2,
        discriminator_most=64,
        batch=16,
        r1_gamma=10.0,
        ema_images=500.0,
        flip="off",
        augment="off",
        warm_up=4_000,
        max_images=32_000,
        log_every=20,
        sheet_every=4_000,
        model_every=0,
    ),
}
