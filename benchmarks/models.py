"""The models that benchmarks draw: a file, the bundled one, or one of random weights."""

from __future__ import annotations

from pathlib import Path

from blobgan_blender.library.card import ModelConfig
from blobgan_blender.library.search import bundled_model

RANDOM = "random"  # and a resolution, such as random256: the official number of channels, the paper's model
COARSE = "coarse"  # and a resolution: the same, its later colours made faint, so that previews are like pictures
TINY = "tiny"  # 64² and a twelfth of the channels, also random: for what is to be repeated very often


def model_file(name: str, folder: Path) -> Path:
    """The file of the model that is called `name`, made in `folder` if it is one of random weights.

    Args:
        name: a file's; "" for the bundled model; `RANDOM` or `COARSE` and a resolution; `TINY`.
        folder: exists.
    """
    if not name:
        return bundled_model()
    if name == TINY:
        return _random(folder / f"{name}.safetensors", ModelConfig(64, 10, 64, 64, 64, 64, 8))
    if name.startswith((RANDOM, COARSE)):
        side = int(name.removeprefix(RANDOM).removeprefix(COARSE))
        config = ModelConfig(side, 30, 512, 1024, 768, 512, 96)
        return _random(folder / f"{name}.safetensors", config, faint=name.startswith(COARSE))
    return Path(name)


def picture_flops(config: ModelConfig) -> float:
    """Floating-point operations of a picture's convolutions, a multiplication and an addition being two."""
    from blobgan_blender.inference.folding import convolutions
    from blobgan_blender.library.architecture import parameter_shapes

    shapes = parameter_shapes(config)
    sides = ((conv.side, shapes[f"{conv.name}.conv.weight"]) for conv in convolutions(config))
    return float(sum(2 * side * side * c_to * c_from * high * wide for side, (_, c_to, c_from, high, wide) in sides))


def _random(path: Path, config: ModelConfig, faint: bool = False) -> Path:
    import torch

    from blobgan_blender.library.card import Card
    from blobgan_blender.model.blobgan import BlobGAN, save_model

    if not path.exists():
        torch.manual_seed(0)
        model = BlobGAN(config)
        for to_rgb in model.generator.to_rgbs if faint else ():
            to_rgb.conv.weight.data *= 0.05
        model.compute_mean_latent(samples=256)
        save_model(model, path, Card(path.stem, "", config, "CC0-1.0", "random weights"))
    return path
