"""Where models are looked for: beside the .blend, in the models folders, in the extension itself."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import ModelFileError
from .card import Card, read_card
from .model_file import sha256_of
from .reach import is_folder

logger = logging.getLogger(__name__)

BUNDLED = Path(__file__).resolve().parent.parent / "assets"


@dataclass(frozen=True)
class ModelRef:
    """Which model is meant: where its safetensors file lies, and the SHA-256 that it must have."""

    path: Path
    sha256: str


def weights_in(folder: Path) -> list[Path]:
    """The weights files of a folder by name, hidden ones excepted."""
    return sorted(folder.glob("[!.]*.safetensors")) if is_folder(folder) else []


def models_in(folder: Path) -> Iterator[tuple[Path, Card]]:
    """The models of a folder by name; a file whose card is missing or damaged is logged and passed over."""
    for weights in weights_in(folder):
        try:
            yield weights, read_card(weights)
        except ModelFileError as error:
            logger.warning("%s", error)


def bundled_model() -> Path:
    """The model that ships with the extension."""
    return BUNDLED / "rooms.safetensors"


def named_model(text: str | None) -> Path:
    """The model file that a person names: by path, or a bundled one by its file's or its card's name.

    Raises:
        ModelFileError: neither a file nor a bundled model is called so.
    """
    if text is None:
        return bundled_model()
    if Path(text).exists() or Path(text).suffix:
        return Path(text)
    bundled = list(models_in(BUNDLED))
    for path, card in bundled:
        if text in (path.stem, card.name):
            return path
    names = ", ".join(path.stem for path, _ in bundled) or "none"
    raise ModelFileError(f"There is no file {text} and no bundled model of that name. The bundled ones: {names}.")


def find_model(sha256: str, name: str, folders: Iterable[Path]) -> Path:
    """The file of the model that a scene names by hash.

    Args:
        sha256: the hash the scene was made with.
        name: its name, for the message.
        folders: where to look, in order; the extension's own assets come last by themselves.

    Raises:
        ModelFileError: none of the folders has it.
    """
    searched = [*folders, BUNDLED]
    for folder in searched:
        for weights, card in models_in(folder):
            if card.sha256 == sha256 and _is(weights, sha256):
                return weights
    places = ", ".join(str(folder) for folder in searched)
    raise ModelFileError(
        f"The model “{name}” ({sha256[:12]}…) that this scene was made with is not in {places}. "
        "Copy it there, or press the folder beside the model's name under Room to use another one."
    )


def _is(weights: Path, sha256: str) -> bool:
    try:
        return sha256_of(weights) == sha256
    except ModelFileError as error:
        logger.warning("%s", error)
        return False
