"""A release, in dist/VERSION: `python -m scripts.release` (`make release`).

blobgan_blender-VERSION-PLATFORM.zip    what Blender installs, each validated by Blender's own command
index.json, index.html                  a static extension repository of them: serve the folder as it is
without-engine/                         the zip for a Blender with another Python than Blender's own builds have
examples/                               the example scenes
NOTES.md                                this version's section of the changelog
SHA256SUMS                              of all of them, as `sha256sum --check` reads it
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import build_zip
from .build_zip import ROOT

CHANGELOG = ROOT / "CHANGELOG.md"
SUMS = "SHA256SUMS"


def notes(changelog: str, version: str) -> str:
    """The section of a version, without its heading.

    Raises:
        SystemExit: the changelog has none, or an empty one.
    """
    found = re.search(
        rf"^## {re.escape(version)}(?![\w.])[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    text = found[1].strip() if found else ""
    if not text:
        raise SystemExit(f"{CHANGELOG.name} says nothing of {version}. Write a section '## {version}' first.")
    return text + "\n"


def repository(folder: Path, without_engine: Path) -> None:
    """The zips, and an index of those that an artist's Blender may choose from.

    The zip without wheels stands apart: in an index it would be a second offer for the same platforms.
    """
    build_zip.build(*build_zip.PLATFORMS, output=folder)
    build_zip.build(output=without_engine)
    index(folder)


def index(folder: Path) -> None:
    """Blender's own listing of the zips in a folder: index.json for Blender, index.html for people."""
    build_zip.extension("server-generate", "--repo-dir", str(folder), "--html")


def examples(folder: Path) -> None:
    """The example scenes, by a Blender of their own."""
    done = subprocess.run([sys.executable, "-m", "scripts.examples", str(folder)], cwd=ROOT, check=False)
    if done.returncode != 0:
        raise SystemExit("The examples could not be made; the reason stands above.")


def write_sums(folder: Path) -> None:
    """SHA-256 of every file below a folder, by its path there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}" for path in files
    ]
    (folder / SUMS).write_text("\n".join(lines) + "\n", encoding="utf-8")


def release(folder: Path) -> None:
    """Make the whole of it, in a folder that is emptied first."""
    text = notes(CHANGELOG.read_text(encoding="utf-8"), build_zip.version())  # first: it may say no
    shutil.rmtree(folder, ignore_errors=True)
    repository(folder, folder / "without-engine")
    examples(folder / "examples")
    (folder / "NOTES.md").write_text(f"# BlobGAN {build_zip.version()}\n\n{text}", encoding="utf-8")
    write_sums(folder)


def main() -> int:
    """Make it, and say what is there."""
    folder = build_zip.OUTPUT / build_zip.version()
    release(folder)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 2**20:.2f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
