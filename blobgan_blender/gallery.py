"""The gallery: small pictures of other rooms, or of ways to complete this one, to choose from; they come one by one.

`show` begins one, `pump` carries it on by one look at the worker, never waiting, and `finish` is the same for scripts,
waiting. Two requests of the gallery are under way at a time: the worker goes on with one while Blender is busy showing
the other, and the live link's pictures pass between them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import bpy
import bpy.utils.previews
import numpy as np

from . import runtime
from .core.errors import BlobGANError
from .core.layout import Layout
from .library.search import ModelRef
from .scene.canvas import Source
from .worker.jobs import Job

logger = logging.getLogger(__name__)

COUNT = 12  # thumbnails of one gallery
AT_A_TIME = 2  # requests under way: a turn of Blender's window may take longer than a picture
BUSY_PERIOD = 0.01  # seconds between looks while thumbnails are under way
IDLE_PERIOD = 0.25


@dataclass(eq=False)
class Variant:
    """One room to choose.

    Attributes:
        name: what its button says.
        source: which model, seed and truncation it is of.
        layout: N = 1; None until it is sampled.
        rgb: uint8 (H, W, 3), its picture; None until it has come.
        pins: names of the blobs that stay as they are when it is used; None for a whole new room.
        whole: the model's own room around the pins, without them copied in; None where there are no pins.
        note: what else an artist should know of it.
    """

    name: str
    source: Source
    layout: Layout[np.ndarray] | None = None
    rgb: np.ndarray | None = None
    pins: tuple[str, ...] | None = None
    whole: Layout[np.ndarray] | None = None
    note: str = ""


@dataclass(eq=False)
class _Request:
    job: Job[Any]
    take: Callable[[Any], None]  # what becomes of the job's result


@dataclass(eq=False)
class _Gallery:
    title: str = ""
    noise_seed: int = 0
    variants: list[Variant] = field(default_factory=list)
    problem: str = ""
    under_way: dict[int, _Request] = field(default_factory=dict)  # by the variant's number, the oldest first

    def cancel(self) -> None:
        """Give up on what is under way."""
        while self.under_way:
            self.under_way.popitem()[1].job.cancel()


_gallery = _Gallery()
_previews: Any = None


def show(title: str, variants: Iterable[Variant], noise_seed: int) -> None:
    """Begin a gallery in the place of the one before."""
    global _gallery
    _drop()
    _gallery = _Gallery(title, noise_seed, list(variants))


def truncate(truncation: float) -> None:
    """Sample the gallery's rooms again, at another truncation; ways to complete a room stay what they are."""
    if any(found.pins is not None for found in _gallery.variants):
        return
    sources = [replace(found.source, truncation=truncation) for found in _gallery.variants]
    if [found.source for found in _gallery.variants] == sources:
        return
    _gallery.cancel()
    _gallery.problem = ""
    # The old pictures stay until the new ones are there.
    _gallery.variants = [Variant(found.name, source) for found, source in zip(_gallery.variants, sources, strict=True)]


def variants() -> list[Variant]:
    """Those of the gallery as it stands."""
    return _gallery.variants


def variant(number: int) -> Variant:
    """One of them whose layout has come; raises `BlobGANError` where there is none."""
    if not 0 <= number < len(_gallery.variants):
        raise BlobGANError(
            f"The gallery has {len(_gallery.variants)} rooms, no number {number}. Press Seeds under Variants."
        )
    found = _gallery.variants[number]
    if found.layout is None:
        raise BlobGANError(f"“{found.name}” has not come yet. Wait for its picture.")
    return found


def title() -> str:
    """What the gallery shows."""
    return _gallery.title


def problem() -> str:
    """Why thumbnails are missing, one sentence; empty if none are."""
    return _gallery.problem


def missing() -> int:
    """How many pictures have not come yet."""
    return 0 if _gallery.problem else sum(found.rgb is None for found in _gallery.variants)


def pump() -> bool:
    """Take in what has come and ask for the next; returns whether anything is under way."""
    state = _gallery
    for number, request in list(state.under_way.items()):
        if request.job.done():
            del state.under_way[number]
            _take_in(state, request)
    if state.problem:
        state.cancel()
        return False
    for number, found in enumerate(state.variants):
        if len(state.under_way) < AT_A_TIME and found.rgb is None and number not in state.under_way:
            _ask(state, number, found)
    return bool(state.under_way)


def finish() -> None:
    """Wait for all pictures; raises `BlobGANError` where one cannot be had."""
    while pump():
        for request in list(_gallery.under_way.values())[:1]:
            try:
                request.job.result()
            except BlobGANError as error:
                _gallery.problem = str(error)
    if _gallery.problem:
        raise BlobGANError(_gallery.problem)


def forget() -> None:
    """Another file was opened."""
    show("", (), 0)


def icon_id(number: int) -> int:
    """The icon of a thumbnail, for `UILayout.template_icon`; 0 without a window or while it is missing."""
    key = str(number)
    return int(_previews[key].icon_id) if _previews is not None and key in _previews else 0


def _ask(state: _Gallery, number: int, found: Variant) -> None:
    def sampled(layout: Layout[np.ndarray]) -> None:
        found.layout = layout

    def drawn(picture: Any) -> None:
        found.rgb = np.asarray(picture.rgb)
        _show_thumbnail(number, found.rgb)

    try:
        if found.layout is None:
            state.under_way[number] = _Request(runtime.sample(found.source), sampled)
        else:
            model = ModelRef(found.source.weights, found.source.card.sha256)
            slot = f"gallery {number}"  # a live picture: it may be drawn on less where memory runs out
            job = runtime.worker().render(model, found.layout, noise_seed=state.noise_seed, slot=slot)
            state.under_way[number] = _Request(job, drawn)
    except BlobGANError as error:
        state.problem = str(error)


def _take_in(state: _Gallery, request: _Request) -> None:
    try:
        request.take(request.job.result())
    except BlobGANError as error:
        logger.warning("%s", error)
        state.problem = str(error)
    _redraw()


def _show_thumbnail(number: int, rgb: np.ndarray) -> None:
    global _previews
    if _previews is None:
        _previews = bpy.utils.previews.new()
    key = str(number)
    item: Any = _previews[key] if key in _previews else _previews.new(key)
    height, width, _ = rgb.shape
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = rgb[::-1] / np.float32(255)
    item.image_size = (width, height)
    item.image_pixels_float.foreach_set(pixels.reshape(-1))
    step = max(1, height // 32)
    small = np.ascontiguousarray(pixels[::step, ::step][:32, :32])
    item.icon_size = (small.shape[1], small.shape[0])
    item.icon_pixels_float.foreach_set(small.reshape(-1))


def _drop() -> None:
    global _previews
    _gallery.cancel()
    if _previews is not None:
        bpy.utils.previews.remove(_previews)
        _previews = None
    _redraw()


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def _tick() -> float:
    try:
        return BUSY_PERIOD if pump() else IDLE_PERIOD
    except Exception:
        # Blender drops a timer that raises.
        logger.exception("The gallery stumbled; it goes on")
        return IDLE_PERIOD


def register() -> None:
    """Start the timer."""
    bpy.app.timers.register(_tick, first_interval=IDLE_PERIOD, persistent=True)


def unregister() -> None:
    """Stop it, and free the thumbnails."""
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    forget()
