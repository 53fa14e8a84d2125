"""What a person looks at while a run goes on: sheets of samples with their blob maps, and of edits."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..core.layout import Layout
from ..core.palette import palette
from ..core.seeds import noise_from_seed, z_from_seed
from ..library.replacing import replacing
from ..model.blobgan import BlobGAN
from ..model.splat import blob_map
from .independence import GONE
from .synthesis import draw

COLUMNS, ROWS = 8, 4  # pictures on the sheet of samples
SCENES = 3  # layouts on the sheet of edits
MOVE = 0.15  # of the picture's width, towards its middle
TRUNCATION = 0.4  # of the edited layouts
HEAT_GAIN = 2.0
_MEAN_SAMPLES = 4096


@torch.no_grad()
def sample_sheet(model: BlobGAN) -> np.ndarray:
    """uint8 (H, W, 3): rows of untruncated pictures, each row above its blob maps; the same seeds every time."""
    z = torch.from_numpy(z_from_seed(0, COLUMNS * ROWS, model.config.d_noise)).to(model.mean_latent.device)
    layout = model.layout_net(z)
    pictures, maps = _pictures(model, layout), _maps(model, layout)
    rows = []
    for start in range(0, len(pictures), COLUMNS):
        rows += [pictures[start : start + COLUMNS], maps[start : start + COLUMNS]]
    return _sheet(rows)


@torch.no_grad()
def edit_sheet(model: BlobGAN) -> np.ndarray:
    """uint8 (H, W, 3): for each of a few layouts four rows, a column for each blob.

    Moved towards the middle, what that changed, removed, what that changed. The first column has the picture, its blob
    map, and how much the blobs' moves and removals together change each place.
    """
    config, device = model.config, model.mean_latent.device
    latents = model.layout_net.latent(torch.from_numpy(z_from_seed(1, _MEAN_SAMPLES, config.d_noise)).to(device))
    z = torch.from_numpy(z_from_seed(0, SCENES, config.d_noise)).to(device)
    scenes = model.layout_net(z, TRUNCATION, latents.mean(dim=0, keepdim=True))
    rows: list[np.ndarray] = []
    for index in range(SCENES):
        scene = scenes.one(index)
        base = _pictures(model, scene)
        moved, removed = _pictures(model, _moved(scene)), _pictures(model, _removed(scene))
        by_move, by_removal = _heat(moved, base), _heat(removed, base)
        rows += [
            np.concatenate([base, moved]),
            np.concatenate([_maps(model, scene), by_move]),
            np.concatenate([by_move.max(axis=0, keepdims=True), removed]),
            np.concatenate([by_removal.max(axis=0, keepdims=True), by_removal]),
        ]
    return _sheet(rows)


def write_sheet(path: Path, sheet: np.ndarray) -> None:
    """Write a sheet as PNG or, by its ending, WebP."""
    with replacing(path) as temporary:
        Image.fromarray(sheet).save(temporary, quality=90)


def _each_blob(scene: Layout[Tensor]) -> Layout[Tensor]:
    """One layout repeated once for each of its blobs."""
    return scene.map(lambda tensor: tensor.repeat(scene.blobs, *[1] * (tensor.ndim - 1)))


def _moved(scene: Layout[Tensor]) -> Layout[Tensor]:
    """(M, …): layout i has blob i moved."""
    layouts = _each_blob(scene)
    step = torch.where(scene.xs[0] > 0.5, -MOVE, MOVE)
    return dataclasses.replace(layouts, xs=layouts.xs + torch.diag(step))


def _removed(scene: Layout[Tensor]) -> Layout[Tensor]:
    """(M, …): layout i lacks blob i."""
    layouts = _each_blob(scene)
    sizes = layouts.sizes.clone()
    blobs = torch.arange(scene.blobs, device=sizes.device)
    sizes[blobs, blobs + 1] = GONE
    return dataclasses.replace(layouts, sizes=sizes)


def _pictures(model: BlobGAN, layout: Layout[Tensor], at_once: int = 16) -> np.ndarray:
    """uint8 (N, H, W, 3)."""
    device = layout.xs.device
    noise = [torch.from_numpy(map_).to(device) for map_ in noise_from_seed(0, model.config.resolution)]
    parts = []
    for start in range(0, layout.count, at_once):
        part = layout.map(lambda tensor: tensor[start : start + at_once])  # noqa: B023 - called at once
        image = draw(model.generator, part, noise, torch.float32)
        # Not finite would be an arbitrary byte.
        bytes_ = ((image.nan_to_num(0.0, 0.0, 0.0) + 1) * 127.5).round().clamp(0, 255)
        parts.append(bytes_.byte().permute(0, 2, 3, 1).cpu().numpy())
    return np.concatenate(parts)


def _maps(model: BlobGAN, layout: Layout[Tensor]) -> np.ndarray:
    """uint8 (N, H, W, 3)."""
    colors = torch.from_numpy(palette(layout.blobs)).to(layout.xs.device)
    maps = blob_map(layout, colors, model.config.resolution)
    return (maps * 255).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()


def _heat(pictures: np.ndarray, base: np.ndarray) -> np.ndarray:
    """|Δ| of pictures against one, black over red and yellow to white: uint8 (N, H, W, 3)."""
    change = np.abs(pictures.astype(np.float32) - base.astype(np.float32)).mean(axis=3) * (HEAT_GAIN * 3 / 255)
    return (np.stack([np.clip(change - start, 0, 1) for start in range(3)], axis=3) * 255).astype(np.uint8)


def _sheet(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Rows of (columns, H, W, 3) as one picture."""
    return np.concatenate([np.concatenate(list(row), axis=1) for row in rows], axis=0)
