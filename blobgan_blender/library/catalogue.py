"""Catalogues: JSON files that list models to download. See docs/models.md for how to write one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from ..core.errors import BlobGANError, ModelFileError
from .card import card_at
from .connection import check_address
from .download import download, part_of, read_text
from .locking import take
from .model_file import sha256_of
from .search import BUNDLED
from .shelf import ENDINGS, WEIGHTS, bytes_of, check_name, file_name, files_of, verify

SHIPPED = BUNDLED / "catalogue.json"
FORMAT, VERSION = "blobgan-catalogue", 1
LARGEST = 4 << 20  # bytes of a catalogue
_LARGEST_FILE = 1 << 40


@dataclass(frozen=True)
class RemoteFile:
    """One file of a model: its name here, its address, and what it must be."""

    name: str
    url: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Offer:
    """A model that can be had.

    Attributes:
        files: in the order in which they are fetched, the weights last.
    """

    name: str
    license: str
    description: str
    files: tuple[RemoteFile, ...]

    @property
    def sha256(self) -> str:
        """Of the weights: the model's identity."""
        return self.files[-1].sha256

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def there(self, folder: Path) -> int:
        """How many bytes of it an earlier download left in a folder."""
        return sum(bytes_of(part_of(folder / file.name, file.sha256)) for file in self.files)


def is_address(source: str) -> bool:
    """Whether a catalogue is fetched over a network, and not read from a file."""
    return "://" in source


def load_catalogue(source: str, cancelled: Callable[[], bool] = lambda: False) -> list[Offer]:
    """What a catalogue offers.

    Args:
        source: the path of a file, or an https address.

    Raises:
        Cancelled: it was.
        BlobGANError: it cannot be had, or is none.
    """
    if is_address(source):
        return read_catalogue(read_text(source, LARGEST, cancelled), source)
    try:
        return read_catalogue(Path(source).read_text(encoding="utf-8"), source)
    except (OSError, UnicodeDecodeError) as error:
        raise BlobGANError(
            f"The catalogue {source} cannot be read ({error}). Choose another in the preferences."
        ) from error


def catalogue_of(models: Iterable[Path]) -> str:
    """The text of a catalogue that offers models, for a folder of a web server in which it lies beside their files.

    Args:
        models: their weights.

    Raises:
        ModelFileError: one of them is missing or damaged.
    """
    entries = []
    for weights in models:
        card = verify(weights)
        files = [
            {"url": quote(path.name), "sha256": sha256_of(path), "size": path.stat().st_size}
            for path in files_of(weights)
        ]
        text = {"name": card.name, "license": card.license, "description": card.notes}
        entries.append({**text, "files": files})
    data = {"format": FORMAT, "version": VERSION, "models": entries}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def discard(offer: Offer, folder: Path) -> None:
    """Throw away what has come of a download; raises `BlobGANError` where that cannot be, or while it goes on."""
    for file in offer.files:
        part = part_of(folder / file.name, file.sha256)
        try:
            if part.exists():
                with part.open("ab") as open_part:
                    take(open_part, f"{file.name} is being downloaded")
                part.unlink()
        except OSError as error:
            raise BlobGANError(f"{part} cannot be deleted ({error.strerror}). Delete it by hand.") from error


def read_catalogue(text: str, source: str) -> list[Offer]:
    """Parse a catalogue.

    Args:
        text: its JSON.
        source: its address or path. Addresses of files may be relative to an address.

    Raises:
        BlobGANError: it is none, or damaged.
    """
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise ValueError("it is not the catalogue of BlobGAN models")
        if data["version"] != VERSION:
            raise ValueError(f"its version is {data['version']!r:.40}, this add-on reads {VERSION}: update the add-on")
        return [_offer(entry, source) for entry in data["models"]]
    except KeyError as error:
        reason: object = f"it lacks {error}"
    except (ValueError, TypeError, AttributeError, RecursionError, BlobGANError) as error:
        reason = error
    raise BlobGANError(f"The catalogue {source} cannot be read ({reason!s:.300}). Choose another, or correct it.")


def fetch(
    offer: Offer,
    folder: Path,
    on_progress: Callable[[int, int], object] = lambda _done, _all: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """Download a model into the models folder, or go on where an earlier call stopped. Blocks: for a thread.

    Args:
        on_progress: called with the bytes that are there and those of the whole model.

    Returns:
        Where its weights stand.

    Raises:
        Cancelled: it was; what has come is kept.
        BlobGANError: see `download`; or something else has its name, or its card is another's.
    """
    weights = folder / offer.files[-1].name
    check_name(weights, offer.sha256, {_ending(file): file.sha256 for file in offer.files[:-1]})
    done = 0
    for file in offer.files:
        if file.name.endswith(WEIGHTS):
            _check_card(folder, offer)
        before = done
        download(
            file.url,
            folder / file.name,
            sha256=file.sha256,
            size=file.size,
            on_progress=lambda here, _all, before=before: on_progress(before + here, offer.size),  # type: ignore[misc]
            cancelled=cancelled,
        )
        done += file.size
    return weights


def _check_card(folder: Path, offer: Offer) -> None:
    """Before the weights come, which may be large: whether what came first is the card of these weights."""
    path = folder / next(file.name for file in offer.files if file.name.endswith(".json"))
    try:
        card = card_at(path)
        if card.sha256 != offer.sha256:
            raise ModelFileError(
                f"The card of “{offer.name}” is that of other weights ({card.sha256[:12]}…, not "
                f"{offer.sha256[:12]}…). Tell whoever keeps the catalogue."
            )
    except ModelFileError:
        with suppress(OSError):
            path.unlink()  # or the right one, later, would find a stranger's in its place
        raise


def _offer(entry: dict[str, Any], source: str) -> Offer:
    for key in ("name", "license", "description"):
        if not isinstance(entry[key], str):
            raise ValueError(f"a model's {key} must be text")
    files = sorted((_file(found, source) for found in entry["files"]), key=lambda file: ENDINGS.index(_ending(file)))
    endings = [_ending(file) for file in files]
    if len({file.name.rpartition(".")[0] for file in files}) != 1 or len(set(endings)) != len(endings):
        raise ValueError(f"the files of “{entry['name']:.60}” must have one name, and each its own ending")
    if not {WEIGHTS, ".json"} <= set(endings):
        raise ValueError(f"“{entry['name']:.60}” needs its {WEIGHTS} and its .json")
    return Offer(entry["name"], entry["license"], entry["description"], tuple(files))


def _file(entry: dict[str, Any], source: str) -> RemoteFile:
    url, sha256, size = urljoin(source, entry["url"]), entry["sha256"], entry["size"]
    check_address(url)
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    if file_name(name) != name or not name.endswith(ENDINGS):
        raise ValueError(f"a file cannot be called {name!r:.80}; its ending is one of {', '.join(ENDINGS)}")
    if not isinstance(sha256, str) or not re.fullmatch("[0-9a-f]{64}", sha256):
        raise ValueError(f"the sha256 of {name} must be 64 hexadecimal digits in lower case")
    if type(size) is not int or not 0 < size < _LARGEST_FILE:
        raise ValueError(f"the size of {name} must be its number of bytes, not {size!r:.40}")
    return RemoteFile(name, url, sha256, size)


def _ending(file: RemoteFile) -> str:
    return "." + file.name.rpartition(".")[2]
