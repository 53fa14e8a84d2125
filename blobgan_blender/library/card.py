"""A model's card: the JSON beside its weights that says what it is, what it learned from, and who may use it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.errors import ModelFileError
from .reach import is_file

FORMAT = "blobgan-model"
VERSION = 1
PICTURE_SEED = 7  # of the room that stands for a model which names none
ANY_ROOM = "ANY"  # what stands for no named room where one is chosen by its name
MOST_SEED = 2**31 - 1  # core.seeds.MAX_SEED, which would import numpy


@dataclass(frozen=True)
class ModelConfig:
    """The architecture of a BlobGAN, by the paper's names.

    Attributes:
        resolution: side of the picture in pixels, 16 · 2^n.
        blobs: M, how many blobs the layout network makes; a layout may hold any number.
        d_noise: width of z.
        hidden: width of the layout network's hidden layers.
        d_in: width of the structure features φ.
        d_style: width of the style features ψ.
        c_model: width of the decoder; its layers have 8, 8, 8, 4, 2 times as many channels at 16, 32, 64, 128, 256.
        ab_norm: square root of the determinant that every covariance of the layout network has.
        norm_features: whether φ and ψ are pixel-normed.
    """

    resolution: int
    blobs: int
    d_noise: int
    hidden: int
    d_in: int
    d_style: int
    c_model: int
    ab_norm: float = 0.02
    norm_features: bool = True

    def __post_init__(self) -> None:
        for name in ("resolution", "blobs", "d_noise", "hidden", "d_in", "d_style", "c_model"):
            if type(getattr(self, name)) is not int:
                raise ModelFileError(f"A model's {name} must be an integer, not {getattr(self, name)!r:.40}.")
        if not isinstance(self.ab_norm, float) or not isinstance(self.norm_features, bool):
            raise ModelFileError("A model's ab_norm must be a number and its norm_features true or false.")
        octaves = (self.resolution // 16).bit_length() - 1
        if self.resolution < 16 or 16 << octaves != self.resolution or self.resolution > 2048:
            raise ModelFileError(f"A model's resolution must be 16 · 2^n up to 2048, not {self.resolution}.")
        for name in ("d_noise", "hidden", "d_in", "d_style", "c_model"):
            if not 1 <= getattr(self, name) <= 8192:
                raise ModelFileError(f"A model's {name} must lie in 1 … 8192, not {getattr(self, name)}.")
        if not 0 <= self.blobs <= 1024:
            raise ModelFileError(f"A model's number of blobs must lie in 0 … 1024, not {self.blobs}.")
        if not 0 < self.ab_norm <= 1:
            raise ModelFileError(f"A model's ab_norm must lie in (0, 1], not {self.ab_norm}.")

    @property
    def octaves(self) -> int:
        """How often the decoder doubles its 16² start."""
        return (self.resolution // 16).bit_length() - 1


@dataclass(frozen=True)
class StartingRoom:
    """A room that the model's maker chose for artists to start with.

    Attributes:
        seed: of its noise, in 0 … 2³¹ - 1.
        truncation: in [0, 1], 0 is none.
    """

    seed: int
    truncation: float

    def __post_init__(self) -> None:
        if type(self.seed) is not int or not 0 <= self.seed <= MOST_SEED:
            raise ModelFileError(f"A room's seed must be an integer in 0 … {MOST_SEED}, not {self.seed!r:.40}.")
        if type(self.truncation) not in (int, float) or not 0 <= self.truncation <= 1:
            raise ModelFileError(f"A room's truncation must lie in [0, 1], not {self.truncation!r:.40}.")


@dataclass(frozen=True)
class Card:
    """What `NAME.json` holds. `sha256` is that of the weights file and is the model's identity.

    `rooms` are those to start with, by the names that artists see: printable, and none of them is `ANY_ROOM`.
    """

    name: str
    sha256: str
    architecture: ModelConfig
    license: str
    training_data: str
    truncation: float = 0.4
    notes: str = ""
    rooms: dict[str, StartingRoom] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def picture_room(self) -> StartingRoom:
        """The room that a picture of the model shows: the first of those with a name."""
        return next(iter(self.rooms.values()), StartingRoom(PICTURE_SEED, self.truncation))

    def to_json(self) -> str:
        """The card as indented JSON text."""
        import json  # not when the extension is enabled

        data = {"format": FORMAT, "version": VERSION, **dataclasses.asdict(self)}
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, source: str = "this card") -> Card:
        """Parse a card; raise `ModelFileError` where it isn't one. `source` names it in messages."""
        import json  # not when the extension is enabled

        try:
            data = json.loads(text)
            if data.pop("format") != FORMAT:
                raise ValueError("it is not the card of a BlobGAN model")
            version = data.pop("version")
            if version != VERSION:
                raise ValueError(f"its format version is {version}, this add-on reads {VERSION}: update the add-on")
            data["architecture"] = ModelConfig(**data["architecture"])
            data["rooms"] = _rooms(data.get("rooms", {}))
            card = cls(**data)
            for name in ("name", "sha256", "license", "training_data", "notes"):
                if not isinstance(getattr(card, name), str):
                    raise ValueError(f"its {name} is no text")
            if not isinstance(card.truncation, int | float) or not 0 <= card.truncation <= 1:
                raise ValueError(f"its truncation must lie in [0, 1], not {card.truncation!r:.40}")
            return card
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, ModelFileError) as error:
            raise ModelFileError(f"{source} cannot be read ({error}). Convert or download the model again.") from error


def _rooms(data: Any) -> dict[str, StartingRoom]:
    """The rooms of a card's JSON."""
    if not isinstance(data, dict):
        raise ValueError(f"its rooms must be an object of names, not {data!r:.40}")
    for name in data:
        # What does not print, half a character included, cannot be shown on a button.
        if not name.strip() or not name.isprintable() or name == ANY_ROOM:
            raise ValueError(f"a room cannot be called {name!r:.40}")
    return {name: StartingRoom(**room) for name, room in data.items()}


def card_path(weights: Path) -> Path:
    """Where the card of a weights file lies: beside it, with the ending .json."""
    return weights.with_suffix(".json")


def read_card(weights: Path) -> Card:
    """The card of `NAME.safetensors`; raises `ModelFileError` where either file is missing or the card is damaged."""
    if not is_file(weights):
        raise ModelFileError(f"There is no model at {weights}. Choose another file, or restore it there.")
    if weights.suffix != ".safetensors":
        raise ModelFileError(
            f"{weights.name} is not a converted model. Run: blobgan convert {weights.name} {weights.stem}.safetensors"
        )
    return card_at(card_path(weights))


def card_at(path: Path) -> Card:
    """The card in a file; raises `ModelFileError` where it is missing or damaged."""
    try:
        return Card.from_json(path.read_text(encoding="utf-8"), source=path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise ModelFileError(f"The card {path.name} beside the model cannot be read ({error}). Restore it.") from error
