"""Make a Python environment for this checkout: `python3 scripts/setup_env.py [dev | docs | 4.2 | 4.5 | 5.2]`.

`dev` is `.venv`, with everything but the documentation site's tools: `docs` is `.venv-docs`, with no Blender in it.
`4.2` is `.venv-4.2`, with that Blender and no torch, for the bpy tests alone; `4.5` and `5.2` alike. Versions come
from `requirements/`. Nothing happens when the environment stands with these pins.

Standard library only, and any Python from 3.8: a newcomer's `python3` need not be the one that Blender's wheels want.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "requirements"
BLENDER_OF_PYTHON = {"3.11": "4.5", "3.13": "5.2"}  # the LTS wheel for each Python, in order of preference
PROBE_SECONDS = 20
IMPORT_SECONDS = 180  # first import of bpy reads 1 GB from a cold disk
EXIT_FAILED = 1
EXIT_NO_PYTHON = 3  # so that `make test-all` can skip, loudly, what this machine cannot run

# What `import bpy` needs beyond a minimal Debian or Ubuntu: shared object -> package.
SYSTEM_LIBRARIES = {
    "libX11.so.6": "libx11-6",
    "libXrender.so.1": "libxrender1",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libSM.so.6": "libsm6",
    "libGL.so.1": "libgl1",
}


class SetupError(Exception):
    """What is missing, and the next step, in a sentence or two."""

    def __init__(self, sentence: str, code: int = EXIT_FAILED) -> None:
        super().__init__(sentence)
        self.code = code


class Environment(NamedTuple):
    """One environment: where it stands, the Pythons it may run on, what pip installs."""

    folder: str
    pythons: tuple[str, ...]
    extras: str
    blender: bool = True  # whether it holds Blender as a module


ENVIRONMENTS = {
    "dev": Environment(".venv", tuple(BLENDER_OF_PYTHON), "export,dev"),
    "docs": Environment(".venv-docs", ("3.11", "3.12", "3.13", "3.14"), "docs", blender=False),
    "4.2": Environment(".venv-4.2", ("3.11",), "test"),
    "4.5": Environment(".venv-4.5", ("3.11",), "test"),
    "5.2": Environment(".venv-5.2", ("3.13",), "test"),
}


def say(text: str) -> None:
    print(f"set-up: {text}", flush=True)


def probe(python: str) -> tuple[str, str] | None:
    """(`3.11`, its real path) of a Python that runs, None for one that does not (a pyenv shim may exist and fail).

    The real path, since an environment made by `/usr/bin/python3` becomes another Python when that link moves on.
    """
    code = "import os, sys; print('%d.%d' % sys.version_info[:2]); print(os.path.realpath(sys.executable))"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    version, path = done.stdout.splitlines()
    return version, path


def version_of(python: str) -> str | None:
    """`3.11`, or None if it does not run."""
    found = probe(python)
    return found[0] if found else None


def candidates(version: str) -> list[str]:
    """Paths that may be a Python of this version: the one running this, the PATH's, pyenv's and uv's."""
    names = (f"python{version}", "python3")
    on_path = [shutil.which(name, path=folder) for folder in os.get_exec_path() for name in names]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    uv = Path.home() / ".local/share/uv/python"
    managed = [*sorted(pyenv.glob(f"{version}.*/bin/python3")), *sorted(uv.glob(f"cpython-{version}.*/bin/python3"))]
    found = [sys.executable, *(path for path in on_path if path), *map(str, managed)]
    return list(dict.fromkeys(found))


def find_python(versions: tuple[str, ...]) -> tuple[str, str]:
    """The first Python that runs, by order of versions: (path, version)."""
    for version in versions:
        for candidate in candidates(version):
            found = probe(candidate)
            if found and found[0] == version:
                return found[1], version
    wanted = " or ".join(versions)
    sentence = f"No Python {wanted} found, which Blender's wheel needs. Install one and run this again."
    raise SetupError(sentence, EXIT_NO_PYTHON)


def missing_packages(python: str, version: str, libraries: dict[str, str]) -> list[str]:
    """Debian packages that this machine lacks, for these shared objects and for making an environment."""
    packages = []
    if subprocess.run([python, "-c", "import ensurepip"], capture_output=True, check=False).returncode != 0:
        packages.append(f"python{version}-venv")
    if sys.platform == "linux":
        for library, package in libraries.items():
            try:
                ctypes.CDLL(library)
            except OSError:
                packages.append(package)
    return packages


def install_packages(packages: list[str]) -> None:
    """Install by apt when root on a Debian; otherwise say the one line that does."""
    line = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise SetupError(f"This machine lacks libraries that Blender needs; on Debian they come by: {line}")
    if os.geteuid() != 0:
        raise SetupError(f"This machine lacks libraries that Blender needs. Run: sudo {line}")
    say(f"installing system libraries: {line}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], [*shlex.split(line), "-qq"]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SetupError(f"'{shlex.join(command)}' failed:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")


def pins_hash(blender: str | None, environment: Environment) -> str:
    """Changes with what would be installed: the pins and pyproject's tables above its [tool] tables."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("\n[tool.")[0]
    files = [PINS / "pins.txt", *([blender_pin(blender)] if blender else [])]
    pins = "".join(path.read_text(encoding="utf-8") for path in files)
    return hashlib.sha256((project + pins + environment.extras).encode()).hexdigest()


def blender_pin(blender: str) -> Path:
    return PINS / f"blender-{blender}.txt"


def warn_of_big_torch(version: str) -> None:
    """PyPI's Linux wheel of torch carries CUDA; a CPU wheel in a folder that pip looks in spares the download."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return
    tag = f"cp{version.replace('.', '')}"
    folders = [Path(folder) for folder in os.environ.get("PIP_FIND_LINKS", "").split() if "://" not in folder]
    if not any(folder.is_dir() and list(folder.glob(f"torch-*+cpu-{tag}-*.whl")) for folder in folders):
        say(
            "torch comes with CUDA, about 3 GB to download. To spare that, put a CPU wheel of torch for "
            f"Python {version} into a folder and name the folder in PIP_FIND_LINKS."
        )


def pip(python: Path, *arguments: str) -> None:
    """Quiet pip; its words are shown only when it fails."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    done = subprocess.run(
        [*command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        raise SetupError(f"pip could not install {shlex.join(arguments)}:\n{done.stdout[-3000:]}")


def import_bpy(python: Path) -> None:
    """Blender's wheel really imports here; otherwise its own words say which library is missing."""
    code = "import bpy, os; print(bpy.app.version_string, flush=True); os._exit(0)"
    command = [str(python), "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=IMPORT_SECONDS, check=False)
    if done.returncode != 0:
        raise SetupError(
            f"Blender's wheel does not import: {done.stderr.strip().splitlines()[-1:]}. "
            "If it names a .so file, install the package that holds it and run this again."
        )
    say(f"Blender {done.stdout.strip()} as a Python module")


def make(name: str) -> Path:
    """Make or update one environment; returns its Python."""
    environment = ENVIRONMENTS[name]
    folder = ROOT / environment.folder
    python = folder / "bin" / "python"
    stamp = folder / ".pins"
    version = version_of(str(python))
    base = None
    if version not in environment.pythons:
        base, version = find_python(environment.pythons)
    blender = (BLENDER_OF_PYTHON[version] if name == "dev" else name) if environment.blender else None
    wanted = pins_hash(blender, environment)
    if base is None and stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == wanted:
        stamp.touch()
        return python

    packages = missing_packages(base or str(python), version, SYSTEM_LIBRARIES if blender else {})
    if packages:
        install_packages(packages)
    if base:
        say(f"{environment.folder} on Python {version} ({base})" + (f", for Blender {blender}" if blender else ""))
        subprocess.run([base, "-m", "venv", "--clear", str(folder)], check=True)
    say("build tools")
    pip(python, "-c", str(PINS / "pins.txt"), "hatchling", "editables")
    if blender:
        say(f"Blender {blender}'s wheel, 350 MB to download the first time")
        pip(python, "-c", str(PINS / "pins.txt"), "-r", str(blender_pin(blender)))
    if "export" in environment.extras:
        say("torch, several minutes the first time")
        warn_of_big_torch(version)
        pip(python, "-c", str(PINS / "pins.txt"), "torch")
    say("the rest, and this checkout")
    pip(python, "-c", str(PINS / "pins.txt"), "--no-build-isolation", "-e", f".[{environment.extras}]")
    if blender:
        import_bpy(python)
    stamp.write_text(wanted + "\n", encoding="utf-8")
    say(f"{environment.folder} is ready")
    return python


def main() -> int:
    name = sys.argv[1] if len(sys.argv) > 1 else "dev"
    if name not in ENVIRONMENTS:
        print(f"No environment '{name}'. Choose one of: {', '.join(ENVIRONMENTS)}.", file=sys.stderr)
        return 2
    try:
        make(name)
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr, flush=True)
        return error.code
    return 0


if __name__ == "__main__":
    sys.exit(main())
