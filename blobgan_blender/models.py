"""The model library: what stands in the models folder, what the catalogue offers, and work that changes either.

Panels read `standing`, `offers` and `icon_id`, which are quick; operators hand the `…_task`s to `background`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import bpy.utils.previews

from . import background, runtime
from .core.errors import BlobGANError
from .core.progress import megabytes
from .library.search import ModelRef
from .preferences import catalogue, models_folder, worker_python

if TYPE_CHECKING:
    from .library.catalogue import Offer
    from .library.shelf import Standing
    from .worker.client import Worker
    from .worker.jobs import Job

PICTURE_SEED = 7  # of the room that a model is shown by

_LARGEST_PICTURE = 256  # pixels of its side

_listed: tuple[tuple[Any, ...], list[Standing]] | None = None  # the state of the folders, and what stood there then
_offers: tuple[str, list[Offer]] | None = None  # the catalogue that was looked at, and what it offers
_previews: Any = None


def standing() -> list[Standing]:
    """The models that are there, the bundled first; looked for anew when the folder has changed."""
    from .library import shelf

    global _listed
    folder = models_folder()
    state = (folder, _changed_at(folder))
    if _listed is None or _listed[0] != state:
        _listed = (state, shelf.standing(folder))
    return _listed[1]


def offers() -> list[Offer] | None:
    """What the catalogue of the preferences offers; None until somebody has looked."""
    return None if _offers is None or _offers[0] != catalogue() else _offers[1]


def has(offer: Offer) -> bool:
    """Whether an offered model is there already."""
    return any(found.card is not None and found.card.sha256 == offer.sha256 for found in standing())


def folder() -> Path:
    """The models folder; raises `BlobGANError` where there is none."""
    found = models_folder()
    if found is None:
        raise BlobGANError("There is no models folder. Set one in the preferences of BlobGAN.")
    return found


def icon_id(picture: Path) -> int:
    """The icon of a model's picture, for `UILayout.template_icon`; 0 without a window or a picture."""
    global _previews
    changed = _changed_at(picture)
    if not changed:
        return 0
    if _previews is None:
        _previews = bpy.utils.previews.new()
    key = f"{picture} {changed}"
    item = _previews[key] if key in _previews else _previews.load(key, str(picture), "IMAGE")
    return int(item.icon_id)


def look_again() -> None:
    """The models folder may have changed by a file within it."""
    global _listed
    _listed = None


def forget() -> None:
    """Look at everything anew, and free the pictures."""
    global _offers, _previews
    look_again()
    _offers = None
    if _previews is not None:
        bpy.utils.previews.remove(_previews)
        _previews = None


def _changed_at(path: Path | None) -> int:
    """When a file or a folder changed last; 0 if it is not there."""
    try:
        return 0 if path is None else path.stat().st_mtime_ns
    except OSError:
        return 0


# What goes on in the background. Whatever is asked of Blender is asked before the thread begins.


def look_task() -> background.Task:
    """Read the catalogue of the preferences."""
    from .library.catalogue import load_catalogue

    source = catalogue()

    def work(job: Job[Any]) -> list[Offer]:
        job.report(0.0, source)
        return load_catalogue(source, job.done)

    def finish(found: list[Offer]) -> str:
        global _offers
        _offers = (source, found)
        return f"The catalogue lists {_count(len(found), 'model')}."

    return background.Task("Reading the catalogue", work, finish)


def download_task(offer: Offer) -> background.Task:
    """Fetch an offered model, and draw its picture."""
    from .library.catalogue import fetch

    place, worker = folder(), runtime.worker()

    def work(job: Job[Any]) -> tuple[Path, str]:
        def told(done: int, of: int) -> None:
            job.report(done / of, f"{megabytes(done)} of {megabytes(of)}")

        weights = fetch(offer, place, told, job.done)
        return weights, _try_picture(weights, worker, job)

    return background.Task(f"Downloading {offer.name}", work, _arrived)


def import_task(source: Path, name: str, license_: str) -> background.Task:
    """Convert an official checkpoint, or copy a model that lies elsewhere, and draw its picture."""
    from .library import shelf

    place, worker, pythons = folder(), runtime.worker(), _pythons()
    name = name or source.stem
    weights_name = f"{shelf.file_name(name)}{shelf.WEIGHTS}"
    if source.suffix != shelf.WEIGHTS:
        shelf.check_name(place / weights_name)  # before the minutes that a conversion takes

    def work(job: Job[Any]) -> tuple[Path, str]:
        if source.suffix == shelf.WEIGHTS:
            job.report(0.1, f"Copying {source.name}")
            weights, note = shelf.copy_in(source, place, job.done), ""
        else:
            options = ["--name", name, "--license", license_]
            weights, note = _convert(source, place / weights_name, options, pythons, job)
        return weights, note or _try_picture(weights, worker, job)

    return background.Task(f"Importing {source.name}", work, _arrived)


def picture_task(weights: Path) -> background.Task:
    """Draw a model's picture."""
    worker = runtime.worker()

    def work(job: Job[Any]) -> Path:
        _draw_picture(weights, worker, job)
        return weights

    def finish(_result: Path) -> str:
        look_again()
        return f"{weights.stem} has a picture."

    return background.Task(f"Drawing {weights.stem}", work, finish)


def verify_task(weights: Path) -> background.Task:
    """Read every byte of a model, and compare with its card."""
    from .library import shelf
    from .library.model_file import short

    def work(job: Job[Any]) -> Any:
        def told(done: int, of: int) -> None:
            job.report(done / of, f"{megabytes(done)} of {megabytes(of)}")

        return shelf.verify(weights, told, job.done)

    def finish(card: Any) -> str:
        return f"{card.name} is whole: the SHA-256 of {weights.name} is its card's, {short(card.sha256)}"

    return background.Task(f"Verifying {weights.stem}", work, finish)


def _pythons() -> list[Any]:
    from .worker.python_search import candidates

    return candidates(worker_python(), models_folder(), runtime.own_python())


def _convert(source: Path, place: Path, options: list[str], pythons: list[Any], job: Job[Any]) -> tuple[Path, str]:
    """An official checkpoint as a model at a place; and what is lacking of it, a sentence or nothing."""
    from .library import shelf
    from .worker.command import python_with_torch, run_command

    job.report(0.0, "Looking for a Python with torch")
    python, note = python_with_torch(pythons, job.done), ""
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
    model = ModelRef(weights, card.sha256)
    side = min(card.architecture.resolution, _LARGEST_PICTURE)
    layout = _waited(worker.sample(model, seed=PICTURE_SEED, truncation=card.truncation), job)
    write_png(picture, _waited(worker.render(model, layout, noise_seed=0, size=(side, side)), job).rgb)


def _waited(asked: Job[Any], job: Job[Any]) -> Any:
    """What the worker answers; given up when the background's work is cancelled."""
    while not asked.wait(0.1):
        if job.done():
            asked.cancel()
    return asked.result()


def _arrived(result: tuple[Path, str]) -> str:
    look_again()
    runtime.forget_models()
    weights, note = result
    return f"{weights.stem} is in your models folder.{' ' if note else ''}{note}"


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
