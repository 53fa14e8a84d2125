"""The command `evaluate`: one table, the same for every model; and the training of the segmenter that it needs."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import options
from ..core.errors import BlobGANError
from ..library.replacing import replacing

if TYPE_CHECKING:
    import torch

    from .drawing import ModelDrawer
    from .features import FeatureNetwork
    from .fidelity import Real
    from .rooms import Rooms
    from .segmenter import Segmenter

SECTIONS = ("fidelity", "blobs", "layouts", "edits")
SEGMENTER = "segmenter.safetensors"
FEATURES = "~/.cache/blobgan/features"
_LAYOUTS = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `evaluate`."""
    parser.add_argument("models", nargs="*", metavar="MODEL", help="paths, or names of bundled ones (the bundled one)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="rendered rooms, as `blobgan_blender.datasets` makes")
    sections = parser.add_argument_group("sections", "all but --edits where --data is given and none is named")
    sections.add_argument("--fidelity", action="store_true", help="distance of pictures from the real ones (--data)")
    sections.add_argument("--blobs", action="store_true", help="whether blobs are objects (a segmenter)")
    sections.add_argument("--layouts", action="store_true", help="spread of places and sizes over seeds")
    sections.add_argument("--edits", action="store_true", help="move, remove, clone, auto-complete")
    parser.add_argument("--segmenter", type=Path, metavar="F.safetensors", help=f"for --blobs (DIR/{SEGMENTER})")
    parser.add_argument(
        "--features",
        type=Path,
        default=Path(FEATURES),
        metavar="DIR",
        help="feature networks, for --fidelity (%(default)s)",
    )
    parser.add_argument(
        "--count", type=options.count, default=10_000, metavar="N", help="pictures of fidelity (%(default)s)"
    )
    parser.add_argument("--samples", type=options.count, default=256, metavar="N", help="rooms of blobs (%(default)s)")
    parser.add_argument("--rooms", type=options.count, default=24, metavar="N", help="rooms of edits (%(default)s)")
    parser.add_argument("--seed", type=options.seed, default=0, metavar="K", help="of the first room (0)")
    parser.add_argument(
        "--truncation",
        type=options.fraction,
        metavar="T",
        help="of blobs, layouts, edits, 0 … 1; the model's if not given",
    )
    parser.add_argument(
        "--fidelity-truncation",
        type=options.fraction,
        default=0.0,
        metavar="T",
        help="of the pictures of fidelity (0, none)",
    )
    parser.add_argument("--device", help="cpu, cuda, mps, xpu; else BLOBGAN_DEVICE, else the best that works")
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="also write sheets to look at, as WebP")
    parser.add_argument("--json", "--out", type=Path, dest="json", metavar="F.json", help="also write every figure")


def run(arguments: argparse.Namespace) -> None:
    """Measure, print the tables, write the figures.

    Raises:
        BlobGANError: nothing to measure, or data, segmenter, feature networks or models that cannot be used.
    """
    from ..inference.devices import device_name, pick_device
    from ..library.search import named_model
    from .tables import tables

    sections = _sections(arguments)
    paths = [named_model(name) for name in arguments.models or [None]]
    device = pick_device(arguments.device)
    tools = _tools(arguments, sections, device)
    models = [_measure(path, arguments, sections, tools) for path in paths]
    report = {
        "device": device_name(device),
        "data": tools.rooms.described() if tools.rooms else None,
        "segmenter": tools.segmenter[1] if tools.segmenter else None,
        "models": models,
    }
    sys.stdout.write(tables(report) + "\n")
    if arguments.json:
        with replacing(arguments.json) as temporary:
            temporary.write_text(json.dumps(report, indent=1), encoding="utf-8")


def add_segmenter_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `segmenter`."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="rendered rooms with masks")
    parser.add_argument("--out", type=Path, metavar="F.safetensors", help=f"where to write it (DIR/{SEGMENTER})")
    parser.add_argument("--epochs", type=float, default=20.0, help="how often each room is seen (%(default)s)")
    parser.add_argument("--batch", type=options.count, default=64, help="rooms a step (%(default)s)")
    parser.add_argument("--minutes", type=float, default=0.0, help="end earlier; then it is not repeatable")
    parser.add_argument("--seed", type=options.seed, default=0, help="of weights and order (0)")
    parser.add_argument("--limit", type=options.count, metavar="N", help="the first N rooms alone")
    parser.add_argument("--device", help="cpu, cuda, mps, xpu; else BLOBGAN_DEVICE, else the best that works")


def run_segmenter(arguments: argparse.Namespace) -> None:
    """Train a segmenter, print the IoU of each class on held-out rooms, write it.

    Raises:
        BlobGANError: data that cannot be used, or a place that cannot be written to.
    """
    from ..inference.devices import pick_device
    from .rooms import load_rooms
    from .segmenter import SIDE, Training, save_segmenter, train_segmenter
    from .tables import segmenter_table

    device = pick_device(arguments.device)
    _repeatable()
    rooms = load_rooms(arguments.data, SIDE, masks=True, limit=arguments.limit)
    settings = Training(arguments.seed, arguments.epochs, arguments.batch, arguments.minutes)
    network, report = train_segmenter(rooms, settings, device, _say)
    out = arguments.out or arguments.data / SEGMENTER
    save_segmenter(network, out, report)
    sys.stdout.write(segmenter_table(report) + f"\nWrote {out}.\n")


@dataclass(frozen=True)
class _Tools:
    """What is loaded once for all models."""

    device: torch.device
    networks: list[FeatureNetwork]
    rooms: Rooms | None
    segmenter: tuple[Segmenter, dict[str, object]] | None
    real: dict[int, list[Real]] = field(default_factory=dict)  # by the side of the pictures

    def real_at(self, side: int, count: int) -> list[Real]:
        """The features of the real pictures at a model's resolution, to compare `count` of its own with."""
        from .fidelity import measure_real
        from .rooms import load_rooms

        if side not in self.real:
            assert self.rooms is not None
            rooms = self.rooms
            if rooms.pictures.shape[1] != side:
                rooms = load_rooms(rooms.root, side)
            _say(f"features of {len(rooms.pictures)} real pictures at {side}²")
            self.real[side] = measure_real(self.networks, rooms.pictures, count)
        return self.real[side]


def _tools(arguments: argparse.Namespace, sections: list[str], device: torch.device) -> _Tools:
    from .features import load_networks
    from .rooms import load_rooms
    from .segmenter import SIDE, load_segmenter

    _repeatable()
    # What may be missing is looked for before anything takes time.
    segmenter = None
    if "blobs" in sections or (arguments.sheets and (arguments.segmenter or arguments.data)):
        segmenter = load_segmenter(arguments.segmenter or arguments.data / SEGMENTER, device)
    networks = load_networks(arguments.features, device) if "fidelity" in sections else []
    rooms = load_rooms(arguments.data, SIDE) if "fidelity" in sections else None
    return _Tools(device, networks, rooms, segmenter)


def _measure(path: Path, arguments: argparse.Namespace, sections: list[str], tools: _Tools) -> dict[str, Any]:
    from ..model.blobgan import load_model
    from .drawing import ModelDrawer

    model, card = load_model(path)
    drawer = ModelDrawer(model, card, tools.device)
    truncation = card.truncation if arguments.truncation is None else arguments.truncation
    found: dict[str, Any] = {"model": card.name, "file": str(path), "sha256": card.sha256, "resolution": drawer.side}
    measures: dict[str, Callable[[], Any]] = {
        "fidelity": lambda: _fidelity(drawer, arguments, tools),
        "blobs": lambda: _blobs(drawer, arguments, tools, truncation),
        "layouts": lambda: _layouts(drawer, arguments, truncation),
        "edits": lambda: _edits(path, arguments, truncation),
    }
    for section in sections:
        began = time.monotonic()
        found[section] = measures[section]()
        found[section]["seconds"] = round(time.monotonic() - began, 1)
    if arguments.sheets:
        from .sheets import write_sheets

        write_sheets(drawer, tools.segmenter[0] if tools.segmenter else None, arguments.sheets, path.stem, truncation)
    return found


def _fidelity(drawer: ModelDrawer, arguments: argparse.Namespace, tools: _Tools) -> dict[str, Any]:
    from .fidelity import measure_fidelity

    real = tools.real_at(drawer.side, arguments.count)
    return measure_fidelity(real, drawer, arguments.count, arguments.fidelity_truncation, arguments.seed, _say)


def _blobs(drawer: ModelDrawer, arguments: argparse.Namespace, tools: _Tools, truncation: float) -> dict[str, Any]:
    from .objects import measure_objects

    assert tools.segmenter is not None
    segment = tools.segmenter[0].classes
    return measure_objects(drawer, segment, arguments.samples, truncation, arguments.seed, _say)


def _layouts(drawer: ModelDrawer, arguments: argparse.Namespace, truncation: float) -> dict[str, Any]:
    from .layouts import measure_layouts

    return measure_layouts(drawer, _LAYOUTS, truncation, arguments.seed)


def _edits(path: Path, arguments: argparse.Namespace, truncation: float) -> dict[str, Any]:
    from ..inference.engine import make_engine
    from .edits import evaluate_edits

    predictor = make_engine(arguments.device).load(path)
    return evaluate_edits(predictor, arguments.rooms, truncation, arguments.seed, _say)


def _sections(arguments: argparse.Namespace) -> list[str]:
    """Which sections are asked for, after a look whether they have what they need."""
    chosen = [section for section in SECTIONS if getattr(arguments, section)]
    if not chosen and arguments.data:
        chosen = ["fidelity", "blobs", "layouts"]
    if not chosen:
        raise BlobGANError("There is nothing to measure. Name rendered rooms with --data DIR, or ask for --edits.")
    if "fidelity" in chosen and arguments.data is None:
        raise BlobGANError("Fidelity compares with real pictures: name rendered rooms with --data DIR.")
    if "blobs" in chosen and arguments.data is None and arguments.segmenter is None:
        raise BlobGANError("Blobs are watched by a segmenter: name it with --segmenter F, or rooms with --data DIR.")
    return chosen


def _repeatable() -> None:
    """The same sums in the same order, in full float32."""
    import torch

    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
