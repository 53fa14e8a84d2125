"""`python -m blobgan_blender.datasets rooms FOLDER --count 20000 --resolution 128`: see `--help`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from ..core.errors import BlobGANError
from .folder import DatasetError, RoomFolder
from .rooms import Job, render_rooms
from .shards import pack
from .worker import Share, work

MIB = 2**20


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; 0, or 1 after one sentence on stderr."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = make_parser().parse_args(arguments)
    try:
        options.run(options)
    except BlobGANError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        what = f"{error.filename or 'A file'} cannot be used ({error.strerror or error})."
        print(f"{what} Choose another folder, or make room.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the same command goes on from here.", file=sys.stderr)
        return 130
    return 0


def make_parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    parser = argparse.ArgumentParser(
        prog="python -m blobgan_blender.datasets", description="Training pictures of rooms, rendered by Cycles."
    )
    commands = parser.add_subparsers(required=True)

    rooms = commands.add_parser("rooms", help="render rooms; goes on where it stopped")
    rooms.add_argument("folder", type=Path)
    rooms.add_argument("--count", type=int, default=10_000, help="rooms (default: %(default)s)")
    rooms.add_argument("--resolution", type=int, default=128, help="width and height in pixels (default: %(default)s)")
    rooms.add_argument("--start", type=int, default=0, help="first seed (default: %(default)s)")
    rooms.add_argument("--samples", type=int, default=32, help="Cycles samples a pixel (default: %(default)s)")
    rooms.add_argument("--device", choices=("AUTO", "CUDA", "OPTIX", "CPU"), default="AUTO")
    rooms.add_argument(
        "--processes", type=int, default=0, help="in all (default: 16 a GPU or what its memory holds, else one a core)"
    )
    rooms.add_argument("--no-manifest", dest="manifest", action="store_false", help="leave it to `manifest`, elsewhere")
    rooms.set_defaults(run=_rooms)

    manifest = commands.add_parser("manifest", help="describe the rooms that a folder holds")
    manifest.add_argument("folder", type=Path)
    manifest.set_defaults(run=lambda o: print(f"{RoomFolder(o.folder).write_manifest()} rooms described."))

    report = commands.add_parser("report", help="how often each class is there, where, and with which others; no bpy")
    report.add_argument("--count", type=int, default=10_000, help="rooms (default: %(default)s)")
    report.add_argument("--start", type=int, default=0, help="first seed (default: %(default)s)")
    report.set_defaults(run=_report)

    packing = commands.add_parser("pack", help="pack rooms not yet packed into tar.xz files of bounded size")
    packing.add_argument("folder", type=Path)
    packing.add_argument("destination", type=Path)
    packing.add_argument("--limit", type=float, default=15, help="MiB a file (default: %(default)s)")
    packing.add_argument("--shards", type=int, default=4, help="files at most (default: %(default)s)")
    packing.add_argument("--final", action="store_true", help="also a last file that is not full")
    packing.set_defaults(run=_pack)

    worker = commands.add_parser("worker")  # what `rooms` starts
    worker.add_argument("folder", type=Path)
    for name in ("start", "count", "index", "of", "resolution", "samples"):
        worker.add_argument(name, type=int)
    worker.add_argument("device")
    worker.add_argument("threads", type=int)
    worker.set_defaults(run=_worker)
    return parser


def _rooms(options: argparse.Namespace) -> None:
    def report(done: int, speed: float) -> None:
        left = f"{(options.count - done) / speed / 60:.1f} min left" if speed else "starting"
        print(f"{done} of {options.count} rooms, {speed:.2f} a second, {left}", flush=True)

    total = render_rooms(
        Job(
            RoomFolder(options.folder),
            options.count,
            options.resolution,
            options.start,
            options.samples,
            options.device,
            options.processes,
            options.manifest,
        ),
        report,
    )
    print(f"{options.folder} holds {total} rooms.", flush=True)


def _report(options: argparse.Namespace) -> None:
    from .statistics import measure  # needs numpy, which the machines that render may lack

    if options.count < 2:
        raise DatasetError(f"A report needs two rooms at least, not {options.count}. Give a larger --count.")
    for line in measure(options.count, options.start).lines():
        print(line)


def _pack(options: argparse.Namespace) -> None:
    written = pack(
        RoomFolder(options.folder), options.destination, int(options.limit * MIB), options.shards, options.final
    )
    for path in written:
        print(f"{path} {path.stat().st_size / MIB:.1f} MiB")
    print(f"{len(written)} shards packed.")


def _worker(options: argparse.Namespace) -> None:
    work(
        RoomFolder(options.folder),
        Share(options.start, options.count, options.index, options.of),
        options.resolution,
        options.samples,
        options.device,
        options.threads,
    )
    # Blender as a module may wait forever at an orderly exit.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
