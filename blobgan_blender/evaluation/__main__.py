"""`python -m blobgan_blender.evaluation segmenter|evaluate …`: see `--help`. The second is `blobgan evaluate`."""

from __future__ import annotations

import argparse
import sys

from ..core.errors import BlobGANError
from . import command


def main(argv: list[str] | None = None) -> int:
    """Runs one command; 0, or 1 after one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="blobgan_blender.evaluation", description="How good a model is, measured.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    evaluate = commands.add_parser("evaluate", help="measure models: `blobgan evaluate`")
    command.add_arguments(evaluate)
    evaluate.set_defaults(run=command.run)
    segmenter = commands.add_parser("segmenter", help="train what finds the objects in pictures of rooms")
    command.add_segmenter_arguments(segmenter)
    segmenter.set_defaults(run=command.run_segmenter)
    options = parser.parse_args(argv)
    try:
        options.run(options)
    except BlobGANError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
