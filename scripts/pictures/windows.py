"""Blender's window with the installed extension: `python -m scripts.pictures.windows`. Takes root: scripts/window."""

from __future__ import annotations

import sys

from PIL import Image

from scripts import build_zip
from scripts.window import folder, run

from .sheets import write

INSIDE = build_zip.ROOT / "tests" / "gui" / "inside" / "pictures.py"
OUT = build_zip.ROOT / "out" / "pictures"


def main() -> int:
    (archive,) = build_zip.build("linux-x64")
    facts = run.run(folder.SUITES[0], archive, INSIDE, OUT, worker_python=False)
    shots = [OUT / f"{name}.png" for name in ("start", "window", "blob-map", "model-library")]
    if facts["exit code"] or not all(shot.is_file() for shot in shots):
        print(f"The window was not seen; {OUT / 'blender.log'} says why.", file=sys.stderr)
        return 1
    for shot in shots:
        with Image.open(shot) as image:
            write(shot.stem, image.convert("RGB"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
