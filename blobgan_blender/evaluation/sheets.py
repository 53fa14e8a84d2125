"""Sheets to look at: samples, edits, and what the segmenter sees in the model's own pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ..core.palette import palette
from ..datasets.classes import CLASSES
from ..training.sheets import edit_sheet, sample_sheet, write_sheet
from .drawing import ModelDrawer
from .segmenter import SIDE, Segmenter

COLUMNS, ROWS = 8, 4


def write_sheets(drawer: ModelDrawer, segmenter: Segmenter | None, folder: Path, stem: str, truncation: float) -> None:
    """Write STEM-samples, STEM-edits and, with a segmenter, STEM-classes as WebP into a folder."""
    write_sheet(folder / f"{stem}-samples.webp", sample_sheet(drawer.model))
    write_sheet(folder / f"{stem}-edits.webp", edit_sheet(drawer.model))
    if segmenter is not None:
        write_sheet(folder / f"{stem}-classes.webp", class_sheet(drawer, segmenter, truncation))


def class_sheet(drawer: ModelDrawer, segmenter: Segmenter, truncation: float) -> np.ndarray:
    """uint8 (H, W, 3): rows of pictures, each above the classes that the segmenter sees, in the palette's colours."""
    pictures = drawer.draw(drawer.sample(0, COLUMNS * ROWS, truncation))
    colors = torch.from_numpy(palette(len(CLASSES) - 1) * 255).byte().to(pictures.device)
    classes = colors[segmenter.classes(pictures).long()]  # (N, SIDE, SIDE, 3)
    times = max(1, drawer.side // SIDE)
    classes = classes.repeat_interleave(times, dim=1).repeat_interleave(times, dim=2)
    shown = pictures.permute(0, 2, 3, 1)
    if drawer.side < SIDE:
        shown = shown.repeat_interleave(SIDE // drawer.side, dim=1).repeat_interleave(SIDE // drawer.side, dim=2)
    rows = []
    for start in range(0, len(shown), COLUMNS):
        rows += [torch.cat(list(part[start : start + COLUMNS]), dim=1) for part in (shown, classes)]
    return torch.cat(rows).cpu().numpy()
