"""The model library as Blender shows it: what stands in the models folder, what the catalogue offers, pictures of both.

Panels read this at every redraw: all of it is quick. What changes it is `model_tasks`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import bpy.utils.previews

from .core.errors import BlobGANError
from .preferences import catalogue, models_folder

if TYPE_CHECKING:
    from .library.catalogue import Offer
    from .library.shelf import Standing

_listed: tuple[tuple[Any, ...], list[Standing]] | None = None  # the state of the folder, and what stood there then
_offers: tuple[str, list[Offer]] | None = None  # the catalogue that was looked at, and what it offers
_previews: Any = None


def standing() -> list[Standing]:
    """The models that are there, the bundled first; looked for anew when the folder has changed."""
    from .library import shelf

    global _listed
    place = models_folder()
    state = (place, _changed_at(place))
    if _listed is None or _listed[0] != state:
        _listed = (state, shelf.standing(place))
    return _listed[1]


def offers() -> list[Offer] | None:
    """What the catalogue of the preferences offers; None until somebody has looked."""
    return None if _offers is None or _offers[0] != catalogue() else _offers[1]


def offered(source: str, found: list[Offer]) -> None:
    """Somebody has looked: what a catalogue offers."""
    global _offers
    _offers = (source, found)


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
