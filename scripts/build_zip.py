"""Build and check the extension's zips by Blender's own command, in `dist/`: `scripts/build_zip.py [PLATFORM …]`.

A zip for each platform carries the wheels of the ONNX engine (`requirements/wheels.txt`), so that a room can be drawn
the moment it is installed. One more carries none: for other platforms, and for a Blender with another Python than
Blender's own builds have, which refuses wheels that it cannot use; its worker needs a Python with torch.

The command line of Blender's extension system lies in the `bpy` wheel as a plain Python program, the one that
`blender --command extension` runs too: what it accepts, Blender accepts.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "blobgan_blender"
OUTPUT = ROOT / "dist"
DOWNLOADS = ROOT / "build" / "wheels"  # kept: the same wheels serve the next build
PINS = ROOT / "requirements" / "wheels.txt"
PYTHONS = ("3.11", "3.13")  # Blender 4.2 to 5.0, and 5.1 on
# Blender's name of a platform, and the index's.
PLATFORMS = {"linux-x64": "manylinux_2_28_x86_64", "windows-x64": "win_amd64", "macos-arm64": "macosx_14_0_arm64"}


def extension_command() -> Path:
    """Blender's own extension program inside the `bpy` wheel (found, not imported: bpy takes seconds)."""
    spec = importlib.util.find_spec("bpy")
    if spec is None or spec.origin is None:
        raise SystemExit("No bpy wheel in this Python. Run `make setup` and use .venv/bin/python.")
    pattern = "*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
    return next(Path(spec.origin).parent.glob(pattern))


def run(*command: str) -> None:
    """Run a command; its own words say what is wrong."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command[:5])} … failed:\n{done.stdout}")


def extension(*arguments: str) -> None:
    """Run one command of Blender's extension system."""
    run(sys.executable, str(extension_command()), *arguments)


def download(platform: str) -> list[Path]:
    """The wheels for one platform and every Python; downloads only what an earlier build has not."""
    folder = DOWNLOADS / platform
    for python in PYTHONS:
        run(
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"),
            *("--only-binary=:all:", "--platform", PLATFORMS[platform], "--python-version", python),
            *("--find-links", str(folder), "--dest", str(folder), "--requirement", str(PINS)),
        )
    pinned = {line.split("==")[0]: line.split("==")[1] for line in PINS.read_text().split() if "==" in line}
    named = [f"{name}-{version}-" for name, version in pinned.items()]
    return sorted(wheel for wheel in folder.glob("*.whl") if wheel.name.startswith(tuple(named)))


def version() -> str:
    """The version of this checkout, from the manifest: the one place where it stands."""
    return str(_manifest()["version"])


def _manifest() -> dict[str, Any]:
    return tomllib.loads((SOURCE / "blender_manifest.toml").read_text(encoding="utf-8"))


def stage(folder: Path, platforms: tuple[str, ...], named: str) -> None:
    """Copy the package to `folder`, with its wheels, and name them and the version `named` in its manifest."""
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "wheels").mkdir()
    for platform in platforms:
        for wheel in download(platform):
            shutil.copy(wheel, folder / "wheels")
    manifest = folder / "blender_manifest.toml"
    wheels = [f"./wheels/{wheel.name}" for wheel in sorted((folder / "wheels").iterdir())]
    # Before the tables: these are keys of the manifest itself.
    head, table, rest = manifest.read_text(encoding="utf-8").partition("\n[permissions]")
    lists = "".join(f"\n{key} = {list(values)!r}\n" for key, values in (("platforms", platforms), ("wheels", wheels)))
    head = head.replace(f'version = "{version()}"', f'version = "{named}"')
    manifest.write_text(head + (lists if platforms else "") + table + rest, encoding="utf-8")


def build(*platforms: str, output: Path = OUTPUT, named: str | None = None) -> list[Path]:
    """Validate the source, build a zip for each platform, validate the zips. Returns their paths.

    Args:
        platforms: of `PLATFORMS`; none for the one zip without wheels.
        output: the folder for them.
        named: another version than the checkout's, to try an upgrade.
    """
    unknown = set(platforms) - set(PLATFORMS)
    if unknown:
        raise SystemExit(f"No platform {', '.join(unknown)}. Choose of: {', '.join(PLATFORMS)}.")
    identifier = _manifest()["id"]
    name = f"{identifier}-{named or version()}"
    built = [output / f"{name}-{platform.replace('-', '_')}.zip" for platform in platforms] or [output / f"{name}.zip"]
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        source = SOURCE
        if platforms or named:
            source = Path(temporary) / identifier
            stage(source, platforms, named or version())
        split = ["--split-platforms"] if platforms else []
        extension("validate", str(source))
        extension("build", *split, "--source-dir", str(source), "--output-dir", str(output))
    for path in built:
        extension("validate", str(path))
    return built


if __name__ == "__main__":
    for built in build(*sys.argv[1:]) if sys.argv[1:] else [*build(*PLATFORMS), *build()]:
        print(f"{built.relative_to(ROOT)}  {built.stat().st_size / 2**20:.1f} MiB")
