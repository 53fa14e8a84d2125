"""Final pictures several at a time, where the device gains by it: the same bytes as each alone, or not at all.

A GPU draws eight pictures in little more time than one. But a library may choose other sums for a batch than for one
picture, and then a frame's bytes would depend on who its neighbours were. So the first batch is also drawn one by one:
where every value is the same, bit for bit, it is the same sums, and batches of that very size go on; where one value
differs, this model's pictures are drawn alone from then on.
"""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ..core.layout import Layout
from .predictor import Predictor

logger = logging.getLogger(__name__)

VARIABLE = "BLOBGAN_BATCH"  # pictures at a time, 1 for none, whatever the device
_LARGEST = 8
_PIXELS = 1 << 19  # of a batch: larger pictures fill a GPU by themselves, and its memory

Wish = tuple[Layout[np.ndarray], Sequence[np.ndarray]]  # one layout and its noise, as `Predictor.render` takes them


def batch_for(device: str, resolution: int) -> int:
    """How many pictures to draw at a time: on a CPU one, for its cores are busy with that (docs/rendering.md).

    Args:
        device: torch's name of its type, such as "cuda".
        resolution: of the pictures, in pixels.
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted.isdigit():
        return max(1, int(wanted))
    return 1 if device == "cpu" else max(1, min(_LARGEST, _PIXELS // resolution**2))


def render_each(predictor: Predictor, wishes: Iterable[Wish]) -> Iterator[np.ndarray]:
    """The final picture of each wish, (1, 3, H, W), in order: bit for bit what `Predictor.render` makes of it alone.

    No more wishes are taken than are drawn at a time.

    Raises:
        LayoutError, BlobGANError: see `Predictor.render`.
    """
    left = iter(wishes)
    while group := list(itertools.islice(left, predictor.batch)):
        if _fits(predictor, group):
            yield from _together(predictor, group)
        else:
            yield from (predictor.render(*wish) for wish in group)


def _fits(predictor: Predictor, group: list[Wish]) -> bool:
    """Whether it is one whole batch: other sizes might be other sums."""
    return 1 < predictor.batch == len(group) and len({layout.blobs for layout, _ in group}) == 1


def _together(predictor: Predictor, group: list[Wish]) -> Iterator[np.ndarray]:
    layouts = [layout for layout, _ in group]
    joined = Layout(*(np.concatenate([getattr(one, name) for one in layouts]) for name in Layout.FIELDS))
    noise = [np.concatenate(maps) for maps in zip(*(maps for _, maps in group), strict=True)]
    images = predictor.render(joined, noise)
    if not predictor.batch_is_proven:
        alone = np.concatenate([predictor.render(*wish) for wish in group])
        predictor.batch_is_proven = np.array_equal(images, alone)
        if not predictor.batch_is_proven:
            logger.info("Pictures are drawn one at a time: in a batch of %d they are not the same.", len(group))
            predictor.batch, images = 1, alone
    yield from (images[index : index + 1] for index in range(len(group)))
