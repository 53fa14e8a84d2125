"""The command line `blobgan`: models looked at and converted, layouts sampled and drawn, by a person or a farm.

A picture's bytes do not depend on how many are asked for: see `inference.batches`.
"""

from __future__ import annotations

import argparse
import io
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import options
from .core.errors import BlobGANError, LayoutError, ModelFileError

if TYPE_CHECKING:
    import numpy as np

    from .core.layout import Layout
    from .inference.batches import Wish
    from .inference.predictor import Predictor

_PICTURE_ENDINGS = (".png", ".npy", ".npz")
# Packages that some commands need → what installs them.
_OPTIONAL_PACKAGES = {
    "PIL": "pillow",
    "numpy": "numpy",
    "onnx": "onnx onnxruntime",
    "onnxruntime": "onnx onnxruntime",
    "safetensors": "safetensors",
    "torch": "torch safetensors",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 1 with one sentence on stderr. Wrong usage exits with 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter of a model's name
    arguments = make_parser().parse_args(argv)
    try:
        arguments.command(arguments)
    except BlobGANError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        if error.name not in _OPTIONAL_PACKAGES:
            raise
        install = _OPTIONAL_PACKAGES[error.name]
        return _fail(f"This command needs {error.name}, which this Python lacks. Run: pip install {install}")
    except OSError as error:
        return _fail(f"{error.filename or 'A file'} cannot be used ({error.strerror or error}). Choose another place.")
    except (MemoryError, RuntimeError) as error:
        from .inference.engine import is_out_of_memory

        if not is_out_of_memory(error):
            raise
        return _fail("The memory does not suffice. Choose another --device, or end other programs.")
    except KeyboardInterrupt:
        print("blobgan: stopped.", file=sys.stderr)
        return 130
    return 0


def _fail(sentence: str) -> int:
    print(f"blobgan: {' '.join(_printable(sentence).split())}", file=sys.stderr)
    return 1


# The commands


def _info(arguments: argparse.Namespace) -> None:
    from .library.card import read_card
    from .library.model_file import check_weights, sha256_of
    from .library.search import named_model

    path = named_model(arguments.model)
    card = read_card(path)
    check_weights(path)
    found = sha256_of(path)
    if found != card.sha256:
        raise ModelFileError(
            f"{path} is not the model of its card: its SHA-256 is {found}, the card's {card.sha256}. "
            "Convert or download it again."
        )
    config = card.architecture
    rows = {
        "file": f"{path} ({path.stat().st_size / 1e6:.1f} MB)",
        "sha256": found,
        "pictures": f"{config.resolution} × {config.resolution}, {config.blobs} blobs",
        "network": f"c_model {config.c_model}, d_in {config.d_in}, d_style {config.d_style}, hidden {config.hidden}, "
        f"d_noise {config.d_noise}, ab_norm {config.ab_norm}",
        "truncation": str(card.truncation),
        "licence": card.license,
        "trained on": card.training_data,
        "notes": card.notes,
        "rooms": ", ".join(f"{name} (seed {r.seed}, truncation {r.truncation})" for name, r in card.rooms.items()),
    }
    print(_printable(card.name))
    for label, text in rows.items():
        if text:
            print(f"  {label:<11} {_printable(text)}")


def _convert(arguments: argparse.Namespace) -> None:
    from .library.card import Card
    from .model.blobgan import MEAN_LATENT_SAMPLES, save_model
    from .model.official import convert

    out: Path = arguments.out
    if out.suffix != ".safetensors":
        out = out.with_name(out.name + ".safetensors")
    model = convert(arguments.checkpoint, arguments.mean_latent)
    card = save_model(
        model,
        out,
        Card(
            name=arguments.name or out.stem,
            sha256="",
            architecture=model.config,
            license=arguments.license,
            training_data=arguments.training_data,
            truncation=arguments.truncation,
        ),
    )
    origin = arguments.mean_latent or f"computed from {MEAN_LATENT_SAMPLES:,} layouts"
    print(f"Read the EMA weights of {arguments.checkpoint}: {model.config.resolution}², {model.config.blobs} blobs.")
    print(f"Mean latent: {origin}.")
    print(f"Wrote {out} and {out.with_suffix('.json')}, SHA-256 {card.sha256}.")


def _export(arguments: argparse.Namespace) -> None:
    from .inference.export import export
    from .library.search import named_model

    out, worst = export(named_model(arguments.model))
    print(f"Wrote {out} ({out.stat().st_size / 1000:.0f} kB). It draws what torch draws, within {worst:.0e}.")


def _catalogue(arguments: argparse.Namespace) -> None:
    from .library.catalogue import catalogue_of
    from .library.search import named_model

    print(catalogue_of(named_model(model) for model in arguments.models), end="")


def _sample(arguments: argparse.Namespace) -> None:
    from .core.palette import palette
    from .core.seeds import noise_from_seed, z_from_seed
    from .inference.batches import render_each
    from .inference.predictor import map_to_rgb8, to_rgb8
    from .library.layout_file import write_layout

    given = None if arguments.z is None else _read_z(arguments.z, arguments.count)
    predictor = _load(arguments)
    config, out = predictor.config, arguments.out
    truncation = predictor.card.truncation if arguments.truncation is None else arguments.truncation
    noise, colors = noise_from_seed(arguments.noise_seed, config.resolution), palette(config.blobs)
    layouts: list[Layout[np.ndarray]] = []  # not yet drawn; seldom more than a batch

    def wishes() -> Iterator[Wish]:
        for index in range((arguments.count or 1) if given is None else len(given)):
            z = z_from_seed(arguments.seed + index, 1, config.d_noise) if given is None else given[index : index + 1]
            layouts.append(predictor.sample(z, truncation))
            yield layouts[-1], noise

    for index, picture in enumerate(render_each(predictor, wishes())):
        layout, stem = layouts.pop(0), f"{index:04d}"
        source = f"seed {arguments.seed + index}" if given is None else f"row {index} of {arguments.z.name}"
        _write_png(out / f"{stem}.png", to_rgb8(picture)[0])
        _write_png(out / f"{stem}_blobs.png", map_to_rgb8(predictor.blob_map(layout, colors))[0])
        write_layout(out / f"{stem}_layout.npz", layout)
        print(f"{out / stem}.png  {source}")


def _render(arguments: argparse.Namespace) -> None:
    import numpy as np

    from .core.palette import palette
    from .core.seeds import noise_from_seed
    from .inference.batches import render_each
    from .inference.predictor import to_rgb8
    from .library.layout_file import read_layout, read_noise

    out: Path = arguments.out
    layout = read_layout(arguments.layout)
    predictor = _load(arguments)
    config = predictor.config
    if arguments.noise:
        noise = read_noise(arguments.noise, config.resolution)
    else:
        noise = noise_from_seed(arguments.noise_seed, config.resolution)
    if any(len(map_) not in (1, layout.count) for map_ in noise):
        raise LayoutError(f"{arguments.noise} must hold 1 or {layout.count} of each noise map, as many as the layouts.")

    wishes = (
        (layout.one(index), [map_[index : index + 1] if len(map_) > 1 else map_ for map_ in noise])
        for index in range(layout.count)
    )
    pictures = render_each(predictor, wishes)
    if out.suffix.lower() == ".png":
        for index, picture in enumerate(pictures):
            path = out if layout.count == 1 else out.with_name(f"{out.stem}_{index:04d}{out.suffix}")
            _write_png(path, to_rgb8(picture)[0])
            print(path)
        return
    image = np.concatenate(list(pictures))
    if out.suffix.lower() == ".npy":
        _write(out, lambda file: np.save(file, image))
    else:
        colors = palette(layout.blobs)
        maps = np.concatenate([predictor.blob_map(layout.one(index), colors) for index in range(layout.count)])
        _write(out, lambda file: np.savez_compressed(file, image=image, blob_map=maps))
    print(out)


def _evaluate(arguments: argparse.Namespace) -> None:
    from .evaluation import command

    command.run(arguments)


def _train(arguments: argparse.Namespace) -> None:
    import logging

    from .training import command

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    command.run(arguments)


# What the commands share


def _load(arguments: argparse.Namespace) -> Predictor:
    from .inference.engine import make_engine
    from .library.search import named_model

    return make_engine(arguments.device).load(named_model(arguments.model))


def _read_z(path: Path, count: int | None) -> np.ndarray:
    """The first `count` rows of noise (N, d_noise) in a `.npy`, all if None; raises `LayoutError` where it isn't."""
    import numpy as np

    try:
        z = np.load(path, allow_pickle=False)
        if not isinstance(z, np.ndarray) or z.ndim != 2 or z.dtype.kind not in "fiu" or not np.isfinite(z).all():
            raise ValueError("it must hold one array of finite numbers, (N, d_noise)")
    except OSError as error:
        raise LayoutError(f"{path} cannot be read ({error.strerror or error}). Choose another file.") from error
    except (ValueError, EOFError, MemoryError) as error:
        raise LayoutError(f"{path} is no noise: {error}. Save it by numpy.save.") from error
    if count is not None and count > len(z):
        raise LayoutError(f"{path} holds {len(z)} rows of noise, {count} were asked for. Lower --count.")
    return z[:count]


def _write_png(path: Path, pixels: np.ndarray) -> None:
    """Write uint8 (H, W, 3) as PNG."""
    from PIL import Image

    _write(path, lambda file: Image.fromarray(pixels).save(file, format="PNG"))


def _write(path: Path, save: Callable[[io.BytesIO], object]) -> None:
    """Write what `save` makes, whole or not at all; raises `BlobGANError` where the place cannot be written to."""
    from .library.replacing import replacing

    # First in memory: numpy's own writing to a full disk does not say that the disk is full.
    buffer = io.BytesIO()
    save(buffer)
    with replacing(path) as temporary:
        temporary.write_bytes(buffer.getbuffer())


def _printable(text: str) -> str:
    """A stranger's text without control characters, which could write anything to a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


# Usage


def make_parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    from .evaluation import command as evaluation
    from .training import command as training

    parser = argparse.ArgumentParser(prog="blobgan", description="Sample, edit and draw rooms with a BlobGAN.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    info = commands.add_parser("info", help="say what a model is, and whether its file is whole")
    info.add_argument("model", nargs="?", metavar="MODEL", help=_MODEL_HELP)
    info.set_defaults(command=_info)

    convert = commands.add_parser("convert", help="make a model of an official checkpoint, without running its code")
    convert.add_argument("checkpoint", type=Path, metavar="OFFICIAL.ckpt", help="the checkpoint, which is only read")
    convert.add_argument("out", type=Path, metavar="OUT", help="the model: OUT.safetensors and OUT.json")
    convert.add_argument("--mean-latent", type=Path, metavar="F.pt", help="its mean latent; computed if not given")
    convert.add_argument("--name", help="the model's name; the file's if not given")
    convert.add_argument("--license", default="unknown", help="who may use it, as an SPDX identifier")
    convert.add_argument("--training-data", default="unknown", help="what it learned from")
    convert.add_argument(
        "--truncation", type=options.fraction, default=0.4, help="the truncation to suggest (%(default)s)"
    )
    convert.set_defaults(command=_convert)

    export = commands.add_parser("export", help="make a model ready for the ONNX engine, which needs no torch")
    export.add_argument("model", nargs="?", metavar="MODEL", help=_MODEL_HELP)
    export.set_defaults(command=_export)

    catalogue = commands.add_parser("catalogue", help="print a catalogue that offers models for download")
    catalogue.add_argument("models", nargs="+", metavar="MODEL", help=_MODEL_HELP)
    catalogue.set_defaults(command=_catalogue)

    sample = commands.add_parser("sample", help="numbered new pictures, blob maps and layouts")
    noise = sample.add_mutually_exclusive_group(required=True)
    noise.add_argument("--seed", type=options.seed, metavar="K", help="picture i is that of the seed K + i")
    noise.add_argument("--z", type=Path, metavar="Z.npy", help="noise (N, d_noise), a picture for each row")
    sample.add_argument(
        "--truncation", type=options.fraction, metavar="T", help="0 … 1, 0 = none; the model's if not given"
    )
    sample.add_argument("--count", type=options.count, metavar="N", help="how many pictures (1, or all rows of Z.npy)")
    sample.add_argument("--noise-seed", type=options.seed, default=0, metavar="K", help="seed of the spatial noise (0)")
    sample.add_argument("--out", type=Path, required=True, metavar="DIR")
    sample.set_defaults(command=_sample)

    render = commands.add_parser("render", help="draw the layouts of a file")
    render.add_argument("--layout", type=Path, required=True, metavar="L.npz|.json")
    noise = render.add_mutually_exclusive_group()
    noise.add_argument("--noise", type=Path, metavar="N.npz", help="the spatial noise noise_0, noise_1, …")
    noise.add_argument("--noise-seed", type=options.seed, default=0, metavar="K", help="seed of the spatial noise (0)")
    render.add_argument(
        "--out",
        type=_picture,
        required=True,
        metavar="PICTURE",
        help=".png (numbered if there are several layouts), .npy (float, unclamped) or .npz (image, blob_map)",
    )
    render.set_defaults(command=_render)

    evaluate = commands.add_parser("evaluate", help="measure models: fidelity, whether blobs are objects, edits")
    evaluation.add_arguments(evaluate)
    evaluate.set_defaults(command=_evaluate)

    train = commands.add_parser("train", help="train a model on a folder of pictures")
    training.add_arguments(train)
    train.set_defaults(command=_train)

    for command in (sample, render):
        command.add_argument("--model", metavar="MODEL", help=_MODEL_HELP)
        command.add_argument("--device", help="cpu, cuda, mps, xpu; else BLOBGAN_DEVICE, else the best that works")
    return parser


_MODEL_HELP = "path of a model, or name of a bundled one; the bundled one if not given"


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_args: object, **_kwargs: object) -> None:
        manifest = Path(__file__).with_name("blender_manifest.toml").read_text(encoding="utf-8")
        print(f"blobgan {tomllib.loads(manifest)['version']}")
        parser.exit()


def _picture(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in _PICTURE_ENDINGS:
        raise argparse.ArgumentTypeError(f"the ending must be one of {', '.join(_PICTURE_ENDINGS)}, not {text!r:.80}")
    return path
