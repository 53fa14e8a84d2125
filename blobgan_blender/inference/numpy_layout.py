"""The layout network in numpy: `model.layout_network` for a machine without torch (`parity.md` 1–5)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..core.ellipse import COV_EPSILON
from ..core.layout import Layout
from ..library.architecture import LAYERS
from ..library.card import ModelConfig

_LR_MUL = np.float32(0.01)


class NumpyLayoutNetwork:
    """Noise → layout, with the weights of a model file."""

    def __init__(self, config: ModelConfig, weights: Mapping[str, np.ndarray]) -> None:
        self._config = config
        self._mean_latent = weights["mean_latent"]
        self._layers = []
        for index in range(1, LAYERS + 1):
            weight, bias = (weights[f"layout_net.mlp.{index}.{part}"] for part in ("weight", "bias"))
            scale = np.float32(_LR_MUL / math.sqrt(weight.shape[1]))
            self._layers.append((np.ascontiguousarray((weight * scale).T), bias * _LR_MUL))

    def __call__(self, z: np.ndarray, truncation: float) -> Layout[np.ndarray]:
        """Layouts of noise z, float32 (N, d_noise), pulled towards the mean by `truncation` in [0, 1]."""
        h = _pixel_norm(z)
        for weight, bias in self._layers[:-1]:
            h = h @ weight + bias
            h = np.where(h < 0, h * np.float32(0.2), h) * np.float32(math.sqrt(2))
        if truncation:
            h = self._mean_latent * np.float32(truncation) + h * np.float32(1 - truncation)
        weight, bias = self._layers[-1]
        return self._read(h @ weight + bias)

    def _read(self, vector: np.ndarray) -> Layout[np.ndarray]:
        """The output vector (N, …) cut into a layout; see `LayoutNetwork.raw`."""
        c = self._config
        n, width = len(vector), c.d_in + c.d_style
        sizes, background, rest = np.split(vector, [c.blobs + 1, c.blobs + 1 + width], axis=1)
        rows = rest.reshape(n, c.blobs, 6 + width)
        xy, numbers, blobs = np.split(rows, [2, 6], axis=2)
        appearance = np.concatenate([background[:, None], blobs], axis=1)  # (N, M+1, d_in + d_style)
        features, style = appearance[..., : c.d_in], appearance[..., c.d_in :]
        if c.norm_features:
            features, style = _pixel_norm(features), _pixel_norm(style)
        centre = _sigmoid(xy)
        return Layout(
            xs=centre[..., 0].copy(),
            ys=centre[..., 1].copy(),
            covs=_covariance(numbers, c.ab_norm),
            sizes=sizes.copy(),
            features=np.ascontiguousarray(features),
            spatial_style=np.ascontiguousarray(style),
        )


def _pixel_norm(x: np.ndarray) -> np.ndarray:
    return x / np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + np.float32(1e-5))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    # Not by tanh, near whose -1 float32 has few values: at -16 a sixteenth of the result would be lost.
    with np.errstate(over="ignore"):  # of the exponential: infinite, and 0 in the end
        return np.float32(1) / (1 + np.exp(-x))


def _covariance(numbers: np.ndarray, ab_norm: float) -> np.ndarray:
    """`model.layout_network.covariance`: four numbers (…, 4) → (…, 2, 2)."""
    a, b = _sigmoid(numbers[..., 0]), _sigmoid(numbers[..., 1])
    scale = np.float32(ab_norm) / np.sqrt(a * b)
    axis = numbers[..., 2:]
    axis = axis / np.maximum(np.linalg.norm(axis, axis=-1, keepdims=True), np.float32(1e-12))
    turned = np.stack([-axis[..., 1], axis[..., 0]], axis=-1)
    rotation = np.stack([axis, turned], axis=-1)  # columns are the two axes
    diagonal = np.stack([a * scale, b * scale], axis=-1)
    cov = (rotation * diagonal[..., None, :]) @ rotation.swapaxes(-1, -2)
    return cov + np.float32(COV_EPSILON) * np.eye(2, dtype=np.float32)
