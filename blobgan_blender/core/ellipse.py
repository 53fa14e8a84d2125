"""The ellipse algebra: a blob's size and covariance ⇄ the 2×2 matrix of an empty on its canvas.

Canvas space spans [-1, 1]², X right, Y up; the picture [0, 1]², x right, y down. An empty's unit circle, mapped by the
XY block A of its matrix in canvas space, is drawn as the ellipse whose area is the blob's share of the picture: the
integral of its opacity, π·sqrt(det cov)·softplus(s). With E the picture's ellipse (its points solve vᵀE⁻¹v = 1), that
is A·Aᵀ = 4·F·E·F with F = diag(1, -1). Everything is float64 and works on any leading shape.
"""

from __future__ import annotations

import numpy as np

COV_EPSILON = 1e-5  # what the layout network adds to a covariance's diagonal (`parity.md` 5)
# Size logits that an empty can hold. The largest is more than a whole picture where ab_norm is 0.001: a model of small
# covariances makes its large blobs by logits of 20 and more, and an artist scales these up.
SIZE_RANGE = (-15.0, 400.0)
MAX_ASPECT = 1e4  # the largest λ1/λ2 that an empty holds: semi-axes as 100 : 1

_Y_FLIP = np.array([[1.0, -1.0], [-1.0, 1.0]])  # F·E·F, entry by entry


def softplus(size: np.ndarray) -> np.ndarray:
    """log(1 + exp(s)) without overflow."""
    return np.logaddexp(0.0, np.asarray(size, np.float64))


_SHARE_RANGE = softplus(np.array(SIZE_RANGE))


def softplus_inverse(value: np.ndarray) -> np.ndarray:
    """s with softplus(s) = value, for value > 0."""
    value = np.asarray(value, np.float64)
    return value + np.log(-np.expm1(-value))


def owned(size: float | np.ndarray, ab_norm: float) -> np.ndarray:
    """What blobs of size logits (...) own of a picture, if it shows them whole: their areas, 1 being all of it."""
    return np.pi * ab_norm * softplus(np.asarray(size, np.float64))


def size_that_owns(area: float | np.ndarray, ab_norm: float) -> np.ndarray:
    """The inverse of `owned`, for areas (...) > 0."""
    return softplus_inverse(np.asarray(area, np.float64) / (np.pi * ab_norm))


def faded(size: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """Size logits (...) of blobs that are to own `opacity` (...) times as much of the picture, in [0, 1].

    The model knows no other way to fade: a fainter blob is a smaller one too. Not the opacity at the centre times as
    much: from 15 to the logit of 0.99 is most of the way, and a sharp blob would be gone with the first hundredth.
    """
    size, opacity = np.asarray(size, np.float64), np.clip(np.asarray(opacity, np.float64), 0.0, 1.0)
    with np.errstate(divide="ignore"):
        lower = np.maximum(softplus_inverse(opacity * softplus(size)), np.minimum(size, SIZE_RANGE[0]))
    return np.where(opacity < 1.0, lower, size)


def ellipse_from_cov(cov: np.ndarray, ab_norm: float) -> tuple[np.ndarray, np.ndarray]:
    """The eigenvalues and the angle that an empty keeps of a covariance.

    Args:
        cov: (..., 2, 2) finished covariances (with their 1e-5 on the diagonal).
        ab_norm: the model's square root of the determinant, λ1·λ2 = ab_norm². A covariance of another determinant is
            projected: its angle and aspect are kept (its area belongs to the size, see `area_scale`).

    Returns:
        (..., 2) eigenvalues λ1 ≥ λ2 of the projected cov - 1e-5·I, and (...) angles of the major axis in the picture,
        in (-π/2, π/2], clockwise as seen (y points down).
    """
    cov = np.asarray(cov, np.float64)
    a, b, d = cov[..., 0, 0], (cov[..., 0, 1] + cov[..., 1, 0]) / 2, cov[..., 1, 1]
    half_trace, half_gap = (a + d) / 2 - COV_EPSILON, np.hypot((a - d) / 2, b)
    angle = np.arctan2(2 * b, a - d) / 2
    major = np.maximum(half_trace + half_gap, COV_EPSILON**2)
    # The minor eigenvalue is a small difference of large numbers: from the determinant where that is the model's.
    projected = ~has_model_determinant(cov, ab_norm)
    minor = np.where(projected, np.maximum(half_trace - half_gap, COV_EPSILON**2), ab_norm**2 / major)
    aspect = np.clip(major / minor, 1.0, MAX_ASPECT)
    root = np.sqrt(aspect)
    return np.stack([ab_norm * root, ab_norm / root], axis=-1), angle


def has_model_determinant(cov: np.ndarray, ab_norm: float) -> np.ndarray:
    """(...) whether covariances have the determinant that the layout network gives all its blobs, within rounding.

    A determinant is a small difference of large products: what float32 loses of it grows with the trace's square.
    """
    cov = np.asarray(cov, np.float64)
    half_trace = (cov[..., 0, 0] + cov[..., 1, 1]) / 2
    rounding = 1e-5 + 16 * 2.0**-24 * np.square(half_trace / ab_norm)
    return np.abs(area_scale(cov, ab_norm) - 1.0) <= rounding


def area_scale(cov: np.ndarray, ab_norm: float) -> np.ndarray:
    """(...) sqrt(det(cov - 1e-5·I)) / ab_norm: 1 for what a layout network makes, else how much larger it is."""
    cov = np.asarray(cov, np.float64) - COV_EPSILON * np.eye(2)
    det = cov[..., 0, 0] * cov[..., 1, 1] - cov[..., 0, 1] * cov[..., 1, 0]
    return np.sqrt(np.maximum(det, 0.0)) / ab_norm


def cov_from_ellipse(eigenvalues: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """(..., 2, 2) covariance, 1e-5 added, from what `ellipse_from_cov` returns."""
    major, minor = eigenvalues[..., 0], eigenvalues[..., 1]
    mean, half_gap = (major + minor) / 2, (major - minor) / 2
    cosine, sine = half_gap * np.cos(2 * np.asarray(angle)), half_gap * np.sin(2 * np.asarray(angle))
    rows = [[mean + cosine + COV_EPSILON, sine], [sine, mean - cosine + COV_EPSILON]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def matrix_from_blob(size: np.ndarray, cov: np.ndarray, ab_norm: float) -> tuple[np.ndarray, np.ndarray]:
    """What a new empty gets: its counter-clockwise turn about the canvas normal and its two scales.

    Args:
        size: (...) size logits; clipped to `SIZE_RANGE`.
        cov: (..., 2, 2) covariances; one of another determinant keeps its area, angle and aspect.
        ab_norm: the model's, see `ellipse_from_cov`.

    Returns:
        (...) angles in radians and (..., 2) scales: the semi-axes in canvas units, the major one first.
    """
    eigenvalues, angle = ellipse_from_cov(cov, ab_norm)
    share = softplus(np.clip(size, *SIZE_RANGE))
    share = np.where(has_model_determinant(cov, ab_norm), share, share * area_scale(cov, ab_norm))
    share = np.clip(share, *_SHARE_RANGE)
    return -angle, 2 * np.sqrt(eigenvalues * share[..., None])


def blob_from_matrix(matrix: np.ndarray, ab_norm: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the picture gets of empties that stand on a canvas in any way: turned, mirrored, sheared.

    Args:
        matrix: (..., 2, 2) XY blocks A of canvas⁻¹ @ empty. Flat, huge, NaN and infinite ones are clamped.
        ab_norm: the model's square root of the covariances' determinant.

    Returns:
        (...) size logits in `SIZE_RANGE`, (..., 2, 2) covariances of the model's determinant, and (...) bool: whether
        the matrix had to be clamped (the panel names those).
    """
    matrix = np.asarray(matrix, np.float64)
    sound = np.isfinite(matrix).all(axis=(-2, -1))
    matrix = np.where(sound[..., None, None], matrix, 0.0)
    largest = np.abs(matrix).max(axis=(-2, -1), initial=0.0)
    # Divided by its largest entry a matrix of any finite size can be squared.
    unit = matrix / np.where(largest > 0, largest, 1.0)[..., None, None]
    det = unit[..., 0, 0] * unit[..., 1, 1] - unit[..., 0, 1] * unit[..., 1, 0]
    gram = (unit @ np.swapaxes(unit, -1, -2)) * _Y_FLIP
    half_trace = (gram[..., 0, 0] + gram[..., 1, 1]) / 2
    half_gap = np.hypot((gram[..., 0, 0] - gram[..., 1, 1]) / 2, gram[..., 0, 1])
    major = half_trace + half_gap  # squared singular values: major·minor = det²
    angle = np.arctan2(2 * gram[..., 0, 1], gram[..., 0, 0] - gram[..., 1, 1]) / 2

    least, most = _SHARE_RANGE
    with np.errstate(over="ignore"):
        share = np.abs(det) * largest * largest / (4 * ab_norm)
        flat = ~(np.abs(det) > 0)
        aspect = (major / np.where(flat, 1.0, np.abs(det))) ** 2
    aspect = np.where(flat, np.where(major > 0, MAX_ASPECT, 1.0), aspect)
    clamped = ~sound | (share < least * (1 - 1e-3)) | (share > most * (1 + 1e-3)) | (aspect > MAX_ASPECT * (1 + 1e-2))
    aspect = np.clip(aspect, 1.0, MAX_ASPECT)
    size = np.clip(softplus_inverse(np.clip(share, least, most)), *SIZE_RANGE)
    root = np.sqrt(aspect)
    return size, cov_from_ellipse(np.stack([ab_norm * root, ab_norm / root], axis=-1), angle), clamped
