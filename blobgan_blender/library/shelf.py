"""An artist's models folder as a library: what stands there, how a model comes onto it, is checked, and goes.

A model is up to four files of one name: the weights (`.safetensors`), their card (`.json`), the graph of the ONNX
engine (`.onnx`) and a picture (`.png`). The weights come last and go first: what has none is no model, so a folder that
two Blenders share, or a machine that lost its power, never shows half of one.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import BlobGANError, Cancelled, ModelFileError
from ..core.progress import megabytes
from .card import Card, read_card
from .locking import take
from .model_file import check_weights
from .reach import is_file
from .search import BUNDLED, weights_in

WEIGHTS = ".safetensors"
PICTURE = ".png"
ENDINGS = (".json", ".onnx", PICTURE, WEIGHTS)  # in the order in which they come
_ARRIVING = ".arriving-"  # how folders of what is not whole yet begin
_DAY = 24 * 3600  # seconds
_SPARE = 1 << 20  # bytes that a disk must have left over
_CHUNK = 1 << 20  # bytes
_FORBIDDEN = re.compile(r"[<>:\"/\\|?*\x00-\x1f]")  # in file names, by one system or another
_LONGEST = 100  # characters of a file's name

OnProgress = Callable[[int, int], object]


@dataclass(frozen=True)
class Standing:
    """A model on the shelf.

    Attributes:
        weights: its file, by which it is named.
        size: bytes of all its files.
        bundled: whether it is part of the extension.
        card: what it says of itself; None where that cannot be read.
        problem: why it cannot be used, one sentence with the next step; empty if nothing is known against it.
    """

    weights: Path
    size: int
    bundled: bool
    card: Card | None
    problem: str = ""

    @property
    def name(self) -> str:
        """The card's, or else the file's."""
        return self.weights.stem if self.card is None else self.card.name

    @property
    def picture(self) -> Path:
        """Where its picture lies, if it has one."""
        return self.weights.with_suffix(PICTURE)


def standing(folder: Path | None) -> list[Standing]:
    """The bundled models and then those of a folder, each by file name; a folder that is not there has none."""
    found = [_look(weights, bundled=True) for weights in weights_in(BUNDLED)]
    if folder is not None and folder.resolve() != BUNDLED:
        found += [_look(weights) for weights in weights_in(folder)]
    return found


def _look(weights: Path, *, bundled: bool = False) -> Standing:
    size = sum(bytes_of(path) for path in files_of(weights))
    try:
        card = read_card(weights)
        check_weights(weights)
    except ModelFileError as error:
        return Standing(weights, size, bundled, None, str(error))
    return Standing(weights, size, bundled, card)


def files_of(weights: Path) -> list[Path]:
    """The files of a model that are there and within reach, the weights last."""
    return [path for path in (weights.with_suffix(ending) for ending in ENDINGS) if is_file(path)]


def file_name(name: str) -> str:
    """A name as a file may have it everywhere: what some system refuses becomes an underscore, or goes."""
    return _FORBIDDEN.sub("_", name).strip(" .")[:_LONGEST] or "model"


def bytes_of(path: Path) -> int:
    """The size of a file; 0 for one that is not there, or not any more."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def verify(
    weights: Path,
    on_progress: OnProgress = lambda _done, _all: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Card:
    """Read every byte of a model's weights and compare their hash with its card's.

    Args:
        on_progress: called with the bytes that are read and those of the file.

    Raises:
        ModelFileError: missing, damaged, or not what the card says.
        Cancelled: it was.
    """
    card = read_card(weights)
    check_weights(weights)
    # Not `sha256_of`, which remembers a file by its size and time: a disk that rots changes neither.
    digest, done = hashlib.sha256(), 0
    try:
        size = weights.stat().st_size
        with weights.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                done += len(chunk)
                on_progress(done, size)
                if cancelled():
                    raise Cancelled("The check was cancelled.")
    except OSError as error:
        raise ModelFileError(f"The model {weights} cannot be read ({error.strerror}). Restore it.") from error
    if digest.hexdigest() != card.sha256:
        raise ModelFileError(
            f"{weights.name} is damaged: its SHA-256 is {digest.hexdigest()[:12]}…, its card says {card.sha256[:12]}…. "
            "Remove it, and download or import it again."
        )
    return card


def remove(weights: Path) -> list[str]:
    """Delete a model's files; returns their names.

    Raises:
        BlobGANError: it is a bundled one, or a file cannot be deleted.
    """
    if weights.resolve().parent == BUNDLED:
        raise BlobGANError(f"{weights.stem} is part of the extension and stays. Disable the extension to be rid of it.")
    gone: list[str] = []
    for path in reversed(files_of(weights)):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise BlobGANError(
                f"{path} cannot be deleted ({error.strerror}). Restart the worker if it has it open, and try again."
            ) from error
        gone.append(path.name)
    return gone


def copy_in(source: Path, folder: Path, cancelled: Callable[[], bool] = lambda: False) -> Path:
    """Put a copy of a model that lies elsewhere onto the shelf.

    Args:
        source: its `NAME.safetensors`, with `NAME.json` beside it.
        folder: the models folder; it is made if need be.

    Returns:
        Where its weights stand now.

    Raises:
        BlobGANError: it is damaged, there is another of its name already, or the folder takes no files.
    """
    verify(source, cancelled=cancelled)
    if source.resolve().parent == folder.resolve():
        return source
    with arriving(folder, sum(map(bytes_of, files_of(source)))) as arrivals:
        for path in files_of(source):
            shutil.copyfile(path, arrivals / path.name)
        return put(arrivals / source.name, folder)


@contextmanager
def arriving(folder: Path, size: int = 0) -> Iterator[Path]:
    """A folder of its own within the models folder, for what is not whole yet; it goes with the block.

    Args:
        size: bytes that will be needed; refused beforehand where they are not free.

    Raises:
        BlobGANError: the models folder cannot be made or written to, or is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        free = shutil.disk_usage(folder).free
        if free < size + _SPARE:
            raise BlobGANError(
                f"The model needs {megabytes(size)} in {folder}, and {megabytes(free)} are free. Make room there, "
                "or choose another models folder in the preferences of BlobGAN."
            )
        with tempfile.TemporaryDirectory(prefix=_ARRIVING, dir=folder, ignore_cleanup_errors=True) as arrivals:
            yield Path(arrivals)
    except OSError as error:
        raise BlobGANError(
            f"The models folder {folder} cannot be written to ({error.strerror or error}). Make room there, or "
            "allow it, or choose another one in the preferences of BlobGAN."
        ) from error


def _sweep(folder: Path) -> None:
    """Take away what arrived half in a process that was killed, a day ago or more: nobody waits for it any more."""
    for left in folder.glob(f"{_ARRIVING}*"):
        if time.time() - left.stat().st_mtime > _DAY:
            shutil.rmtree(left, ignore_errors=True)


def put(weights: Path, folder: Path) -> Path:
    """Move a whole model, on the same disk, onto the shelf; returns where its weights stand then.

    Raises:
        BlobGANError: there is another model of that name.
    """
    with (folder / ".lock").open("ab") as lock:
        take(lock, "Another model is put into the models folder")
        place = folder / weights.name
        check_name(place, read_card(weights).sha256)
        for path in files_of(weights):
            path.replace(folder / path.name)
    return place


def check_name(place: Path, sha256: str = "") -> None:
    """Raise `BlobGANError` if another model than the one of this hash stands at a place; any, for no hash."""
    if not is_file(place):
        return
    try:
        if read_card(place).sha256 == sha256:
            return
    except ModelFileError:  # then nobody knows what it is: not ours to replace
        pass
    raise BlobGANError(
        f"There is a model called {place.name} in {place.parent}. Remove or rename that one first, or rename this one."
    )
