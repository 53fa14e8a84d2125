"""What the worker can do, with whichever engine its Python has: load a model, sample a layout, draw a picture."""

from __future__ import annotations

import dataclasses
import functools
import time
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np

from ..core.completion import Pins
from ..core.layout import Layout
from ..core.palette import palette
from ..core.seeds import noise_from_seed, z_from_seed
from ..inference.batches import render_each
from ..inference.engine import Engine, make_engine
from ..inference.mattes import heaviest, ranked
from ..inference.predictor import Predictor, map_to_rgb8, to_rgb8
from ..inference.previews import Previews
from . import requests
from .appearances import AppearanceCache
from .models import Models
from .protocol import Message, ProtocolError

T = TypeVar("T")
Answer = tuple[dict[str, Any], dict[str, np.ndarray]]

COMPILED = ", compiled"  # after the engine's name, where that drew a draft by what was compiled
LARGEST_COUNT = 64  # ways to complete a room
_SAME_IN_A_BATCH = ("op", "model", "sha256", "noise_seed", "blob_map", "size", "filter", "region", "slot")


@functools.lru_cache(maxsize=8)
def _noise(seed: int, resolution: int) -> list[np.ndarray]:
    """`noise_from_seed`, read-only: a device that got the maps once need not look at them again."""
    maps = noise_from_seed(seed, resolution)
    for map_ in maps:
        map_.setflags(write=False)
    return maps


class Caller(Protocol):
    """Who asked: hears of a request before its answer, and may raise to end it (`server.Server`)."""

    def report(self, fraction: float, text: str) -> None:
        """How far the request is."""

    def show(self, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """A preview of the answer."""

    def go_on(self) -> None:
        """Between steps: whether to go on."""


class Service:
    """The operations. One request at a time."""

    def __init__(self, appearances: AppearanceCache, caller: Caller) -> None:
        """Set an engine up. Raises `BlobGANError` if there is none, or not the one or the device that was asked for."""
        self.engine = make_engine()
        self._appearances = appearances
        self._caller = caller
        self._models = Models(self.engine, caller.report)
        self._previews: weakref.WeakKeyDictionary[Predictor, Previews] = weakref.WeakKeyDictionary()
        self._operations = {
            "load": self._load,
            "sample": self._sample,
            "render": self._render,
            "mattes": self._mattes,
            "complete": self._complete,
        }

    def handle(self, message: Message) -> Answer:
        """Do one request. Raises `ProtocolError` for a malformed one, `Missing`, and what the predictor raises."""
        op = message.get("op", str)
        if op not in self._operations:
            raise ProtocolError(f"The worker does not know the operation {op!r:.80}. Restart Blender after an update.")
        return self._operations[op](message)

    def rest(self) -> bool:
        """No request is there: do what is better done now; whether there will be more to do in a while."""
        return self._models.rest()

    def free_memory(self) -> None:
        """Let go of all that can be made again."""
        self._models.free()

    def _load(self, message: Message) -> Answer:
        card = self._with_model(message, lambda predictor: predictor.card)
        return {"card": {**dataclasses.asdict(card), "device": self.engine.device}}, {}

    def _sample(self, message: Message) -> Answer:
        truncation = message.get("truncation", float)
        if not 0.0 <= truncation <= 1.0:
            raise ProtocolError(f"Truncation lies in [0, 1], not at {truncation}.")

        def sample(predictor: Predictor) -> Answer:
            width = predictor.config.d_noise
            if "seed" in message.header:
                z = z_from_seed(requests.seed(message, "seed"), 1, width)
            else:
                z = message.array("z")
            if z.shape != (1, width) or not np.isfinite(z).all():
                raise ProtocolError(f"This model's noise is (1, {width}) finite numbers, not {z.shape}.")
            return {}, predictor.sample(z, truncation).arrays()

        return self._with_model(message, sample)

    def at_a_time(self, message: Message) -> int:
        """How many pictures of a request's model are drawn at once."""
        predictor = self._models.loaded(message.header.get("sha256", ""))
        return 1 if predictor is None else predictor.batch

    def alike(self, message: Message) -> Callable[[Message], bool] | None:
        """Which waiting requests are drawn along with this one; None where that gains nothing.

        Those are frames of an animation. A request with a slot is a live picture's: a newer one may take its place.
        """
        if message.header.get("op") != "render" or self.at_a_time(message) == 1:
            return None
        same = {key: message.header.get(key) for key in _SAME_IN_A_BATCH}
        if same["slot"] is not None or same["blob_map"]:
            return None
        return lambda other: all(other.header.get(key) == value for key, value in same.items())

    def draw_together(self, messages: list[Message]) -> list[Answer]:
        """The answers to renders that are `alike`. Raises what `handle` raises, whichever of them is at fault."""
        began = time.perf_counter()
        lens, noise_seed = requests.lens(messages[0]), requests.seed(messages[0], "noise_seed")
        layouts = [self._layout(message) for message in messages]

        def draw(predictor: Predictor) -> list[np.ndarray]:
            noise = _noise(noise_seed, predictor.config.resolution)
            return [to_rgb8(lens(image))[0] for image in render_each(predictor, ((one, noise) for one in layouts))]

        pictures = self._models.together(*requests.model(messages[0]), draw)
        seconds = (time.perf_counter() - began) / len(messages)
        return [({"seconds": seconds, **self._drawn_by(self.engine)}, {"rgb": rgb}) for rgb in pictures]

    def _layout(self, message: Message) -> Layout[np.ndarray]:
        names = message.get("appearances", list)
        if not names or not all(type(name) is str for name in names):
            raise ProtocolError("A render names the appearances of the background and the blobs.")
        features, styles = self._appearances.stack(names)
        geometry = {name: message.array(name) for name in ("xs", "ys", "covs", "sizes")}
        layout = Layout(**geometry, features=features, spatial_style=styles)
        requests.check_values(layout)
        return layout

    def _render(self, message: Message) -> Answer:
        began = time.perf_counter()
        layout = self._layout(message)
        lens, budget, own_size = requests.lens(message), requests.preview(message), "size" not in message.header
        noise_seed, with_map = requests.seed(message, "noise_seed"), message.get("blob_map", bool)

        def draw(predictor: Predictor) -> dict[str, np.ndarray]:
            noise = _noise(noise_seed, predictor.config.resolution)
            if budget is not None:
                rgb = self._with_preview(predictor, layout, noise, budget)
            elif own_size:
                rgb = predictor.picture(layout, noise)
            else:
                rgb = to_rgb8(lens(predictor.render(layout, noise)))
            arrays = {"rgb": rgb[0]}
            if with_map:
                blob_map = predictor.blob_map(layout, palette(layout.blobs))
                arrays["blob_map"] = map_to_rgb8(lens(blob_map))[0]
            return arrays

        live = "slot" in message.header
        arrays = (self._models.live if live else self._models.final)(*requests.model(message), draw)
        drawn_by = self._drawn_by(self._models.live_engine if live else self.engine)
        return {"seconds": time.perf_counter() - began, **drawn_by}, arrays

    def _drawn_by(self, engine: Engine) -> dict[str, str]:
        return {"engine": engine.version, "device": engine.device, "notice": self._models.notice}

    def _with_preview(
        self, predictor: Predictor, layout: Layout[np.ndarray], noise: list[np.ndarray], budget: float
    ) -> np.ndarray:
        """The picture, after what can be shown of it sooner: a draft, or else a preview within the budget."""
        began = time.perf_counter()

        def show(rgb: np.ndarray, how: str = "") -> None:
            drawn_by = self._drawn_by(self._models.live_engine)
            drawn_by["engine"] += how
            self._caller.show({"seconds": time.perf_counter() - began, **drawn_by}, {"rgb": rgb[0]})

        draft = predictor.draft(layout, noise)
        if draft is not None:
            show(draft, COMPILED if predictor.drafts_are_compiled else "")
            return predictor.picture(layout, noise)
        previews = self._previews.setdefault(predictor, Previews())
        return previews.draw(predictor.stages(layout, noise), budget, show, self._caller.go_on)

    def _mattes(self, message: Message) -> Answer:
        """What follows from a layout's geometry alone; no picture is drawn."""
        layout = requests.geometry(message)
        numbers = requests.per_blob(message, "numbers", np.int64, layout)
        ids = requests.per_blob(message, "ids", np.float32, layout)
        lens, levels = requests.lens(message), requests.levels(message)
        with_mattes, with_index, with_map = (message.get(each, bool) for each in ("mattes", "index", "blob_map"))

        def derive(predictor: Predictor) -> Answer:
            arrays = {}
            if with_mattes or with_index or levels:
                mattes = lens(predictor.mattes(layout)[0])
                np.clip(mattes, 0.0, 1.0, out=mattes)  # a filter that overshoots would make an opacity of -0.01
            if with_mattes:
                arrays["mattes"] = mattes[1:]
            if with_index:
                arrays["index"] = np.concatenate([[0], numbers + 1]).astype(np.float32)[heaviest(mattes)]
            if levels:
                arrays["cryptomatte"] = ranked(mattes[1:], ids, levels)
            if with_map:
                colors = palette(int(numbers.max(initial=-1)) + 1)[np.concatenate([[0], numbers + 1])]
                arrays["blob_map"] = map_to_rgb8(lens(predictor.blob_map(layout, colors)))[0]
            return {}, arrays

        return self._with_model(message, derive)

    def _complete(self, message: Message) -> Answer:
        truncation, count = message.get("truncation", float), message.get("count", int)
        if not 0.0 <= truncation < 1.0:
            raise ProtocolError(f"A room is completed at a truncation in [0, 1), not at {truncation}.")
        if not 1 <= count <= LARGEST_COUNT:
            raise ProtocolError(f"A room is completed in 1 … {LARGEST_COUNT} ways, not in {count}.")
        pins = Pins(message.array("indices"), message.array("xs"), message.array("ys"), message.array("sizes"))
        values = (pins.xs, pins.ys, pins.sizes)
        if pins.indices.ndim != 1 or any(array.shape != pins.indices.shape for array in values):
            raise ProtocolError("Pins come as indices, xs, ys and sizes (P,).")
        if not all(array.dtype.kind == "f" and np.isfinite(array).all() for array in values):
            raise ProtocolError("The pins' places and sizes must be finite numbers. Reset the blob that moved last.")
        seed, report = requests.seed(message, "seed"), self._caller.report
        found = self._with_model(message, lambda model: model.complete(pins, truncation, seed, count, report))
        return {}, {**found.layouts.arrays(), "misses": found.misses}

    def _with_model(self, message: Message, work: Callable[[Predictor], T]) -> T:
        """Do what needs the model that a request names, loaded if it is not. Raises `ModelFileError`."""
        return self._models.final(*requests.model(message), work)
