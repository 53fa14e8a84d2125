"""The paper's edits (section 4) as functions from layout to layout: what each operator does, without Blender.

Blobs are named by their place in the stacking order, 0 … M-1, the last in front. Each function edits all N layouts of
a batch, returns a new layout, and leaves its input alone. An empty is scaled, turned and stretched as `transform` says,
so that a script and a hand get the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .ellipse import blob_from_matrix, matrix_from_blob
from .errors import LayoutError
from .layout import Layout
from .morph import between
from .stacking import new_order

Blobs = Sequence[int]
NumpyLayout = Layout[np.ndarray]
Appearance = tuple[np.ndarray, np.ndarray]  # φ (…, d_in), ψ (…, d_style)

PARTS = ("BOTH", "STRUCTURE", "STYLE")


def move(layout: NumpyLayout, blobs: Blobs, dx: float, dy: float) -> NumpyLayout:
    """Move by (dx, dy) in picture units, y down."""
    rows = _rows(layout, blobs)
    return replace(layout, xs=_added(layout.xs, rows, dx), ys=_added(layout.ys, rows, dy))


def resize(layout: NumpyLayout, blobs: Blobs, factor: float, ab_norm: float) -> NumpyLayout:
    """Scale about each blob's own centre, as S on its empty: the share of the picture grows by factor²."""
    return transform(layout, blobs, ab_norm, own=factor * np.eye(2))


def rotate(layout: NumpyLayout, blobs: Blobs, angle: float, ab_norm: float) -> NumpyLayout:
    """Turn counter-clockwise as seen, in radians, each about its own centre."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return transform(layout, blobs, ab_norm, canvas=np.array([[cosine, -sine], [sine, cosine]]))


def reshape(layout: NumpyLayout, blobs: Blobs, major: float, minor: float, ab_norm: float) -> NumpyLayout:
    """Stretch along each blob's longer and shorter axis, as S X X and S Y Y on the empty."""
    return transform(layout, blobs, ab_norm, own=np.diag([major, minor]))


def transform(
    layout: NumpyLayout,
    blobs: Blobs,
    ab_norm: float,
    *,
    own: np.ndarray | None = None,
    canvas: np.ndarray | None = None,
) -> NumpyLayout:
    """Apply matrices (2, 2) about each blob's own centre: `own` in its own axes, then `canvas` in the canvas's.

    A blob's first axis is the longer one; y points up, as on the canvas.
    """
    own = np.eye(2) if own is None else own
    canvas = np.eye(2) if canvas is None else canvas
    rows = _rows(layout, blobs)
    covs, sizes = layout.covs.copy(), layout.sizes.copy()
    angles, scales = matrix_from_blob(sizes[:, rows + 1], covs[:, rows], ab_norm)
    cosine, sine = np.cos(angles), np.sin(angles)
    turned = np.stack([np.stack([cosine, -sine], axis=-1), np.stack([sine, cosine], axis=-1)], axis=-2)
    found, cov, _ = blob_from_matrix(canvas @ (turned * scales[..., None, :]) @ own, ab_norm)
    sizes[:, rows + 1], covs[:, rows] = found, cov
    return replace(layout, covs=covs, sizes=sizes)


def remove(layout: NumpyLayout, blobs: Blobs) -> NumpyLayout:
    """Without these blobs."""
    gone = set(_rows(layout, blobs).tolist())
    return take(layout, [place for place in range(layout.blobs) if place not in gone])


def empty_room(layout: NumpyLayout) -> NumpyLayout:
    """The background alone."""
    return take(layout, [])


def clone(layout: NumpyLayout, blobs: Blobs, dx: float = 0.0, dy: float = 0.0) -> NumpyLayout:
    """Each of these blobs twice: the copy right in front of its original, moved by (dx, dy) in picture units."""
    chosen = set(_rows(layout, blobs).tolist())
    places: list[int] = []
    copies: list[int] = []
    for place in range(layout.blobs):
        places.append(place)
        if place in chosen:
            copies.append(len(places))
            places.append(place)
    return move(take(layout, places), copies, dx, dy)


def reorder(layout: NumpyLayout, blobs: Blobs, move: str) -> NumpyLayout:
    """Another stacking order: `move` is FRONT, FORWARD, BACKWARD or BACK, see `core.stacking`."""
    return take(layout, new_order(layout.blobs, set(_rows(layout, blobs).tolist()), move))


def restyle(
    layout: NumpyLayout,
    blobs: Blobs,
    phi: np.ndarray,
    psi: np.ndarray,
    parts: str = "BOTH",
    amount: float = 1.0,
    spherical: bool = True,
) -> NumpyLayout:
    """Give blobs another appearance.

    Args:
        layout: of a model whose appearances are as wide as these.
        blobs: their places.
        phi: structure, (d_in,) for all of them or (len(blobs), d_in).
        psi: style, (d_style,) or (len(blobs), d_style).
        parts: BOTH, STRUCTURE or STYLE: which of the two they take.
        amount: 0 leaves them alone, 1 replaces; between, see `core.morph.between`.
        spherical: whether the model norms appearances (`ModelConfig.norm_features`).

    Raises:
        LayoutError: the appearance has another model's width.
    """
    return _restyled(layout, _rows(layout, blobs) + 1, (phi, psi), parts, amount, spherical)


def restyle_background(
    layout: NumpyLayout,
    phi: np.ndarray,
    psi: np.ndarray,
    parts: str = "BOTH",
    amount: float = 1.0,
    spherical: bool = True,
) -> NumpyLayout:
    """Give the background another appearance: φ (d_in,), ψ (d_style,); see `restyle`."""
    return _restyled(layout, np.array([0]), (phi, psi), parts, amount, spherical)


def swap(layout: NumpyLayout, first: int, second: int, parts: str = "BOTH") -> NumpyLayout:
    """Two blobs trade appearances; each stays where it is."""
    rows = _rows(layout, [first, second]) + 1
    features, style = layout.features.copy(), layout.spatial_style.copy()
    if takes("STRUCTURE", parts):
        features[:, rows] = features[:, rows[::-1]]
    if takes("STYLE", parts):
        style[:, rows] = style[:, rows[::-1]]
    return replace(layout, features=features, spatial_style=style)


def take(layout: NumpyLayout, places: Blobs) -> NumpyLayout:
    """The blobs at these places, in this order, on the same background; a place may occur twice, or not at all."""
    rows = _rows(layout, places)
    with_background = np.concatenate([[0], rows + 1])
    return Layout(
        xs=layout.xs[:, rows],
        ys=layout.ys[:, rows],
        covs=layout.covs[:, rows],
        sizes=layout.sizes[:, with_background],
        features=layout.features[:, with_background],
        spatial_style=layout.spatial_style[:, with_background],
    )


def takes(part: str, parts: str) -> bool:
    """Whether an edit of `parts` changes `part`, STRUCTURE or STYLE."""
    if parts not in PARTS:
        raise ValueError(f"An appearance's parts are {', '.join(PARTS)}, not {parts!r}.")
    return parts in ("BOTH", part)


def restyled(
    old: Appearance, new: Appearance, parts: str = "BOTH", amount: float = 1.0, spherical: bool = True
) -> Appearance:
    """An appearance that takes parts of another, wholly or in part: φ (…, d_in), ψ (…, d_style); see `restyle`."""
    check_width(*new, old[0].shape[-1], old[1].shape[-1])
    phi, psi = (
        between(mine, theirs, amount, spherical) if takes(part, parts) else mine
        for part, mine, theirs in zip(("STRUCTURE", "STYLE"), old, new, strict=True)
    )
    return phi, psi


def check_width(phi: np.ndarray, psi: np.ndarray, d_in: int, d_style: int) -> None:
    """Raise `LayoutError` unless an appearance φ (…, d_in), ψ (…, d_style) has these widths."""
    found = (np.shape(phi)[-1], np.shape(psi)[-1])
    if found != (d_in, d_style):
        raise LayoutError(
            f"This appearance belongs to another model: it has {found[0]} + {found[1]} numbers where this room's have "
            f"{d_in} + {d_style}. Copy one from a room of the same model."
        )


def _restyled(
    layout: NumpyLayout, rows: np.ndarray, given: Appearance, parts: str, amount: float, spherical: bool
) -> NumpyLayout:
    features, style = layout.features.copy(), layout.spatial_style.copy()
    features[:, rows], style[:, rows] = restyled((features[:, rows], style[:, rows]), given, parts, amount, spherical)
    return replace(layout, features=features, spatial_style=style)


def _rows(layout: NumpyLayout, blobs: Blobs) -> np.ndarray:
    rows = np.asarray(blobs, np.int64).reshape(-1)
    if rows.size and not (rows.min() >= 0 and rows.max() < layout.blobs):
        raise LayoutError(f"This layout has the blobs 0 … {layout.blobs - 1}, not {rows.tolist()}.")
    return rows


def _added(values: np.ndarray, rows: np.ndarray, amount: float) -> np.ndarray:
    values = values.copy()
    values[:, rows] += np.asarray(amount, values.dtype)
    return values
