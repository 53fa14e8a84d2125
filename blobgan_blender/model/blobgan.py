"""`BlobGAN`: the layout network, its mean latent and the generator, as one module and one file."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..core.errors import BlobGANError, ModelFileError
from ..core.seeds import z_from_seed
from ..library.architecture import check_shapes
from ..library.card import Card, ModelConfig, card_path
from ..library.model_file import checked_card, sha256_of
from ..library.replacing import replacing
from .generator import Generator
from .layout_network import LayoutNetwork

MEAN_LATENT_SAMPLES = 10_000


class BlobGAN(nn.Module):
    """The inference side of a model: `layout_net`, `generator` and the buffer `mean_latent` (1, hidden)."""

    mean_latent: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.layout_net = LayoutNetwork(config)
        self.generator = Generator(config)
        self.register_buffer("mean_latent", torch.zeros(1, config.hidden))

    @torch.no_grad()
    def compute_mean_latent(self, samples: int = MEAN_LATENT_SAMPLES, seed: int = 0) -> None:
        """Fill `mean_latent` with the mean of the layout network's latents over `samples` noise vectors.

        In float64 on the CPU, so that its float32 digits, and a model's hash, do not hang on the number of threads.
        """
        network = copy.deepcopy(self.layout_net).to("cpu", torch.float64)
        z = torch.from_numpy(z_from_seed(seed, samples, self.config.d_noise)).double()
        self.mean_latent.copy_(network.latent(z).mean(dim=0, keepdim=True))


def save_model(model: BlobGAN, path: Path, card: Card) -> Card:
    """Write `NAME.safetensors` and its card, each atomically: float16 where that loses nothing, else float32.

    Args:
        model: what to save.
        path: the weights file, ending in .safetensors.
        card: name, licence and so on; its hash and architecture are filled in here.

    Returns:
        The card as written.

    Raises:
        BlobGANError: the place cannot be written to, or is full.
    """
    tensors = {}
    for name, tensor in model.state_dict().items():
        full = tensor.to("cpu", torch.float32).contiguous()
        half = full.half()
        tensors[name] = half if torch.equal(half.float(), full) else full
    try:
        # The inner block ends first: no card ever names weights that are not there yet.
        with replacing(card_path(path)) as text, replacing(path) as weights:
            save_file(tensors, weights)
            weights.chmod(0o644)  # safetensors makes it private
            card = dataclasses.replace(card, sha256=sha256_of(weights), architecture=model.config)
            text.write_text(card.to_json(), encoding="utf-8")
    except SafetensorError as error:
        raise BlobGANError(f"{path} cannot be written ({error}). Choose another place.") from error
    return card


def load_model(path: Path, sha256: str | None = None) -> tuple[BlobGAN, Card]:
    """Read a converted model in float32 on the CPU, in evaluation mode, without gradients.

    Args:
        path: `NAME.safetensors` with `NAME.json` beside it.
        sha256: the hash it must have; the card's if None.

    Raises:
        ModelFileError: missing, damaged, foreign, or not the model that was asked for.
    """
    card = checked_card(path, sha256)
    try:
        tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"{path.name} cannot be read ({error}). Copy or convert it again.") from error
    return build(card.architecture, tensors, path.name), card


def build(config: ModelConfig, tensors: dict[str, Tensor], source: str) -> BlobGAN:
    """A model of `config` filled with `tensors`, whose names and shapes are checked."""
    check_shapes(config, {name: tuple(tensor.shape) for name, tensor in tensors.items()}, source)
    with torch.device("meta"):
        model = BlobGAN(config)
    model.load_state_dict(tensors, assign=True)
    return model.eval().requires_grad_(False)
