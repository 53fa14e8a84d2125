"""Whole layouts ⇄ matrices in canvas space: where the empties of a layout stand, and what picture they mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .ellipse import blob_from_matrix, matrix_from_blob

STACK_STEP = 0.01  # canvas units of local Z between neighbours of the stacking order at birth
STACK_QUANTUM = 1e-4  # differences of Z below this are rounding, not stacking


@dataclass(frozen=True, eq=False)
class Placement:
    """Where one empty stands on its canvas: location (x, y, z), counter-clockwise turn in radians, scale (x, y, z)."""

    location: tuple[float, float, float]
    angle: float
    scale: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Geometry:
    """The geometry of M blobs in stacking order, float64: xs, ys, sizes (M,), covs (M, 2, 2); order and clamped (M,).

    `order[i]` is the row of the input that became blob i; `clamped[i]`: its matrix could not be taken as it was.
    """

    xs: np.ndarray
    ys: np.ndarray
    sizes: np.ndarray
    covs: np.ndarray
    order: np.ndarray
    clamped: np.ndarray


def placements(xs: np.ndarray, ys: np.ndarray, sizes: np.ndarray, covs: np.ndarray, ab_norm: float) -> list[Placement]:
    """Placements of M blobs: xs, ys, sizes (M,) without the background's size, covs (M, 2, 2)."""
    angles, scales = matrix_from_blob(sizes, covs, ab_norm)
    return [
        Placement(
            location=(float(2 * x - 1), float(1 - 2 * y), STACK_STEP * (index + 1)),
            angle=float(angle),
            scale=(float(scale[0]), float(scale[1]), float(np.sqrt(scale[0] * scale[1]))),
        )
        for index, (x, y, angle, scale) in enumerate(zip(xs, ys, angles, scales, strict=True))
    ]


def followed(before: Placement, after: Placement) -> Placement:
    """`after`, written so that the way from `before` is short.

    An ellipse is the same after half a turn, and after a quarter turn with its two axes exchanged: of all these ways to
    say it, the nearest in angle and in the axes' lengths.
    """
    across, along, height = after.scale
    ways = []
    for angle, scale in ((after.angle, (across, along)), (after.angle + np.pi / 2, (along, across))):
        angle += np.pi * round((before.angle - angle) / np.pi)
        change = np.log(np.array(scale) / np.array(before.scale[:2]))
        ways.append(((angle - before.angle) ** 2 + float(change @ change), angle, scale))
    _, angle, scale = min(ways)
    return Placement(after.location, angle, (*scale, height))


def affine_inverse(matrix: np.ndarray) -> np.ndarray:
    """The inverse of an affine (4, 4), all NaN if it has none.

    Written out, for numpy's own wakes the linear algebra library's threads, and after a matrix of any size these spin
    for some 60 ms on every core: cores that the worker wants, once for each edit and each frame.
    """
    columns = matrix[:3, :3].T
    with np.errstate(over="ignore", invalid="ignore"):
        rows = np.cross(columns[[1, 2, 0]], columns[[2, 0, 1]])
        determinant = float((columns[0] * rows[0]).sum())
    inverse = np.full((4, 4), np.nan)
    if determinant != 0 and np.isfinite(determinant):
        inverse[:3, :3] = rows / determinant
        inverse[:3, 3] = -(inverse[:3, :3] * matrix[:3, 3]).sum(axis=1)
        inverse[3] = (0, 0, 0, 1)
    return inverse


def geometry_of(matrices: np.ndarray, ties: np.ndarray, ab_norm: float) -> Geometry:
    """The geometry that empties mean.

    Args:
        matrices: (M, 4, 4) canvas⁻¹ @ empty. A location that is not finite is put outside the picture and clamped.
        ties: (M,) integers that decide between empties at the same height, the larger in front.
        ab_norm: the model's square root of the covariances' determinant.
    """
    matrices = np.asarray(matrices, np.float64).reshape(-1, 4, 4)
    sizes, covs, clamped = blob_from_matrix(matrices[:, :2, :2], ab_norm)
    centres = matrices[:, :3, 3]
    lost = ~np.isfinite(centres).all(axis=1)
    # Far outside, where no opacity reaches the picture; and no float32 overflows when it is squared.
    centres = np.where(lost[:, None], 1e6, np.clip(centres, -1e6, 1e6))
    height = np.round(centres[:, 2] / STACK_QUANTUM)
    order = np.lexsort((np.asarray(ties), height))
    return Geometry(
        xs=(centres[order, 0] + 1) / 2,
        ys=(1 - centres[order, 1]) / 2,
        sizes=sizes[order],
        covs=covs[order],
        order=order,
        clamped=(clamped | lost)[order],
    )
