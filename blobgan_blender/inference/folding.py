"""The decoder's weights as they are applied, in numpy: folded once at load, for the ONNX engine."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..library.architecture import COARSEST
from ..library.card import ModelConfig

_GAIN = math.sqrt(2)  # of the scaled leaky ReLU, which lets a positive factor pass: weights, noise and bias take it


@dataclass(frozen=True)
class Convolution:
    """One spatially modulated convolution of the decoder.

    Attributes:
        name: its module's in the weights file.
        side: of the map that it reads, in pixels.
        up: whether it doubles the side.
        colors: whether it is a to-RGB, which normalises nothing and adds no noise.
        noise: the number of the noise map that is added after it.
    """

    name: str
    side: int
    up: bool = False
    colors: bool = False
    noise: int = 0

    @property
    def weight(self) -> str:
        """The folded weight's name."""
        return f"{self.name}.weight"

    @property
    def bias(self) -> str:
        """The folded bias's name."""
        return f"{self.name}.bias"

    @property
    def noise_weight(self) -> str:
        """The folded noise weight's name."""
        return f"{self.name}.noise"


def convolutions(config: ModelConfig) -> Iterator[Convolution]:
    """A decoder's convolutions in the order in which they are drawn."""
    side = COARSEST
    yield Convolution("generator.conv1", side)
    yield Convolution("generator.to_rgb1", side, colors=True)
    for octave in range(config.octaves):
        yield Convolution(f"generator.convs.{2 * octave}", side, up=True, noise=2 * octave + 1)
        side *= 2
        yield Convolution(f"generator.convs.{2 * octave + 1}", side, noise=2 * octave + 2)
        yield Convolution(f"generator.to_rgbs.{octave}", side, colors=True)


def folded_weights(config: ModelConfig, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What a graph's initializers hold, float32, by name.

    Args:
        config: the architecture.
        weights: of the model file, by its names.

    Returns:
        weights (C', C, k, k), but (C, C', k, k) of a convolution that doubles the side; biases (1, C', 1, 1), but
        (3,) of a to-RGB; noise weights (1,).
    """
    folded = {}
    for conv in convolutions(config):
        weight = weights[f"{conv.name}.conv.weight"][0].astype(np.float64)
        weight /= math.sqrt(weight[0].size)
        if conv.colors:
            folded[conv.weight], folded[conv.bias] = weight, weights[f"{conv.name}.bias"].reshape(-1)
            continue
        weight *= _GAIN / np.sqrt(np.square(weight).sum(axis=(1, 2, 3), keepdims=True) + 1e-8)
        folded[conv.weight] = weight.swapaxes(0, 1) if conv.up else weight
        folded[conv.bias] = weights[f"{conv.name}.activate.bias"].reshape(1, -1, 1, 1) * _GAIN
        folded[conv.noise_weight] = weights[f"{conv.name}.noise.weight"] * _GAIN
    return {name: np.ascontiguousarray(array, np.float32) for name, array in folded.items()}


class Modulation:
    """One convolution's affine map from styles ψ to the scales of its input channels."""

    def __init__(self, conv: Convolution, weights: Mapping[str, np.ndarray]) -> None:
        weight = weights[f"{conv.name}.conv.modulation.weight"]
        self._weight = np.ascontiguousarray(weight.T / np.float32(math.sqrt(weight.shape[1])))
        self._bias = weights[f"{conv.name}.conv.modulation.bias"]

    def __call__(self, styles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """ψ (M+1, d_style) → S transposed (C, M+1), and its Gram matrix SSᵀ/C (M+1, M+1)."""
        s = styles @ self._weight + self._bias
        return np.ascontiguousarray(s.T), s @ s.T / np.float32(s.shape[1])
