"""Distances of features, where the answer is known."""

from __future__ import annotations

import pytest
import torch

from blobgan_blender.evaluation.distances import frechet, kernel_distance, precision_recall


def normal(seed: int, count: int, width: int) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_frechet_of_known_gaussians() -> None:
    # |μ|² + tr(C1 + C2 - 2 (C1 C2)^½) with C1 = 1, C2 = 4 in each of 3 dimensions, means 2 apart in one
    first = normal(0, 4000, 3)
    first = (first - first.mean(dim=0)) @ torch.linalg.inv(torch.linalg.cholesky(torch.cov(first.T))).T
    second = 2 * first + torch.tensor([2.0, 0, 0], dtype=torch.float64)
    assert frechet(first, second) == pytest.approx(4 + 3 * (1 + 4 - 2 * 2), rel=1e-9)
    assert frechet(first, first) == pytest.approx(0, abs=1e-9)


def test_frechet_of_fewer_pictures_than_features_is_finite_and_symmetric() -> None:
    first, second = normal(0, 10, 30), normal(1, 12, 30) + 1
    assert frechet(first, second) == pytest.approx(frechet(second, first), rel=1e-6)
    assert frechet(first, second) > 30 * 0.5


def test_the_kernel_distance_is_unbiased_and_sees_a_shift() -> None:
    same = [kernel_distance(normal(2 * k, 40, 4), normal(2 * k + 1, 40, 4)) for k in range(60)]
    mean, error = float(torch.tensor(same).mean()), float(torch.tensor(same).std()) / 60**0.5
    assert abs(mean) < 3 * error
    assert min(same) < 0 < max(same)
    assert kernel_distance(normal(0, 40, 4), normal(1, 40, 4) + 1) > 10 * max(same)


def test_the_kernel_distance_by_hand() -> None:
    first, second = torch.tensor([[1.0], [2.0]]).double(), torch.tensor([[0.0], [1.0]]).double()
    # k = (x·y + 1)³: within 27 and 1; between (1 + 8 + 1 + 27) / 4
    assert kernel_distance(first, second) == pytest.approx(27 + 1 - 2 * 37 / 4)


def test_precision_and_recall_of_constructed_sets() -> None:
    left, right = normal(0, 60, 2), normal(1, 60, 2) + 100
    both = torch.cat([left, right])
    half = precision_recall(both, normal(2, 60, 2))  # right where it is, but only half of what there is
    assert half.precision > 0.8
    assert 0.35 < half.recall < 0.5
    wrong = precision_recall(left, right)
    assert (wrong.precision, wrong.recall) == (0, 0)
    same = precision_recall(left, left)
    assert (same.precision, same.recall) == (1, 1)
