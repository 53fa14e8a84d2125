"""An architecture's parameters by name and shape, so that a file can be judged before anything is allocated."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.errors import ModelFileError
from .card import ModelConfig

COARSEST = 16  # pixels: side of the decoder's first map
LAYERS = 8  # of the layout network


def channels_at(side: int, c_model: int) -> int:
    """Width of the decoder at a side in pixels: 8c up to 64, then half at every octave."""
    return c_model * 8 // max(1, side // 64)


def parameter_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """The state dict of `model.blobgan.BlobGAN`: names and shapes (`parity.md` 10, 11)."""
    return {"mean_latent": (1, config.hidden)} | _layout_network(config) | _generator(config)


def check_shapes(config: ModelConfig, shapes: Mapping[str, tuple[int, ...]], source: str) -> None:
    """Raise `ModelFileError` unless a state dict of these shapes is that of a model of `config`."""
    expected = parameter_shapes(config)
    if expected != shapes:
        names = sorted(expected.keys() | shapes.keys())
        wrong = next(name for name in names if expected.get(name) != shapes.get(name))
        raise ModelFileError(
            f"{source} does not fit its architecture: {wrong} is {shapes.get(wrong, 'missing')} "
            f"where {expected.get(wrong, 'nothing')} belongs. It is damaged, or of another kind of model."
        )


def _layout_network(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    appearance = config.d_in + config.d_style
    rows = 1 + appearance + config.blobs * (7 + appearance)
    widths = [config.d_noise, *[config.hidden] * (LAYERS - 1), rows]
    shapes: dict[str, tuple[int, ...]] = {}
    for index in range(1, LAYERS + 1):
        shapes[f"layout_net.mlp.{index}.weight"] = (widths[index], widths[index - 1])
        shapes[f"layout_net.mlp.{index}.bias"] = (widths[index],)
    return shapes


def _generator(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    width = channels_at(COARSEST, config.c_model)
    shapes = _styled("generator.conv1", config.d_in, width, config.d_style)
    shapes |= _to_rgb("generator.to_rgb1", width, config.d_style)
    for octave in range(config.octaves):
        wider, width = width, channels_at(COARSEST << (octave + 1), config.c_model)
        shapes |= _styled(f"generator.convs.{2 * octave}", wider, width, config.d_style)
        shapes |= _styled(f"generator.convs.{2 * octave + 1}", width, width, config.d_style)
        shapes |= _to_rgb(f"generator.to_rgbs.{octave}", width, config.d_style)
    return shapes


def _styled(name: str, c_from: int, c_to: int, d_style: int) -> dict[str, tuple[int, ...]]:
    ends = {f"{name}.noise.weight": (1,), f"{name}.activate.bias": (c_to,)}
    return _conv(name, c_from, c_to, 3, d_style) | ends


def _to_rgb(name: str, channels: int, d_style: int) -> dict[str, tuple[int, ...]]:
    return _conv(name, channels, 3, 1, d_style) | {f"{name}.bias": (1, 3, 1, 1)}


def _conv(name: str, c_from: int, c_to: int, kernel: int, d_style: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{name}.conv.weight": (1, c_to, c_from, kernel, kernel),
        f"{name}.conv.modulation.weight": (c_from, d_style),
        f"{name}.conv.modulation.bias": (c_from,),
    }
