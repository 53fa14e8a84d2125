"""Blobs are objects: what a segmenter sees move, and go, when one blob is moved or removed.

Every sample is drawn as it is and, for each of its M blobs, with that blob moved across, moved up or down (towards the
picture's middle) and removed. The segmenter names the class of each pixel of all those pictures, and only these classes
are compared; so a change of colour counts for nothing, and an object that turns into another one is gone.

The terms, for one blob in one sample:

- *Place*: where the blob's composited opacity is at least half its highest there, and 0.03 of the picture around. A
  blob whose opacity stays below 0.05 isn't seen: it has no place, and the sample counts for its activity alone.
- *Object of a class*: the connected components (of 0.15 % of the picture at least) of that class that the place covers
  to a quarter, or that cover the place to a quarter. No such component: the class isn't near, and the sample says
  nothing about this blob and this class.
- *Found again*: a blob moves by 0.1 towards the picture's middle. Its object is compared, at every whole pixel of shift
  from -0.1 to 0.2 along that way, with the pixels of its class in the edited picture, less those of the class's other
  components, by intersection over union inside what both pictures show. So an object cut off by the edge is not
  punished, and one at the edge not favoured.
- *Follow*: 1 - |found / asked - 1|, at least 0; the shift found is the best one (the mean of equally good ones: an
  object that stretches has one half). 0 where the best overlap is below 0.4: the object vanished or became another.
- *Leak*: the share of pixels of another class than before, outside the place, the object, and where both should be now,
  and 0.03 around them.
- *Removal*: the share of the object's pixels that are of another class when the blob's size logit is -20. *Clean* if
  that is 0.8 at least, and of the pixels elsewhere no more than 0.02 changed class.
- *Acts*: one of the three edits changes 0.5 % of the picture's pixels by more than 0.2 of the range of colours.

Over samples: a class *follows* a blob by the mean over the samples in which it is near, along both ways alike; fewer
than a tenth of the samples that show the blob (or 8) are no evidence, for or against. A class is a blob's *own* if it
follows it by 0.7 and no other class does by 0.3. A blob is *idle* if it acts in less than a tenth of all samples.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.layout import Layout
from ..datasets.classes import CLASSES
from ..model.splat import composite, scores
from .drawing import Drawer
from .segmenter import SIDE

ASKED = round(0.1 * SIDE)  # pixels of the segmenter: how far a blob is moved
GONE = -20.0  # size logit of a removed blob
SEEN = 0.05  # opacity
COVERED = 0.25  # of the place or of a component
MARGIN = round(0.03 * SIDE)  # pixels
SMALLEST = round(0.0015 * SIDE**2)  # pixels of a component
ALIKE = 0.4  # intersection over union
CLEAN, UNTOUCHED = 0.8, 0.02
ACTS, COLOUR_STEP, IDLE = 0.005, 0.2 * 255, 0.1
OWN, FOREIGN = 0.7, 0.3
EVIDENCE, LEAST_EVIDENCE = 0.1, 8
_AT_ONCE = 8  # samples

Segment = Callable[[Tensor], Tensor]


@dataclass
class Sums:
    """What was seen so far, float64 or int64; M blobs, C classes, S samples.

    Attributes:
        shown, acts: (M,) samples that show the blob, in which it acts.
        near: (M, C) samples in which the class is near the blob.
        follow, leak, removal, clean: (M, C) sums over those.
        present: bool rows (C,), one a sample: which classes are there at all.
        near_each: bool rows (M, C), one a sample.
    """

    shown: np.ndarray
    acts: np.ndarray
    near: np.ndarray
    follow: np.ndarray
    leak: np.ndarray
    removal: np.ndarray
    clean: np.ndarray
    present: list[np.ndarray] = field(default_factory=list)
    near_each: list[np.ndarray] = field(default_factory=list)

    @classmethod
    def of(cls, blobs: int) -> Sums:
        """Nothing seen yet."""
        one, two = (blobs,), (blobs, len(CLASSES))
        near, follow, leak, removal, clean = (np.zeros(two) for _ in range(5))
        return cls(np.zeros(one), np.zeros(one), near, follow, leak, removal, clean)


def measure_objects(
    drawer: Drawer,
    segment: Segment,
    samples: int,
    truncation: float,
    seed: int = 0,
    say: Callable[[str], None] = lambda _text: None,
) -> dict[str, Any]:
    """See the module.

    Args:
        drawer: of the model.
        segment: uint8 pictures (N, 3, H, W) → uint8 classes (N, SIDE, SIDE).
        samples: how many.
        truncation: of them.
        seed: of their noise.
        say: called now and then with how far it is.

    Returns:
        Plain JSON values: `blobs`, a row each, `classes`, a row each, and `summary`.
    """
    sums = Sums.of(drawer.blobs)
    layouts = drawer.sample(seed, samples, truncation)
    for start in range(0, samples, _AT_ONCE):
        part = layouts.map(lambda tensor: tensor[start : start + _AT_ONCE])  # noqa: B023 - called at once
        _measure(sums, drawer, segment, part)
        if start // _AT_ONCE % 8 == 0:
            say(f"blobs: sample {start} of {samples}")
    return summarize(sums, samples) | {"samples": samples, "truncation": truncation, "seed": seed}


def summarize(sums: Sums, samples: int) -> dict[str, Any]:
    """Rows and summary of what was seen; see the module."""
    evidence = np.maximum(LEAST_EVIDENCE, EVIDENCE * sums.shown)[:, None] <= sums.near
    follow = _share(sums.follow, sums.near)
    own = [_own(follow[blob], evidence[blob]) for blob in range(len(follow))]
    blobs = [_blob_row(sums, blob, own[blob], follow[blob], evidence[blob], samples) for blob in range(len(follow))]
    classes = [_class_row(sums, number, own, samples) for number in range(1, len(CLASSES))]
    owned = [row for row in classes if row["blobs"]]
    summary = {
        "classes with a blob of their own": len(owned),
        "of these removed cleanly in 80 %": sum(row["clean"] >= CLEAN for row in owned),
        "clean removals of these": float(np.mean([row["clean"] for row in owned])) if owned else None,
        "idle blobs": sum(row["idle"] for row in blobs),
    }
    return {"summary": summary, "blobs": blobs, "classes": classes}


def components(classes: Tensor) -> Tensor:
    """int64 (N, H, W) class numbers → int64 labels: neighbouring pixels (by an edge) of one class have the same."""
    n, h, w = classes.shape
    labels = torch.arange(1, h * w + 1, device=classes.device).reshape(1, h, w).repeat(n, 1, 1)
    across, down = classes[:, :, 1:] == classes[:, :, :-1], classes[:, 1:] == classes[:, :-1]
    while True:
        before = labels
        labels = labels.clone()
        # A label runs along a whole row or column of one class at once: a running maximum that starts anew at a border.
        for _ in range(2):
            labels = _swept(labels, across)
            labels = _swept(labels.transpose(1, 2), down.transpose(1, 2)).transpose(1, 2)
        if torch.equal(labels, before):
            return labels


def found_shift(objects: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
    """Where objects are found again, along the last axis.

    Args:
        objects: bool (P, H, W).
        found: bool (P, H, W), what of their class is in the edited pictures.

    Returns:
        The shift in pixels, within [-ASKED, 2 · ASKED], and the intersection over union there: float (P,) each.
    """
    side = objects.shape[-1]
    first, second = objects.float(), found.float()
    spectra = [torch.fft.rfft(part, 2 * side, dim=-1) for part in (first, second)]
    correlation = torch.fft.irfft((spectra[1] * spectra[0].conj()).sum(dim=1), 2 * side, dim=-1)
    shifts = torch.arange(-ASKED, 2 * ASKED + 1, device=objects.device)
    both = correlation[:, shifts % (2 * side)].round()
    # Inside what both pictures show: columns t … of the new one, columns … side - t of the old one (t > 0).
    old, new = (F.pad(part.sum(dim=1).cumsum(dim=1), (1, 0)) for part in (first, second))  # (P, side + 1)
    low, high = shifts.clamp(min=0), side + shifts.clamp(max=0)  # of the new picture's columns
    size_new = new[:, high] - new[:, low]
    size_old = old[:, high - shifts] - old[:, low - shifts]
    overlap = both / (size_old + size_new - both).clamp(min=1)
    best = overlap.max(dim=1).values
    ties = (overlap >= best[:, None] - 1e-6).float()
    return (ties * shifts).sum(dim=1) / ties.sum(dim=1), best


def _measure(sums: Sums, drawer: Drawer, segment: Segment, layouts: Layout[Tensor]) -> None:
    """A few samples."""
    count, blobs = layouts.count, layouts.blobs
    inwards = torch.stack([torch.where(layouts.xs > 0.5, -1.0, 1.0), torch.where(layouts.ys > 0.5, -1.0, 1.0)])
    pictures = drawer.draw(layouts)
    edited = drawer.draw(_edits(layouts, inwards))
    classes = segment(pictures).long()
    # (N, 3, M, H, W): moved across, moved up or down, removed
    after = segment(edited).long().reshape(count, 3, blobs, SIDE, SIDE)
    changed = edited.reshape(count, 3, blobs, *pictures.shape[1:]).float() - pictures[:, None, None].float()
    share = (changed.abs().amax(dim=3) > COLOUR_STEP).float().mean(dim=(3, 4))  # (N, 3, M)
    sums.acts += (share.amax(dim=1) >= ACTS).sum(dim=0).cpu().numpy()
    opacities = composite(scores(layouts, SIDE))[:, 1:]
    highest = opacities.amax(dim=(2, 3))
    sums.shown += (highest >= SEEN).sum(dim=0).cpu().numpy()
    places = (opacities >= highest[..., None, None] / 2) & (highest >= SEEN)[..., None, None]
    labels = components(classes)
    for index in range(count):
        near = _near(classes[index], labels[index], _widened(places[index]))
        sums.present.append(near.present)
        sums.near_each.append(_touched(near, blobs))
        if len(near.blobs):
            _measure_pairs(sums, near, classes[index], after[index], places[index], inwards[:, index])


@dataclass(frozen=True)
class Near:
    """The P pairs of a blob and a class near it in one sample.

    Attributes:
        blobs, numbers: int64 (P,): which blob, which class.
        objects: bool (P, SIDE, SIDE).
        present: bool (C,), which classes have a component at all.
    """

    blobs: Tensor
    numbers: Tensor
    objects: Tensor
    present: np.ndarray


def _near(classes: Tensor, labels: Tensor, places: Tensor) -> Near:
    """See `Near`; classes and labels (SIDE, SIDE), places bool (M, SIDE, SIDE)."""
    names, inverse, sizes = torch.unique(labels, return_inverse=True, return_counts=True)
    number = torch.zeros(len(names), dtype=torch.int64, device=classes.device)
    number[inverse.flatten()] = classes.flatten()
    real = ((sizes >= SMALLEST) & (number > 0)).nonzero()[:, 0]
    number, sizes = number[real], sizes[real]
    parts = inverse[None] == real[:, None, None]  # (K, SIDE, SIDE)
    shared = places.flatten(1).float() @ parts.flatten(1).float().T  # (M, K)
    room = torch.minimum(places.sum(dim=(1, 2))[:, None], sizes[None]).float()
    covered = (shared >= COVERED * room) & (room > 0)
    by_class = F.one_hot(number, len(CLASSES)).float()  # (K, C)
    blobs, numbers = ((covered.float() @ by_class) > 0).nonzero(as_tuple=True)
    chosen = covered[blobs] & (number[None] == numbers[:, None])  # (P, K)
    objects = (chosen.float() @ parts.flatten(1).float()).reshape(-1, SIDE, SIDE) > 0
    present = by_class.sum(dim=0) > 0
    return Near(blobs, numbers, objects, present.cpu().numpy())


def _measure_pairs(sums: Sums, near: Near, classes: Tensor, after: Tensor, places: Tensor, inwards: Tensor) -> None:
    """One sample: classes (SIDE, SIDE), after (3, M, SIDE, SIDE), places (M, SIDE, SIDE), inwards (2, M)."""
    blobs, numbers, objects = near.blobs, near.numbers, near.objects
    others = (classes[None] == numbers[:, None, None]) & ~objects
    place = places[blobs]
    follow, leak = [], []
    for axis in (0, 1):
        sign = inwards[axis, blobs]
        now = after[axis, blobs]
        found = (now == numbers[:, None, None]) & ~others
        shift, overlap = found_shift(_along(objects, axis, sign), _along(found, axis, sign))
        follow.append(torch.where(overlap >= ALIKE, (1 - (shift / ASKED - 1).abs()).clamp(min=0), 0.0))
        own = _along(objects | place, axis, sign)
        moved = _along(F.pad(own, (ASKED, 0))[..., :SIDE], axis, sign, back=True)
        leak.append(_changed(now, classes, ~_widened(objects | place | moved)))
    gone = after[2, blobs]
    size = objects.sum(dim=(1, 2))
    removal = 1 - ((gone == numbers[:, None, None]) & objects).sum(dim=(1, 2)) / size
    elsewhere = _changed(gone, classes, ~_widened(objects | place))
    clean = (removal >= CLEAN) & (elsewhere <= UNTOUCHED)
    where = (blobs.cpu().numpy(), numbers.cpu().numpy())  # each pair occurs once
    sums.near[where] += 1
    for total, value in (
        (sums.follow, torch.stack(follow).mean(dim=0)),
        (sums.leak, torch.stack(leak).mean(dim=0)),
        (sums.removal, removal),
        (sums.clean, clean),
    ):
        total[where] += value.cpu().double().numpy()  # Apple's GPUs know no float64


def _edits(layouts: Layout[Tensor], inwards: Tensor) -> Layout[Tensor]:
    """N layouts → N · 3 · M: each blob moved across, moved up or down, removed; inwards (2, N, M)."""
    n, m = layouts.xs.shape
    each = layouts.map(lambda tensor: tensor.repeat_interleave(3 * m, dim=0))
    only = torch.eye(m, device=layouts.xs.device)
    step = ASKED / SIDE
    xs, ys = each.xs.reshape(n, 3, m, m).clone(), each.ys.reshape(n, 3, m, m).clone()  # last axis: which blob
    xs[:, 0] += step * inwards[0][:, None, :] * only
    ys[:, 1] += step * inwards[1][:, None, :] * only
    sizes = each.sizes.reshape(n, 3, m, m + 1).clone()
    blobs = torch.arange(m, device=only.device)
    sizes[:, 2, blobs, blobs + 1] = GONE
    return dataclasses.replace(each, xs=xs.reshape(-1, m), ys=ys.reshape(-1, m), sizes=sizes.reshape(-1, m + 1))


def _along(masks: Tensor, axis: int, sign: Tensor, back: bool = False) -> Tensor:
    """Masks (P, H, W) turned so that a blob moves to the right along the last axis; `back` undoes it."""
    if back:
        masks = torch.where(sign[:, None, None] < 0, masks.flip(2), masks)
        return masks.transpose(1, 2) if axis else masks
    if axis:
        masks = masks.transpose(1, 2)
    return torch.where(sign[:, None, None] < 0, masks.flip(2), masks)


def _widened(masks: Tensor) -> Tensor:
    """bool (P, H, W) with `MARGIN` pixels around."""
    return F.max_pool2d(masks.float()[:, None], 2 * MARGIN + 1, 1, MARGIN)[:, 0] > 0


def _changed(now: Tensor, before: Tensor, where: Tensor) -> Tensor:
    """Share (P,) of the pixels `where` (P, H, W) whose class is another than before."""
    return ((now != before[None]) & where).sum(dim=(1, 2)) / where.sum(dim=(1, 2)).clamp(min=1)


def _swept(labels: Tensor, joined: Tensor) -> Tensor:
    """The highest label of each run of the last axis; joined (…, W-1): whether a pixel belongs to the run before it."""
    # Runs are numbered along the row, so that a running maximum of (run, label) starts anew with each.
    run = F.pad((~joined).long().cumsum(dim=-1), (1, 0))
    many = int(labels.shape[1] * labels.shape[2]) + 1
    forth = (run * many + labels).cummax(dim=-1).values % many
    last = run[..., -1:] - run
    back = (last.flip(-1) * many + forth.flip(-1)).cummax(dim=-1).values % many
    return back.flip(-1)


def _touched(near: Near, blobs: int) -> np.ndarray:
    rows = np.zeros((blobs, len(CLASSES)), bool)
    rows[near.blobs.cpu().numpy(), near.numbers.cpu().numpy()] = True
    return rows


def _share(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    return np.where(count > 0, total / np.maximum(count, 1), 0.0)


def _own(follow: np.ndarray, evidence: np.ndarray) -> int | None:
    """The class that is a blob's own, of follow and evidence (C,)."""
    following = np.where(evidence, follow, 0.0)
    best = int(following.argmax())
    others = np.delete(following, best)
    return best if following[best] >= OWN and others.max() < FOREIGN else None


def _blob_row(
    sums: Sums, blob: int, own: int | None, follow: np.ndarray, evidence: np.ndarray, samples: int
) -> dict[str, Any]:
    order = np.argsort(-np.where(evidence, follow, -1.0))
    first, second = (int(number) if evidence[number] else None for number in order[:2])
    return {
        "blob": blob,
        "shown": float(sums.shown[blob] / samples),
        "acts": float(sums.acts[blob] / samples),
        "idle": bool(sums.acts[blob] / samples < IDLE),
        "own": None if own is None else CLASSES[own],
        "first": None if first is None else _pair(sums, blob, first, follow),
        "second": None if second is None else _pair(sums, blob, second, follow),
    }


def _pair(sums: Sums, blob: int, number: int, follow: np.ndarray) -> dict[str, Any]:
    count = sums.near[blob, number]
    means = {name: float(getattr(sums, name)[blob, number] / count) for name in ("leak", "removal", "clean")}
    return {"class": CLASSES[number], "samples": int(count), "follow": float(follow[number])} | means


def _class_row(sums: Sums, number: int, own: list[int | None], samples: int) -> dict[str, Any]:
    blobs = [blob for blob, owned in enumerate(own) if owned == number]
    present = np.array([row[number] for row in sums.present])
    at_own = np.array([row[blobs, number].any() for row in sums.near_each])
    count = sums.near[blobs, number].sum()
    return {
        "class": CLASSES[number],
        "present": float(present.sum() / samples),
        "blobs": blobs,
        "covered": float((present & at_own).sum() / max(present.sum(), 1)),
        "clean": float(sums.clean[blobs, number].sum() / count) if count else 0.0,
    }
