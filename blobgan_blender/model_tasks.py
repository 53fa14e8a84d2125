"""What changes the model library, as tasks for the background: imports, downloads, checks, pictures.

Whatever is asked of Blender is asked before the thread begins, and after it has ended.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import models, runtime
from .background import Task
from .core.errors import BlobGANError
from .core.progress import megabytes
from .library.search import ModelRef
from .preferences import catalogue, models_folder, worker_python

if TYPE_CHECKING:
    from .library.card import Card
    from .library.catalogue import Offer
    from .worker.client import Worker
    from .worker.interpreter import Interpreter
    from .worker.jobs import Job

_LARGEST_PICTURE = 256  # pixels of its side


def look_task() -> Task:
    """Read the catalogue of the preferences."""
    from .library.catalogue import load_catalogue

    source = catalogue()

    def work(job: Job[Any]) -> list[Offer]:
        job.report(0.0, source)
        return load_catalogue(source, job.done)

    def finish(found: list[Offer]) -> str:
        models.offered(source, found)
        return f"The catalogue lists {_count(len(found), 'model')}."

    return Task("Reading the catalogue", work, finish)


def download_task(offer: Offer) -> Task:
    """Fetch an offered model, and draw its picture."""
    from .library.catalogue import fetch

    place, worker = models.folder(), runtime.worker()

    def work(job: Job[Any]) -> tuple[Path, str]:
        weights = fetch(offer, place, _telling(job), job.done)
        return weights, _try_picture(weights, worker, job)

    return Task(f"Downloading {offer.name}", work, _arrived)


def import_task(source: Path, name: str, license_: str) -> Task:
    """Convert an official checkpoint, or copy a model that lies elsewhere, and draw its picture."""
    from .library import shelf

    place, worker, pythons = models.folder(), runtime.worker(), _pythons()
    name = name or source.stem
    weights_name = f"{shelf.file_name(name)}{shelf.WEIGHTS}"
    if source.suffix != shelf.WEIGHTS:
        # Before the minutes that a conversion takes.
        shelf.check_name(place / weights_name, "", dict.fromkeys((".json", ".onnx"), ""))

    def work(job: Job[Any]) -> tuple[Path, str]:
        if source.suffix == shelf.WEIGHTS:
            job.report(0.1, f"Copying {source.name}")
            weights, note = shelf.copy_in(source, place, job.done), ""
        else:
            options = ["--name", name, "--license", license_]
            weights, note = _convert(source, place / weights_name, options, pythons, job)
        return weights, f"{note} {_try_picture(weights, worker, job)}".strip()

    return Task(f"Importing {source.name}", work, _arrived)


def picture_task(weights: Path) -> Task:
    """Draw a model's picture."""
    worker = runtime.worker()

    def work(job: Job[Any]) -> Path:
        _draw_picture(weights, worker, job)
        return weights

    def finish(_result: Path) -> str:
        models.look_again()
        return f"{weights.stem} has a picture."

    return Task(f"Drawing {weights.stem}", work, finish)


def verify_task(weights: Path) -> Task:
    """Read every byte of a model, and compare with its card."""
    from .library import shelf
    from .library.model_file import short

    def work(job: Job[Any]) -> Card:
        return shelf.verify(weights, _telling(job), job.done)

    def finish(card: Card) -> str:
        return f"{card.name} is whole: the SHA-256 of {weights.name} is its card's, {short(card.sha256)}"

    return Task(f"Verifying {weights.stem}", work, finish)


def _telling(job: Job[Any]) -> Callable[[int, int], None]:
    """What tells a job how many bytes are done of how many."""
    return lambda done, of: job.report(done / of, f"{megabytes(done)} of {megabytes(of)}")


def _pythons() -> list[Interpreter]:
    from .worker.python_search import candidates

    return candidates(worker_python(), models_folder(), runtime.own_python())


def _convert(
    source: Path, place: Path, options: list[str], pythons: list[Interpreter], job: Job[Any]
) -> tuple[Path, str]:
    """An official checkpoint as a model at a place; and what is lacking of it, a sentence or nothing."""
    from .library import shelf
    from .worker.command import python_with_torch, run_command

    job.report(0.0, "Looking for a Python with torch")
    python, note = python_with_torch(pythons, job.ended), ""
    with shelf.arriving(place.parent, shelf.bytes_of(source)) as arrivals:
        weights = arrivals / place.name
        job.report(0.1, f"Converting {source.name}")
        run_command(python, ["convert", str(source), str(weights), *options], job.done)
        job.report(0.6, "Making it ready for the ONNX engine")
        try:
            run_command(python, ["export", str(weights)], job.done)
        except BlobGANError as error:
            if job.done():
                raise
            note = f"Only torch draws it so far: {error}"
        return shelf.put(weights, place.parent), note


def _try_picture(weights: Path, worker: Worker, job: Job[Any]) -> str:
    """Draw a model's picture; returns why there is none, a sentence or nothing: the model itself is there."""
    try:
        _draw_picture(weights, worker, job)
    except BlobGANError as error:
        return f"It has no picture yet: {error}"
    return ""


def _draw_picture(weights: Path, worker: Worker, job: Job[Any]) -> None:
    from .library.card import read_card
    from .library.png import write_png
    from .library.shelf import PICTURE

    picture = weights.with_suffix(PICTURE)
    if picture.is_file():
        return
    job.report(0.9, "Drawing its picture")
    card = read_card(weights)
    model, room = ModelRef(weights, card.sha256), card.picture_room
    side = min(card.architecture.resolution, _LARGEST_PICTURE)
    layout = _waited(worker.sample(model, seed=room.seed, truncation=room.truncation), job)
    write_png(picture, _waited(worker.render(model, layout, noise_seed=0, size=(side, side)), job).rgb)


def _waited(asked: Job[Any], job: Job[Any]) -> Any:
    """What the worker answers; given up when the background's work is cancelled."""
    while not asked.wait(0.1):
        if job.done():
            asked.cancel()
    return asked.result()


def _arrived(result: tuple[Path, str]) -> str:
    models.look_again()
    runtime.forget_models()
    weights, note = result
    return f"{weights.stem} is in your models folder.{' ' if note else ''}{note}"


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
