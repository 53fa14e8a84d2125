"""What goes between Blender's arrays and the device: little, at once, and without waiting."""

from __future__ import annotations

import warnings
from collections import OrderedDict

import numpy as np
import torch
from torch import Tensor

from ..core.layout import Layout
from .predictor import not_finite

_REMEMBERED = 4  # sets of noise maps kept: as many seeds as are looked at in turn


def tensor_of(array: np.ndarray) -> Tensor:
    """The same memory as a tensor; read-only too, for nothing here writes into what it is given."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        return torch.from_numpy(array)


def packed(layout: Layout[np.ndarray], device: torch.device) -> Tensor:
    """A layout's geometry as one float32 vector, on its way to the device by one copy."""
    arrays = (layout.xs, layout.ys, layout.covs, layout.sizes)
    vector = torch.from_numpy(np.concatenate([array.reshape(-1) for array in arrays]))
    if device.type == "cuda":
        vector = vector.pin_memory()
    return vector.to(device, non_blocking=True)


def unpacked(vector: Tensor, n: int, m: int, features: Tensor, styles: Tensor) -> Layout[Tensor]:
    """The layout of N × M blobs whose geometry is `packed` in the vector, with appearances wherever they lie."""
    xs, ys, covs, sizes = vector.split([n * m, n * m, n * m * 4, n * (m + 1)])
    return Layout(xs.view(n, m), ys.view(n, m), covs.view(n, m, 2, 2), sizes.view(n, m + 1), features, styles)


def geometry_on(device: torch.device, layout: Layout[np.ndarray]) -> Layout[Tensor]:
    """A layout's geometry on the device; its appearances stay on the CPU, as `Decoder` wants them."""
    features, styles = tensor_of(layout.features), tensor_of(layout.spatial_style)
    return unpacked(packed(layout, device), layout.count, layout.blobs, features, styles)


class KnownMaps:
    """Noise maps on a device. Read-only arrays are known by identity and travel once; others every time."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._known: OrderedDict[tuple[int, ...], tuple[list[np.ndarray], list[Tensor]]] = OrderedDict()

    def __call__(self, maps: list[np.ndarray]) -> list[Tensor]:
        if self._device.type == "cpu" or any(map_.flags.writeable for map_ in maps):
            return self._moved(maps)
        key = tuple(id(map_) for map_ in maps)
        if key not in self._known:
            # Beside the arrays, whose identities stay theirs as long as they are held.
            self._known[key] = (maps, self._moved(maps))
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key][1]

    def _moved(self, maps: list[np.ndarray]) -> list[Tensor]:
        return [tensor_of(map_).to(self._device) for map_ in maps]


def encoded(image: Tensor) -> Tensor:
    """`predictor.to_rgb8` on the device: the bytes of pictures (N, 3, H, W), then one that says whether all of their
    values were finite. One copy brings both home."""
    rgb = image.add(1).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1).flatten()
    return torch.cat([rgb, image.isfinite().all().to(torch.uint8).reshape(1)])


def at_home(code: Tensor) -> Tensor:
    """A tensor's copy on the CPU. From CUDA it comes by pinned memory, which the driver need not copy once more."""
    if not code.is_cuda:
        return code.cpu()
    copy = torch.empty(code.shape, dtype=code.dtype, pin_memory=True)
    copy.copy_(code, non_blocking=True)
    torch.cuda.current_stream(code.device).synchronize()
    return copy


def decoded(code: Tensor, resolution: int) -> np.ndarray:
    """What was `encoded`, brought home: uint8 (N, resolution, resolution, 3).

    Raises:
        BlobGANError: the pictures hold values that are not finite.
    """
    flat = code.cpu().numpy()
    if not flat[-1]:
        raise not_finite()
    return flat[:-1].reshape(-1, resolution, resolution, 3)
