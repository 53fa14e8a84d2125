"""The golden cases by name, as layouts and arrays; see README.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from blobgan_blender.core.edits import take
from blobgan_blender.core.layout import Layout

FOLDER = Path(__file__).parent
FROM_NOISE = ("batch2", "plain", "plain_no_scorefn", "truncate04", "truncate10")
FROM_LAYOUT = (
    "edit_batch2",
    "edit_bgsize",
    "edit_bgstyle_feature",
    "edit_clone",
    "edit_empty",
    "edit_move",
    "edit_offscreen",
    "edit_remove",
    "edit_reorder",
    "edit_resize",
    "edit_rotate_reshape",
    "edit_swap_style",
    "identity_layout",
)
CASES = FROM_NOISE + FROM_LAYOUT
OTHERS = ("common", "grad", "recipe_smallA")

# parity.md: the official code's own float32 against float64
TOLERANCE = 5e-6  # absolute: layout, scores, blob map
RELATIVE = 1e-5  # relative L2: image, gradients


def case(name: str) -> dict[str, np.ndarray]:
    """The arrays of a case."""
    with np.load(FOLDER / f"{name}.npz") as arrays:
        return dict(arrays)


def layout_of(arrays: dict[str, np.ndarray], prefix: str) -> Layout[np.ndarray]:
    """The layout whose arrays are named `prefix` + field."""
    return Layout(**{name: arrays[f"{prefix}{name}"] for name in Layout.FIELDS})


def input_layout(arrays: dict[str, np.ndarray]) -> Layout[np.ndarray]:
    """What a case draws: the layout given, or the one that its noise made."""
    return layout_of(arrays, "in_" if "in_xs" in arrays else "layout_")


def cut_or_repeated(layout: Layout[np.ndarray], blobs: int) -> Layout[np.ndarray]:
    """The layout with the first so many of its blobs, over and over if it has fewer."""
    return take(layout, [place % layout.blobs for place in range(blobs)])


def fixed_noise() -> list[np.ndarray]:
    """The noise maps of all cases but the recipe's."""
    common = case("common")
    return [common[f"noise_{index}"] for index in range(5)]


def gain_of(arrays: dict[str, np.ndarray]) -> float:
    """What the opacities of a case's blob map are multiplied by."""
    return 2.0 if arrays.get("in_score_fn", True) else 1.0


def relative_l2(found: np.ndarray, wanted: np.ndarray) -> float:
    """‖found - wanted‖ / ‖wanted‖ in float64."""
    wanted = np.asarray(wanted, np.float64)
    return float(np.linalg.norm(np.asarray(found, np.float64) - wanted) / np.linalg.norm(wanted))


def psnr(found: np.ndarray, wanted: np.ndarray) -> float:
    """dB between pictures of bytes."""
    return float(-10 * np.log10(max(1e-12, np.square((found.astype(float) - wanted) / 255).mean())))
