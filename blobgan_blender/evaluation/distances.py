"""How far two sets of feature vectors are from each other. All in float64; a set is (N, D)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

NEIGHBOURS = 3  # k of precision and recall, as in the paper
_ROWS = 2048  # of a distance matrix that are in memory at a time


@dataclass(frozen=True)
class PrecisionRecall:
    """Kynkäänniemi et al., arXiv 1904.06991.

    Attributes:
        precision: share of the generated pictures that lie among the real ones: what looks right.
        recall: share of the real pictures that lie among the generated ones: what can be had.
    """

    precision: float
    recall: float


def frechet(first: Tensor, second: Tensor) -> float:
    """The Fréchet distance of the normal distributions fitted to two sets: 0 where mean and covariance agree.

    Biased upwards, the more so the fewer pictures there are: only numbers of the same N can be compared.
    """
    (mean1, cov1), (mean2, cov2) = _moments(first), _moments(second)
    root = _root(cov1)
    # tr (C1 C2)^½ is the sum of the roots of the eigenvalues of C1^½ C2 C1^½.
    mixed = torch.linalg.eigvalsh(_symmetric(root @ cov2 @ root)).clamp(min=0).sqrt().sum()
    return float((mean1 - mean2).square().sum() + cov1.trace() + cov2.trace() - 2 * mixed)


def kernel_distance(first: Tensor, second: Tensor) -> float:
    """The squared maximum mean discrepancy by the kernel (x·y / D + 1)³: KID (arXiv 1801.01401), of all pictures.

    Unbiased: its mean is 0 for two sets of the same distribution, so it may come out below 0.
    """
    n, m = len(first), len(second)
    within1 = (_kernel_sum(first, first) - _kernel(first.square().sum(dim=1), first).sum()) / (n * (n - 1))
    within2 = (_kernel_sum(second, second) - _kernel(second.square().sum(dim=1), second).sum()) / (m * (m - 1))
    return float(within1 + within2 - 2 * _kernel_sum(first, second) / (n * m))


def precision_recall(real: Tensor, generated: Tensor) -> PrecisionRecall:
    """Of sets of like size: shares of each that lie in a ball of the other, whose radius is its 3rd neighbour's."""
    return PrecisionRecall(_share_within(real, generated), _share_within(generated, real))


def _moments(rows: Tensor) -> tuple[Tensor, Tensor]:
    mean = rows.mean(dim=0)
    centred = rows - mean
    return mean, centred.T @ centred / (len(rows) - 1)


def _root(cov: Tensor) -> Tensor:
    """The symmetric square root of a covariance, whose smallest eigenvalues rounding may have made negative."""
    values, vectors = torch.linalg.eigh(_symmetric(cov))
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.T


def _symmetric(matrix: Tensor) -> Tensor:
    return (matrix + matrix.T) / 2


def _kernel(products: Tensor, rows: Tensor) -> Tensor:
    return (products / rows.shape[1] + 1) ** 3


def _kernel_sum(first: Tensor, second: Tensor) -> Tensor:
    parts = [_kernel(part @ second.T, second).sum() for part in first.split(_ROWS)]
    return torch.stack(parts).sum()


def _share_within(balls: Tensor, points: Tensor) -> float:
    radii = torch.cat(
        # The nearest of all is the picture itself.
        [_distances(part, balls).kthvalue(NEIGHBOURS + 1, dim=1).values for part in balls.split(_ROWS)]
    )
    inside = [(_distances(part, balls) <= radii).any(dim=1) for part in points.split(_ROWS)]
    return float(torch.cat(inside).double().mean())


def _distances(first: Tensor, second: Tensor) -> Tensor:
    return torch.cdist(first, second)
