"""What runs behind this Blender: its one worker, and the model files that its scenes name."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
from bpy.types import Object

from .core.errors import ModelFileError
from .core.layout import Layout
from .core.seeds import z_near
from .library.card import Card, StartingRoom, card_at, card_path, read_card
from .library.model_file import sha256_of
from .library.search import ModelRef, bundled_model, find_model
from .preferences import models_folder, worker_environment, worker_python
from .scene.canvas import Source
from .worker.interpreter import Interpreter
from .worker.jobs import Job

if TYPE_CHECKING:
    from .core.completion import Candidates, Pins
    from .worker.client import FindPython, Worker

_worker: Worker | None = None


def worker() -> Worker:
    """The worker of this Blender, not yet started at first: any request starts it."""
    from .worker.client import Worker  # not when the extension is enabled

    global _worker
    if _worker is None:
        _worker = Worker(_python_finder(), environment=worker_environment())
    return _worker


def restart_worker() -> None:
    """End the worker's process without waiting for it and start another, by the preferences as they are now."""
    if _worker is None:
        worker().start()
    else:
        _worker.restart(_python_finder(), worker_environment())
    forget_models()


def release_worker() -> None:
    """End the worker's process, and with it all that it holds of the GPU's memory, without waiting for it.

    The next request starts another, by the preferences as they are then.
    """
    if _worker is not None:
        _worker.release(_python_finder(), worker_environment())


def _python_finder() -> FindPython:
    from .worker.python_search import find_python  # not when the extension is enabled: it imports subprocess

    # The preferences are read here, on the main thread: the search runs on another, where bpy must not be touched.
    return functools.partial(
        find_python, preference=worker_python(), models_folder=models_folder(), blender=own_python()
    )


def own_python() -> Interpreter:
    """Blender's own Python, with the wheels that this extension brought along: enough for the ONNX engine."""
    import importlib.util

    found = importlib.util.find_spec("onnxruntime")  # looks, and imports nothing
    packages = None if found is None or found.origin is None else Path(found.origin).parent.parent
    return Interpreter(Path(sys.executable), packages)


def existing_worker() -> Worker | None:
    """The worker if anything has asked for it yet; for panels, which must not start things."""
    return _worker


def stop() -> None:
    """End the worker, if there is one; the next request makes a new one, by the preferences of that time."""
    global _worker
    if _worker is not None:
        ending, _worker = _worker, None
        ending.stop()


def model_at(path: str) -> tuple[Path, Card]:
    """The weights and the card of the model at a path, or of the bundled one for none; raises `ModelFileError`."""
    weights = _weights_at(path)
    card, found = read_card(weights), sha256_of(weights)
    if found != card.sha256:
        raise ModelFileError(
            f"{weights.name} does not match its card: its SHA-256 is {found[:12]}…, the card says {card.sha256[:12]}…. "
            "Copy or convert the model again."
        )
    return weights, card


def starting_rooms(path: str = "") -> dict[str, StartingRoom]:
    """The named rooms of the model at a path, or of the bundled one for none; no rooms where its card cannot be read.

    Quick, for panels and lists that ask at every redraw: a card is read once, and anew when its file has changed.
    """
    try:
        card = card_path(_weights_at(path))
        state = card.stat()
    except (OSError, ValueError):  # the latter for what names no file, such as “/”
        return {}
    return _rooms_of(card, state.st_size, state.st_mtime_ns)


def sample(source: Source) -> Job[Layout[np.ndarray]]:
    """Ask the worker for a layout."""
    model = ModelRef(source.weights, source.card.sha256)
    if source.variation:
        z = z_near(source.seed, source.variation, source.card.architecture.d_noise)
        return worker().sample(model, z=z, truncation=source.truncation)
    return worker().sample(model, seed=source.seed, truncation=source.truncation)


def complete(source: Source, pins: Pins, count: int) -> Job[Candidates]:
    """Ask the worker for rooms around pinned blobs."""
    model = ModelRef(source.weights, source.card.sha256)
    return worker().complete(model, pins, truncation=source.truncation, seed=source.seed, count=count)


def model_of(canvas: Object) -> ModelRef:
    """The model that a canvas names by hash, wherever it lies now; raises `ModelFileError` if nowhere."""
    settings = canvas.blobgan
    places = [Path(bpy.path.abspath(settings.model_file)).parent] if settings.model_file else []
    places += [Path(bpy.data.filepath).parent] if bpy.data.filepath else []
    own = models_folder()
    places += [own] if own is not None else []
    return _locate(settings.model_sha256, settings.model_name, tuple(places))


def source_of(canvas: Object, seed: int | None = None, truncation: float | None = None) -> Source:
    """Where a canvas's room comes from, or another room of its model would; raises `ModelFileError`."""
    settings = canvas.blobgan
    weights = model_of(canvas).path
    return Source(
        card=read_card(weights),
        weights=weights,
        seed=settings.seed if seed is None else seed,
        truncation=settings.truncation if truncation is None else truncation,
        variation=tuple(map(int, settings.variation.split())) if seed is None else (),
    )


def forget_models() -> None:
    """Look for model files anew: another file was opened, or the worker restarted."""
    _locate.cache_clear()


def _weights_at(path: str) -> Path:
    return Path(bpy.path.abspath(path)) if path else bundled_model()


@functools.lru_cache(maxsize=32)
def _rooms_of(card: Path, _size: int, _time: int) -> dict[str, StartingRoom]:
    try:
        return card_at(card).rooms
    except ModelFileError:  # whoever uses the model hears of it
        return {}


@functools.lru_cache(maxsize=32)
def _locate(sha256: str, name: str, folders: tuple[Path, ...]) -> ModelRef:
    return ModelRef(find_model(sha256, name, folders), sha256)
