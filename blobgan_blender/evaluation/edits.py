"""The quality of edits, on a model's own blobs: does what is moved move, what is removed go, what is cloned come twice?

An object is what the picture shows where its blob is seen. It is looked for in an edited picture by the normalised
cross-correlation of these pixels alone, to a fraction of a pixel: what the object hid and lets out when it leaves is no
part of it. What a blob leaves behind is measured on what it adds: the room with it, less the room without.
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
from ..core.ellipse import owned
from ..core.layout import Layout
from ..core.seeds import noise_from_seed, z_from_seed
from ..inference.predictor import Predictor

ASKED = 0.1  # picture units: how far a blob is moved
CLONED = 0.25  # picture units: how far from its original a clone is put
TOLERANCE = 0.2  # of what was asked
LARGE = 0.013  # of the picture: what a blob must own to be asked at all, whatever is in front of it
VISIBLE = 0.25  # opacity that it must have somewhere, behind those in front
SUPPORT = 0.05  # of a blob map's colour: where a blob can be seen
PLACE = 0.5  # of its strongest colour there: where what is seen is its object
LEAST = 0.5  # of an object that must lie in the picture for it to be found there
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

    plain, empty, found = draw(layout), draw(edits.empty_room(layout)), []
    opacities = _opacities(predictor, layout)
    for blob in range(layout.blobs):
        x, y = float(layout.xs[0, blob]), float(layout.ys[0, blob])
        is_large = owned(layout.sizes[0, blob + 1], predictor.config.ab_norm) >= LARGE
        is_seen = is_large and opacities[blob + 1].max() >= VISIBLE
        if not is_seen or not (0.1 < x < 0.9 and 0.1 < y < 0.9):
            continue
        inwards = 1.0 if x < 0.5 else -1.0
        without = draw(edits.remove(layout, [blob]))
        shifted = edits.move(layout, [blob], inwards * ASKED, 0.0)
        moved = draw(shifted)
        cloned = draw(edits.clone(layout, [blob], dx=inwards * CLONED))
        opacity = opacities[blob + 1]
        place, support = opacity >= PLACE * opacity.max(), _support(opacity)
        inside = support | _support(_opacities(predictor, shifted)[blob + 1])
        change = np.abs(moved - plain).mean(axis=0)
        shift, _ = _found(plain, place, moved, -inwards * ASKED, inwards * 2.5 * ASKED)
        # Where the original is, and alike by its nature, the clone is not looked for.
        apart, alike = _found(plain, place, cloned, inwards * 0.5 * CLONED, inwards * 1.5 * CLONED)
        found.append(
            Edit(
                blob=blob,
                moved=shift / (inwards * ASKED),
                leak=float(change[~inside].mean() / max(change[inside].mean(), 1e-9)),
                remains=_remains(plain - without, without, empty, support),
                cloned=apart / (inwards * CLONED),
                alike=alike,
            )
        )
    return found


def _found(plain: Picture, place: np.ndarray, edited: Picture, one: float, other: float) -> tuple[float, float]:
    """How far to the right the pixels of a place are found again, in picture units, and their correlation there.

    Sideways only, since that is how they were moved, and between two distances in picture units; by the highest
    normalised cross-correlation over whole pixels, and the vertex of the parabola through its neighbours.
    """
    side = plain.shape[-1]
    low, high = sorted((round(one * side), round(other * side)))
    scores = np.array([_alike(plain, place, edited, shift) for shift in range(low, high + 1)])
    peak = int(np.argmax(scores))
    exact = float(low + peak)
    if 0 < peak < len(scores) - 1:
        before, at, after = scores[peak - 1 : peak + 2]
        bend = before - 2 * at + after
        exact += 0.5 * (before - after) / bend if bend < 0 else 0.0
    return exact / side, float(scores[peak])


def _alike(plain: Picture, place: np.ndarray, edited: Picture, shift: int) -> float:
    """Correlation of the pixels of a place with those so many pixels to the right of them in an edited picture."""
    rows, columns = np.nonzero(place)
    there = (columns + shift >= 0) & (columns + shift < place.shape[1])
    if there.mean() < LEAST:
        return -1.0
    rows, columns = rows[there], columns[there]
    was, now = plain[:, rows, columns], edited[:, rows, columns + shift]
    was, now = was - was.mean(axis=1, keepdims=True), now - now.mean(axis=1, keepdims=True)
    return float((was * now).sum() / max(np.sqrt(np.square(was).sum() * np.square(now).sum()), 1e-12))


def _remains(thing: Picture, without: Picture, empty: Picture, inside: np.ndarray) -> float:
    """Correlation, inside the blob's support, of the object with what the room without it has beyond the empty one."""
    left = (without - empty)[:, inside]
    was = thing[:, inside]
    norm = np.sqrt(np.square(left).sum() * np.square(was).sum())
    return max(0.0, float((left * was).sum() / max(norm, 1e-12)))


def _opacities(predictor: Predictor, layout: Layout[np.ndarray]) -> np.ndarray:
    """(M+1, S, S): how strongly the blob map shows the background and each blob behind those in front of it."""
    side = predictor.config.resolution
    middle = (np.arange(side, dtype=np.float32) + 0.5) / side
    return seen(layout, middle[None], middle[:, None], side)


def _support(opacity: np.ndarray) -> np.ndarray:
    """bool (S, S): where a blob of this opacity can be seen, and what the convolutions reach from there."""
    shown = opacity > SUPPORT
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
