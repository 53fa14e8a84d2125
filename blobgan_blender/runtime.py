"""What runs behind this Blender: its one worker, and the model files that its scenes name."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import bpy
from bpy.types import Object

from .core.errors import ModelFileError
from .library.card import Card, read_card
from .library.model_file import sha256_of
from .library.search import BUNDLED, bundled_model, find_model, models_in
from .preferences import models_folder, worker_python
from .worker.client import FindPython, ModelRef, Worker
from .worker.python_search import find_python

_worker: Worker | None = None


def worker() -> Worker:
    """The worker of this Blender, not yet started at first: any request starts it."""
    global _worker
    if _worker is None:
        _worker = Worker(_python_finder())
    return _worker


def restart_worker() -> None:
    """End the worker's process without waiting for it and start another, by the preferences as they are now."""
    if _worker is None:
        worker().start()
    else:
        _worker.restart(_python_finder())
    forget_models()


def _python_finder() -> FindPython:
    # The preferences are read here, on the main thread: the search runs on another, where bpy must not be touched.
    return functools.partial(
        find_python, preference=worker_python(), models_folder=models_folder(), blender=sys.executable
    )


def existing_worker() -> Worker | None:
    """The worker if anything has asked for it yet; for panels, which must not start things."""
    return _worker


def stop() -> None:
    """End the worker, if there is one; the next request makes a new one, by the preferences of that time."""
    global _worker
    if _worker is not None:
        ending, _worker = _worker, None
        ending.stop()


def models() -> list[tuple[Path, Card]]:
    """The models within reach: the bundled ones first, then the artist's own."""
    folder = models_folder()
    return [*models_in(BUNDLED), *(models_in(folder) if folder else [])]


def choose_model(path: str) -> tuple[ModelRef, Card]:
    """The model at a path, or the bundled one for an empty path; raises `ModelFileError`."""
    weights = Path(bpy.path.abspath(path)) if path else bundled_model()
    card = read_card(weights)
    found = sha256_of(weights)
    if found != card.sha256:
        raise ModelFileError(
            f"{weights.name} does not match its card: its SHA-256 is {found[:12]}…, the card says {card.sha256[:12]}…. "
            "Copy or convert the model again."
        )
    return ModelRef(weights, card.sha256), card


def model_of(canvas: Object) -> ModelRef:
    """The model that a canvas names by hash, wherever it lies now; raises `ModelFileError` if nowhere."""
    settings = canvas.blobgan
    return _locate(settings.model_sha256, settings.model_name, _folders())


def forget_models() -> None:
    """Look for model files anew: another file was opened, or a model loaded."""
    _locate.cache_clear()


def remember_model(ref: ModelRef) -> None:
    """A model was loaded from outside the folders that are searched: keep finding it in this session."""
    _loaded_from.add(ref.path.parent)
    forget_models()


_loaded_from: set[Path] = set()


def _folders() -> tuple[Path, ...]:
    blend = Path(bpy.data.filepath).parent if bpy.data.filepath else None
    own = models_folder()
    return tuple(folder for folder in (blend, own, *sorted(_loaded_from)) if folder is not None)


@functools.lru_cache(maxsize=32)
def _locate(sha256: str, name: str, folders: tuple[Path, ...]) -> ModelRef:
    return ModelRef(find_model(sha256, name, folders), sha256)
