"""How near a model's pictures are to the real ones, always beside how near the real ones are to each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from .distances import frechet, kernel_distance, precision_recall
from .drawing import Drawer, batches
from .features import FeatureNetwork, features

_AT_ONCE = 128
_SPLIT_SEED = 0  # of which real pictures make which half
_NEIGHBOURS_OF = 10_000  # pictures at most of each side for precision and recall: its price is their product


@dataclass(frozen=True)
class Comparison:
    """Two sets of pictures by one network.

    Attributes:
        counts: pictures of each.
        frechet: `distances.frechet`.
        kernel: `distances.kernel_distance`.
        precision, recall: `distances.precision_recall`, of as many of each as the smaller has, 10,000 at most.
    """

    counts: tuple[int, int]
    frechet: float
    kernel: float
    precision: float
    recall: float


@dataclass(frozen=True)
class Real:
    """The features of the real pictures by one network: all, in a shuffled order, and how far two parts lie apart."""

    network: FeatureNetwork
    rows: Tensor
    floor: Comparison


def measure_real(networks: list[FeatureNetwork], pictures: np.ndarray, count: int) -> list[Real]:
    """The features of uint8 (N, H, W, 3) pictures.

    The floor is that of two disjoint random parts: halves, or of `count` pictures each where a model draws fewer.
    """
    order = np.random.RandomState(_SPLIT_SEED).permutation(len(pictures))
    half = min(len(pictures) // 2, count)
    found = []
    for network in networks:
        rows = features(network, _batches(pictures, order))
        found.append(Real(network, rows, _compare(rows[:half], rows[half : 2 * half])))
    return found


def measure_fidelity(
    real: list[Real],
    drawer: Drawer,
    count: int,
    truncation: float = 0.0,
    seed: int = 0,
    say: Callable[[str], None] = lambda _text: None,
) -> dict[str, object]:
    """Compare pictures of a model with the real ones.

    Args:
        real: measured for the same `count`.
        drawer: of the model.
        count: how many it draws.
        truncation, seed: of them.
        say: called now and then with how far it is.

    Returns:
        Plain JSON values, for each network: `all` generated against all real; `floor`, real against real; and `equal`,
        as many generated and real as the floor has, which alone may be divided by it: the Fréchet distance falls with
        N. `ratio` is that quotient.
    """
    layouts = drawer.sample(seed, count, truncation)
    parts: list[list[Tensor]] = [[] for _ in real]
    for number, part in enumerate(batches(layouts, _AT_ONCE)):
        pictures = drawer.draw(part)
        for rows, one in zip(parts, real, strict=True):
            rows.append(features(one.network, [pictures]))
        if number % 16 == 0:
            say(f"fidelity: picture {number * _AT_ONCE} of {count}")
    networks = {}
    for rows, one in zip(parts, real, strict=True):
        generated = torch.cat(rows)
        half = one.floor.counts[0]
        equal = _compare(one.rows[:half], generated[:half])
        networks[one.network.title] = {
            "all": asdict(_compare(one.rows, generated)),
            "equal": asdict(equal),
            "floor": asdict(one.floor),
            "ratio": equal.frechet / one.floor.frechet,
        }
    return {"pictures": count, "truncation": truncation, "seed": seed, "networks": networks}


def _compare(real: Tensor, generated: Tensor) -> Comparison:
    fewest = min(len(real), len(generated), _NEIGHBOURS_OF)
    among = precision_recall(real[:fewest], generated[:fewest])
    return Comparison(
        (len(real), len(generated)),
        frechet(real, generated),
        kernel_distance(real, generated),
        among.precision,
        among.recall,
    )


def _batches(pictures: np.ndarray, order: Iterable[int]) -> Iterator[Tensor]:
    """uint8 (N, 3, H, W), in an order."""
    rows = np.asarray(list(order))
    for start in range(0, len(rows), _AT_ONCE):
        yield torch.from_numpy(pictures[rows[start : start + _AT_ONCE]]).permute(0, 3, 1, 2)
