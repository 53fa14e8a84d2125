"""The command `train`: a folder of pictures in, a model out; the same command goes on after any interruption."""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..library.card import read_card
from ..library.replacing import replacing
from ..library.search import named_model
from .config import PRESETS, TrainingConfig
from .errors import TrainingError

if TYPE_CHECKING:
    from .pictures import Pictures

logger = logging.getLogger(__name__)

CONFIG = "config.json"
REPORT = "data.json"
_BEGAN = time.monotonic()  # --minutes counts from here: decoding and compiling are part of a lease


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `train`: where things lie, and one for each field of `TrainingConfig`."""
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder, zip or tar of pictures")
    parser.add_argument("--out", type=Path, metavar="RUN", help="folder of the run; goes on with the one it holds")
    parser.add_argument("--preset", choices=sorted(PRESETS), help="which defaults the options have (rooms128)")
    parser.add_argument("--tiny", action="store_const", const="tiny", dest="preset", help="short for --preset tiny")
    parser.add_argument("--config", type=Path, metavar="F.json", help="defaults from a file, as a run writes it")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="folder for decoded pictures (RUN/cache)")
    parser.add_argument("--processes", type=int, default=0, help="processes that decode (one for each core)")
    parser.add_argument("--device", help="cuda, cpu, mps, xpu; else BLOBGAN_DEVICE, else the best that works")
    parser.add_argument("--prepare", action="store_true", help="decode the pictures and report on them, no more")
    parser.add_argument("--luggage", type=Path, metavar="F.safetensors", help="write RUN's checkpoint small, no more")
    options = parser.add_argument_group("options of the run", "defaults are those of the preset rooms128")
    for option in dataclasses.fields(TrainingConfig):
        choices = option.metadata["choices"] or None
        takes: dict[str, Any] = {
            "type": type(option.default),
            "choices": choices,
            "metavar": None if choices else option.name.rsplit("_", 1)[-1].upper(),
        }
        if type(option.default) is bool:
            takes = {"action": argparse.BooleanOptionalAction}
        options.add_argument(
            f"--{option.name.replace('_', '-')}",
            help=f"{option.metadata['help']} ({str(option.default) or 'empty'})".replace("%", "%%"),
            default=argparse.SUPPRESS,
            **takes,
        )


def configuration(arguments: argparse.Namespace) -> TrainingConfig:
    """What the options say, on top of a file or a preset, else of what the run was begun with.

    Raises:
        TrainingError: an option is out of range, or a file cannot be read.
        ModelFileError: the model to go on from, whose architecture is the default, cannot be read.
    """
    begun = arguments.out / CONFIG if arguments.out else None
    if arguments.config:
        base = TrainingConfig.read(arguments.config)
    elif arguments.preset is None and begun is not None and begun.exists():
        base = TrainingConfig.read(begun)
    else:
        base = PRESETS[arguments.preset or "rooms128"]
    names = {option.name for option in dataclasses.fields(TrainingConfig)}
    chosen = {name: value for name, value in vars(arguments).items() if name in names}
    if chosen.get("base", base.base) != base.base:  # a run that goes on has it already
        architecture = dataclasses.asdict(read_card(named_model(chosen["base"])).architecture)
        base = dataclasses.replace(base, **{name: value for name, value in architecture.items() if name in names})
    return dataclasses.replace(base, **chosen)


def run(arguments: argparse.Namespace) -> None:
    """Train; or prepare the pictures, or pack a run's luggage, alone.

    Raises:
        BlobGANError: see `pictures.load_pictures` and `trainer.Trainer`.
    """
    if arguments.luggage:
        _pack(arguments)
    elif arguments.data is None:
        raise TrainingError("Training needs pictures: --data DIR.")
    elif arguments.prepare:
        pictures = _pictures(arguments, configuration(arguments))
        _say([*pictures.report.lines(), f"Decoded in {pictures.report.seconds} s."])
    elif arguments.out is None:
        raise TrainingError("A run needs a folder: --out RUN.")
    else:
        from ..inference.engine import is_out_of_memory

        try:
            _train(arguments, configuration(arguments))
        except (MemoryError, RuntimeError) as error:
            if is_out_of_memory(error):
                raise TrainingError(
                    "The memory ran out. End other programs on this device, or leave out --capture, then start the "
                    "same command again: it goes on from the last checkpoint, with as many pictures at once as fit."
                ) from error
            if "CUDA error" not in str(error):
                raise
            raise TrainingError(
                f"The GPU failed ({str(error).splitlines()[0]}). Start the same command again: it goes on from the "
                "last checkpoint."
            ) from error


def _pack(arguments: argparse.Namespace) -> None:
    from .checkpoint import save_luggage
    from .trainer import CHECKPOINT

    if arguments.out is None:
        raise TrainingError("Luggage is packed from a run: name its folder with --out.")
    save_luggage(arguments.out / CHECKPOINT, arguments.luggage)


def _pictures(arguments: argparse.Namespace, config: TrainingConfig) -> Pictures:
    from .pictures import load_pictures

    if arguments.cache is None and arguments.out is None:
        raise TrainingError("The decoded pictures need a folder: --cache DIR, or --out RUN.")
    cache = arguments.cache or arguments.out / "cache"
    return load_pictures(arguments.data, config.resolution, cache, arguments.processes)


def _train(arguments: argparse.Namespace, config: TrainingConfig) -> None:
    from .distributed import Team
    from .trainer import Trainer

    out: Path = arguments.out
    team = Team.join(arguments.device)
    try:
        if team.leads:
            pictures = _pictures(arguments, config)
            _say(pictures.report.lines())
        team.wait()
        if not team.leads:
            pictures = _pictures(arguments, config)
        trainer = Trainer(config, pictures, out, team)
        trainer.resume()
        if team.leads:
            config.write(out / CONFIG)
            with replacing(out / REPORT) as temporary:
                temporary.write_text(json.dumps(dataclasses.asdict(pictures.report), indent=1), encoding="utf-8")
        trainer.run(deadline=_BEGAN + config.minutes * 60 if config.minutes else math.inf)
    finally:
        team.leave()


def _say(lines: list[str]) -> None:
    for line in lines:
        logger.info("%s", line)


def main(argv: list[str] | None = None) -> int:
    """`python -m blobgan_blender.training`, which torchrun starts: 0, or 1 after one sentence on stderr."""
    from ..core.errors import BlobGANError

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    parser = argparse.ArgumentParser(prog="blobgan train", description="Train a BlobGAN on a folder of pictures.")
    add_arguments(parser)
    try:
        run(parser.parse_args(argv))
    except BlobGANError as error:
        logger.error("%s", error)
        return 1
    except OSError as error:
        logger.error("%s cannot be used (%s).", error.filename or "A file", error.strerror or error)
        return 1
    return 0
