"""The quality of edits, on a model's own blobs: does what is moved move, what is removed go, what is cloned come twice?

An object is what a blob adds to the picture: the difference between the room with it and without. It is looked for in
an edited picture by the cross-correlation of the two differences, to a fraction of a pixel.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..core import edits
from ..core.blob_map import seen
from ..core.completion import MET, Pins
from ..core.layout import Layout
from ..core.seeds import noise_from_seed, z_from_seed
from ..inference.predictor import Predictor

ASKED = 0.1  # picture units: how far a blob is moved
CLONED = 0.25  # picture units: how far from its original a clone is put
TOLERANCE = 0.2  # of what was asked
VISIBLE = 0.0  # size logit from which a blob is asked at all
SUPPORT = 0.05  # of a blob map's colour: where a blob can be seen
REACH = 8  # pixels around it that the decoder's convolutions may change
ALIKE = 0.5  # correlation from which a clone is the same object
COMPLETIONS = 12
PINNED = 3

Picture = np.ndarray  # float64 (3, S, S), about [-1, 1]


@dataclass(frozen=True)
class Edit:
    """What one blob of one room did.

    Attributes:
        blob: which of the model's.
        moved: how far its object moved along the way asked, over what was asked; 1 is perfect.
        leak: mean |Δ| of the move outside the blob's support, old and new, over that inside.
        remains: of the object after removal: its correlation with what is left there; 0 is perfect.
        cloned: as `moved`, of the distance between clone and original.
        alike: correlation of the clone with the original, 1 is perfect.
    """

    blob: int
    moved: float
    leak: float
    remains: float
    cloned: float
    alike: float


def evaluate_edits(
    predictor: Predictor, rooms: int, truncation: float, seed: int = 0, say: Callable[[str], None] = lambda _text: None
) -> dict[str, Any]:
    """Measure `rooms` rooms of a model from `seed` on; returns plain JSON values, see `table`."""
    found: list[Edit] = []
    completions = []
    for number in range(rooms):
        layout = predictor.sample(z_from_seed(seed + number, 1, predictor.config.d_noise), truncation)
        found += _edits_of(predictor, layout)
        if number % 4 == 0:
            completions.append(_complete(predictor, layout, truncation, seed + number))
        say(f"room {number + 1} of {rooms}")
    blobs = sorted({edit.blob for edit in found})
    return {
        "model": predictor.card.name,
        "sha256": predictor.card.sha256,
        "rooms": rooms,
        "seed": seed,
        "truncation": truncation,
        "edits": {str(blob): _summary([edit for edit in found if edit.blob == blob]) for blob in blobs}
        | {"all": _summary(found)},
        "completions": completions,
        "each": [asdict(edit) for edit in found],
    }


def table(report: dict[str, Any]) -> str:
    """The report as two Markdown tables."""
    lines = [
        "| blob | rooms | moved (of 0.1) | within 20 % | leak | left after removal | clone found | clone alike |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for blob, row in report["edits"].items():
        lines.append(
            f"| {blob} | {row['count']} | {row['moved']:.2f} | {row['moved well']:.0%} | {row['leak']:.3f} | "
            f"{row['remains']:.2f} | {row['cloned well']:.0%} | {row['alike']:.2f} |"
        )
    lines += [
        "",
        "| room | pinned | furthest off, of 12 | within 0.02 | closest pair | seconds |",
        "|---|---|---|---|---|---|",
    ]
    for row in report["completions"]:
        pinned = ", ".join(map(str, row["pinned"]))
        lines.append(
            f"| {row['seed']} | {pinned} | {row['furthest']:.4f} | {row['met']} | {row['closest pair']:.3f} | "
            f"{row['seconds']:.1f} |"
        )
    return "\n".join(lines)


def _summary(found: list[Edit]) -> dict[str, Any]:
    """Medians, and how many are within what the house asks for."""
    if not found:
        return {name: float("nan") for name in ("moved", "leak", "remains", "cloned", "alike")} | {
            "count": 0, "moved well": 0.0, "cloned well": 0.0,
        }  # fmt: skip
    medians = {name: float(np.median([getattr(edit, name) for edit in found])) for name in _NAMES}
    cloned = [abs(edit.cloned - 1) <= TOLERANCE and edit.alike >= ALIKE for edit in found]
    return medians | {
        "count": len(found),
        "moved well": float(np.mean([abs(edit.moved - 1) <= TOLERANCE for edit in found])),
        "cloned well": float(np.mean(cloned)),
    }


_NAMES = ("moved", "leak", "remains", "cloned", "alike")


def _edits_of(predictor: Predictor, layout: Layout[np.ndarray]) -> list[Edit]:
    noise = noise_from_seed(0, predictor.config.resolution)

    def draw(which: Layout[np.ndarray]) -> Picture:
        return np.clip(predictor.render(which, noise)[0].astype(np.float64), -1, 1)

    plain, found = draw(layout), []
    for blob in range(layout.blobs):
        x, y = float(layout.xs[0, blob]), float(layout.ys[0, blob])
        if layout.sizes[0, blob + 1] < VISIBLE or not (0.1 < x < 0.9 and 0.1 < y < 0.9):
            continue
        inwards = 1.0 if x < 0.5 else -1.0
        without = draw(edits.remove(layout, [blob]))
        shifted = edits.move(layout, [blob], inwards * ASKED, 0.0)
        moved = draw(shifted)
        cloned = draw(edits.clone(layout, [blob], dx=inwards * CLONED))
        thing = plain - without
        inside = _support(predictor, layout, blob) | _support(predictor, shifted, blob)
        change = np.abs(moved - plain).mean(axis=0)
        shift, _ = _found(thing, moved - without)
        apart, alike = _found(thing, cloned - plain)
        found.append(
            Edit(
                blob=blob,
                moved=shift / (inwards * ASKED),
                leak=float(change[~inside].mean() / max(change[inside].mean(), 1e-9)),
                remains=_remains(thing, without, draw(edits.empty_room(layout)), _support(predictor, layout, blob)),
                cloned=apart / (inwards * CLONED),
                alike=alike,
            )
        )
    return found


def _found(thing: Picture, where: Picture) -> tuple[float, float]:
    """How far to the right a difference is found again in another, in picture units, and its correlation there.

    Sideways only, since that is how it was moved; by the maximum of the cross-correlation over whole pixels, and the
    vertex of the parabola through its neighbours.
    """
    side = thing.shape[-1]
    padded = [np.fft.rfft(array, 2 * side, axis=-1) for array in (thing, where)]
    correlation = np.fft.irfft(padded[1] * np.conj(padded[0]), 2 * side, axis=-1).sum(axis=(0, 1))
    peak = int(np.argmax(correlation))
    before, at, after = correlation[peak - 1], correlation[peak], correlation[(peak + 1) % (2 * side)]
    bend = before - 2 * at + after
    exact = peak + (0.5 * (before - after) / bend if bend < 0 else 0.0)
    norm = np.sqrt(np.square(thing).sum() * np.square(where).sum())
    if exact > side:
        exact -= 2 * side
    return exact / side, float(at / max(norm, 1e-12))


def _remains(thing: Picture, without: Picture, empty: Picture, inside: np.ndarray) -> float:
    """Correlation, inside the blob's support, of the object with what the room without it has beyond the empty one."""
    left = (without - empty)[:, inside]
    was = thing[:, inside]
    norm = np.sqrt(np.square(left).sum() * np.square(was).sum())
    return max(0.0, float((left * was).sum() / max(norm, 1e-12)))


def _support(predictor: Predictor, layout: Layout[np.ndarray], blob: int) -> np.ndarray:
    """bool (S, S): where the blob can be seen, and what the convolutions reach from there."""
    side = predictor.config.resolution
    middle = (np.arange(side, dtype=np.float32) + 0.5) / side
    shown = seen(layout, middle[None], middle[:, None], side)[blob + 1] > SUPPORT
    for axis in (0, 1):
        wide = shown.copy()
        for step in range(1, REACH + 1):
            for way in (step, -step):
                rolled = np.roll(shown, way, axis)
                edge = slice(0, step) if way > 0 else slice(-step, None)
                rolled[(edge, slice(None)) if axis == 0 else (slice(None), edge)] = False
                wide |= rolled
        shown = wide
    return shown


def _complete(predictor: Predictor, layout: Layout[np.ndarray], truncation: float, seed: int) -> dict[str, Any]:
    """Pin the room's largest blobs, each moved a little, and complete it."""
    order = np.argsort(-layout.sizes[0, 1:])[:PINNED]
    random = np.random.RandomState(seed)
    xs, ys = (np.clip(v[0, order] + random.uniform(-0.06, 0.06, PINNED), 0.05, 0.95) for v in (layout.xs, layout.ys))
    began = time.perf_counter()
    pins = Pins(order.astype(np.int64), xs, ys, layout.sizes[0, order + 1])
    found = predictor.complete(pins, truncation, seed, COMPLETIONS, lambda _fraction, _text: None)
    places = np.concatenate([found.layouts.xs, found.layouts.ys], axis=1)
    apart = np.abs(places[:, None] - places[None]).max(axis=-1)
    return {
        "seed": seed,
        "pinned": order.tolist(),
        "furthest": float(found.misses.max()),
        "met": int((found.misses <= MET).sum()),
        "closest pair": float(apart[~np.eye(len(apart), dtype=bool)].min()),
        "seconds": time.perf_counter() - began,
    }
