"""What a set of rooms is like, from descriptions alone: how often each class is there, where, and with which others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .room import Room
from .scene_description import CHANCES, describe

HOSTS_OF = {"table_lamp": ("nightstand", "dresser", "table"), "curtains": ("window",)}
"""Classes that need another one to stand on or hang at: what they share with it is no habit but gravity."""


@dataclass(frozen=True)
class ClassFacts:
    """One class over all rooms.

    Attributes:
        name: the class.
        share: of the rooms that have it.
        spread: standard deviations of its rectangle's middle, x and y, in picture sides.
        reach: from the 5th to the 95th percentile of the middle's x, in picture sides.
        area: its rectangle's mean share of the picture.
    """

    name: str
    share: float
    spread: tuple[float, float]
    reach: float
    area: float


@dataclass(frozen=True)
class RoomFacts:
    """All classes over `count` rooms.

    Attributes:
        count: rooms.
        different: how many of them differ from each other.
        classes: the most frequent first.
        at_once: mean number of objects in a room, and the shares of rooms with at least 0, 1, 2, …
        phi: correlation of two classes' presence, the strongest first; pairs of a class and its host left out.
        hosted: the same of those.
    """

    count: int
    different: int
    classes: list[ClassFacts]
    at_once: tuple[float, list[float]]
    phi: list[tuple[str, str, float]]
    hosted: list[tuple[str, str, float]]

    def lines(self) -> Iterator[str]:
        """A table in Markdown."""
        yield "| class | in | x ± | y ± | x 5–95 % | area |"
        yield "|---|---|---|---|---|---|"
        for each in self.classes:
            x, y = each.spread
            yield f"| {each.name} | {each.share:.1%} | {x:.2f} | {y:.2f} | {each.reach:.2f} | {each.area:.1%} |"
        mean, at_least = self.at_once
        frequent = sum(each.share >= 0.4 for each in self.classes)
        yield ""
        yield f"{self.count:,} rooms, {self.different:,} different. {frequent} classes are in 40 % of them or more."
        yield f"{mean:.2f} objects at once on average; {at_least[5]:.1%} of the rooms have five or more."
        pairs = ", ".join(f"{a} and {b} {phi:+.3f}" for a, b, phi in self.phi[:5])
        yield f"Strongest |phi| of two classes: {abs(self.phi[0][2]):.3f} ({pairs})."
        pairs = ", ".join(f"{a} and {b} {phi:+.3f}" for a, b, phi in self.hosted)
        yield f"Of a class and what it needs: {pairs}."


def measure(count: int, start: int = 0) -> RoomFacts:
    """Describe the rooms start … start + count - 1 and count. About 17 ms a room."""
    names = list(CHANCES)
    present = np.zeros((count, len(names)))
    middles: dict[str, list[tuple[float, float, float]]] = {name: [] for name in names}
    looks = set()
    for row in range(count):
        room = describe(start + row)
        looks.add(_looks(room))
        for kind, box in room.boxes().items():
            present[row, names.index(kind)] = 1
            middles[kind].append(((box.left + box.right) / 2, (box.top + box.bottom) / 2, box.area))
    number = present.sum(1)
    phi = np.corrcoef(present.T)
    pairs = [(names[a], names[b], float(phi[a, b])) for a, b in combinations(range(len(names)), 2)]
    pairs.sort(key=lambda pair: -abs(pair[2]))
    return RoomFacts(
        count,
        len(looks),
        sorted((_facts(name, middles[name], count) for name in names), key=lambda facts: -facts.share),
        (float(number.mean()), [float((number >= least).mean()) for least in range(len(names) + 1)]),
        [pair for pair in pairs if not _is_hosted(pair)],
        [pair for pair in pairs if _is_hosted(pair)],
    )


def _looks(room: Room) -> int:
    """All but the seed."""
    return hash((room.shell, room.camera, room.light, room.items))


def _is_hosted(pair: tuple[str, str, float]) -> bool:
    return pair[1] in HOSTS_OF.get(pair[0], ()) or pair[0] in HOSTS_OF.get(pair[1], ())


def _facts(name: str, middles: list[tuple[float, float, float]], count: int) -> ClassFacts:
    x, y, area = np.array(middles).T
    low, high = np.percentile(x, (5, 95))
    return ClassFacts(name, len(x) / count, (float(x.std()), float(y.std())), float(high - low), float(area.mean()))
