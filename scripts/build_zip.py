"""Build and check the extension's zip by Blender's own command, in `dist/`: `python scripts/build_zip.py`.

The command line of Blender's extension system lies in the `bpy` wheel as a plain Python program, the one that
`blender --command extension` runs too: no Blender need be installed, and what it accepts, Blender accepts.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "blobgan_blender"
OUTPUT = ROOT / "dist"


def extension_command() -> Path:
    """Blender's own extension program inside the `bpy` wheel (found, not imported: bpy takes seconds)."""
    spec = importlib.util.find_spec("bpy")
    if spec is None or spec.origin is None:
        raise SystemExit("No bpy wheel in this Python. Run `make setup` and use .venv/bin/python.")
    pattern = "*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
    return next(Path(spec.origin).parent.glob(pattern))


def extension(*arguments: str) -> None:
    """Run one extension command; its own words say what is wrong."""
    done = subprocess.run(
        [sys.executable, str(extension_command()), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"extension {arguments[0]} failed:\n{done.stdout}")


def build() -> Path:
    """Validate the source, build the zip, validate the zip. Returns its path."""
    manifest = tomllib.loads((SOURCE / "blender_manifest.toml").read_text(encoding="utf-8"))
    path = OUTPUT / f"{manifest['id']}-{manifest['version']}.zip"
    OUTPUT.mkdir(exist_ok=True)
    extension("validate", str(SOURCE))
    extension("build", "--source-dir", str(SOURCE), "--output-dir", str(OUTPUT))
    extension("validate", str(path))
    return path


if __name__ == "__main__":
    built = build()
    print(f"{built.relative_to(ROOT)}  {built.stat().st_size / 2**20:.1f} MiB")
