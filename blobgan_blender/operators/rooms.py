"""Filling the gallery with rooms: each of a seed, of a neighbour of a room, or of the favourites."""

from __future__ import annotations

from dataclasses import replace

import bpy
from bpy.types import Context

from .. import gallery, runtime
from ..core.errors import BlobGANError
from ..core.seeds import MAX_SEED
from ..gallery import COUNT, Variant
from ..scene.canvas import Source, active_canvas


def rooms_of_seeds(source: Source, first: int, count: int = COUNT) -> list[Variant]:
    """`count` rooms of the seeds from `first` on."""
    seeds = [(first + step) % (MAX_SEED + 1) for step in range(count)]
    return [Variant(f"{seed}", replace(source, seed=seed, variation=())) for seed in seeds]


def rooms_near(source: Source, count: int = COUNT) -> list[Variant]:
    """`count` rooms like one: its noise turned a little, each towards another seed."""
    depth = len(source.variation)
    return [
        Variant(f"{source.seed}{'~' * (depth + 1)}{towards}", replace(source, variation=(*source.variation, towards)))
        for towards in range(1, count + 1)
    ]


def favourites(context: Context, source: Source) -> list[Variant]:
    """The scene's favourites of the source's model."""
    found = []
    for item in context.scene.blobgan.favourites:
        if item.model_sha256 == source.card.sha256:
            variation = tuple(map(int, item.variation.split()))
            room = replace(source, seed=item.seed, truncation=item.truncation, variation=variation)
            found.append(Variant(f"{item.seed}" + "~" * len(variation), room))
    if not found:
        raise BlobGANError(
            f"This scene has no favourites of the model “{source.card.name}”. Press the heart beside a room."
        )
    return found


def begin(context: Context, title: str, rooms: list[Variant]) -> None:
    """Show them; without a window, wait for their pictures. Raises `BlobGANError` then."""
    canvas = active_canvas(context.scene, context.view_layer)
    gallery.show(title, rooms, canvas.blobgan.noise_seed)
    if bpy.app.background:
        gallery.finish()


def canvas_source(context: Context) -> Source:
    """The active canvas's."""
    return runtime.source_of(active_canvas(context.scene, context.view_layer))
