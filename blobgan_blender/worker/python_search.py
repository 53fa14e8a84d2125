"""Which Python runs the worker: the candidates in order, and what each can do, found out in a process of its own."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import WorkerError
from ..core.spawn import clean_environment, detached, signal_group
from .interpreter import Interpreter

logger = logging.getLogger(__name__)

VARIABLE = "BLOBGAN_PYTHON"
OLDEST = (3, 11)
UNFINISHED = "blobgan-unfinished"  # a file in an environment that is still being set up
PROBE_DEADLINE = 60.0  # seconds: the first import of torch from a cold or scanned disk takes long
MANIFEST = Path(__file__).resolve().parent.parent / "blender_manifest.toml"
_SET_UP = "Press Set Up PyTorch in the preferences of BlobGAN, or choose a Python with torch there."
_STEP = 0.02  # seconds between looks at a running probe

# Imports only where asked: whether packages are there is known in 50 ms, a device only after torch's seconds.
_PROBE = """
import importlib.metadata, importlib.util, json, sys
sys.path += sys.argv[2:]
found = {"version": list(sys.version_info[:3]), "prefix": sys.prefix, "device": None, "error": None}
for name in ("torch", "numpy", "safetensors", "onnxruntime"):
    found[name] = None
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.origin is not None:  # else a bare folder, as an uninstall may leave one
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "unknown"
if sys.argv[1] == "device" and found["torch"] and found["numpy"]:
    def works(name):
        try:
            ones = torch.ones(64, 64, device=name)
            return bool((ones @ ones).sum().item() == 64**3)
        except Exception:
            return False
    try:
        import numpy, torch
        found["torch"] = str(torch.__version__)
        backends = {
            "cuda": torch.cuda.is_available,
            "mps": torch.backends.mps.is_available,
            "xpu": lambda: hasattr(torch, "xpu") and torch.xpu.is_available(),
        }
        found["device"] = next((name for name, there in backends.items() if there() and works(name)), "cpu")
        if found["device"] == "cpu" and not works("cpu"):
            found["error"] = "it computes wrongly on the CPU"
        if found["device"] == "cuda":
            found["device"] = f"cuda ({torch.cuda.get_device_name(0)})"
    except Exception as error:
        found["error"] = f"{type(error).__name__}: {error}"
elif sys.argv[1] == "device" and found["onnxruntime"] and found["numpy"]:
    try:
        import numpy, onnxruntime
        found["device"] = "cpu"
    except Exception as error:
        found["error"] = f"{type(error).__name__}: {error}"
print("\\n" + json.dumps(found))
"""


@dataclass(frozen=True)
class Probe:
    """What one Python can do for the worker.

    Attributes:
        python: as it was given.
        ok: whether the worker would run on it.
        version: the Python's, None where unknown.
        engine: what would draw, with its version, such as "torch 2.13.0" or "onnxruntime 1.32.0"; None if nothing.
        device: "cuda (name)", "mps", "xpu" or "cpu"; None unless the probe was asked for it.
        problem: why it is not ok, one sentence with the next step; None if it is.
    """

    python: Interpreter
    ok: bool
    version: str | None = None
    engine: str | None = None
    device: str | None = None
    problem: str | None = None


class Stopped(WorkerError):  # noqa: N818 - an outcome more than an error
    """The search was told to stop."""


def candidates(
    preference: str = "", models_folder: Path | None = None, blender: Interpreter | None = None
) -> list[Interpreter]:
    """Where a Python for the worker may lie, best first, each once; not all of them need exist.

    Args:
        preference: the path in the add-on's preferences, empty for none.
        models_folder: the folder of models; its `env` may be a virtual environment.
        blender: Blender's own Python, with the packages that its extensions brought along; this one if None.
    """

    def places() -> Iterator[str | Path]:
        yield os.environ.get(VARIABLE, "")
        yield preference
        if models_folder is not None:
            environment = models_folder / "env"
            # An environment that nobody made is no candidate: it should not clutter the message. Nor is half a one.
            there = environment.is_dir() and not (environment / UNFINISHED).exists()
            yield environment_python(models_folder) if there else ""

    found = [Interpreter(Path(place).expanduser()) for place in places() if str(place)]
    return list(dict.fromkeys([*found, blender or Interpreter(Path(sys.executable))]))


def environment_python(models_folder: Path) -> Path:
    """The Python of a models folder's own virtual environment, there or not."""
    return models_folder / "env" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def find_python(
    stop: threading.Event | None = None,
    *,
    preference: str = "",
    models_folder: Path | None = None,
    blender: Interpreter | None = None,
    deadline: float = PROBE_DEADLINE,
) -> Interpreter:
    """The first candidate that has all the worker needs.

    Looks at installed packages and imports none of them: the worker itself shows soon enough whether they run.

    Args:
        stop: set it from another thread to give up within a few milliseconds (`Stopped`).
        deadline: seconds for each candidate.

    Raises:
        WorkerError: none works; names each with its problem.
    """
    problems = []
    for python in candidates(preference, models_folder, blender):
        found = probe(python, deadline=deadline, device=False, stop=stop)
        if found.ok:
            return python
        logger.info("not for the worker: %s: %s", python, found.problem)
        problems.append(f"{python}: {found.problem}")
    raise WorkerError(
        "No Python can run the BlobGAN worker. " + " ".join(problems)
        if problems
        else "No Python was found for the BlobGAN worker: set one in the preferences of BlobGAN."
    )


def probe(
    python: Interpreter, *, deadline: float = PROBE_DEADLINE, device: bool = True, stop: threading.Event | None = None
) -> Probe:
    """Find out what `python` can do; never raises for what that process does.

    Args:
        deadline: seconds until it is killed.
        device: import torch and try its devices (seconds), instead of only looking for the packages (50 ms).
        stop: see `find_python`.
    """
    try:
        depth = "device" if device else "packages"
        packages = [] if python.packages is None else [str(python.packages)]
        output = _run([str(python), "-I", "-X", "utf8", "-c", _PROBE, depth, *packages], deadline, stop)
        found = json.loads(output.splitlines()[-1])
        return _judge(python, found)
    except subprocess.TimeoutExpired:
        problem = f"it did not answer within {deadline:g} seconds. Choose another Python in the preferences of BlobGAN."
    except OSError as error:
        problem = f"it cannot be run ({error.strerror}). Choose another Python in the preferences of BlobGAN."
    except subprocess.CalledProcessError as error:
        reason = _last_line(error.stderr) or f"exit code {error.returncode}"
        problem = f"it does not run as a Python ({reason:.200}). Choose another one in the preferences of BlobGAN."
    except (ValueError, LookupError, TypeError):
        problem = "it does not answer as a Python. Choose another one in the preferences of BlobGAN."
    return Probe(python, ok=False, problem=problem)


def _judge(python: Interpreter, found: dict[str, Any]) -> Probe:
    numbers = tuple(found["version"])
    version = ".".join(map(str, numbers))
    # onnxruntime needs no safetensors: the ONNX engine reads weights itself.
    package = "torch" if found["torch"] or not found["onnxruntime"] else "onnxruntime"
    needed = ("torch", "numpy", "safetensors") if package == "torch" else ("onnxruntime", "numpy")
    lacking = [name for name in needed if found[name] is None]
    if numbers < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        problem = f"it is Python {version}, and the worker needs {oldest}. Choose a newer one in the preferences."
    elif lacking and _is_own(python):
        problem = f"it is Python {version} and has {_no_wheel(package)}. {_SET_UP}"
    elif lacking:
        problem = f"it has no {' and no '.join(lacking)}. {_remedy(python, found['prefix'])}"
    elif found["error"] and _is_own(python):
        problem = f"its {package} does not work ({found['error']:.200}). Install BlobGAN's zip again, or: {_SET_UP}"
    elif found["error"]:
        remedy = _remedy(python, found["prefix"])
        problem = f"its {package} does not work ({found['error']:.200}). Install it again. {remedy}"
    else:
        problem = None
    engine = None if found[package] is None else f"{package} {found[package]}"
    return Probe(python, problem is None, version, engine, found["device"], problem)


def _is_own(python: Interpreter) -> bool:
    """Whether it is the Python of this process, in which nothing is installed: Blender's."""
    return python.executable == Path(sys.executable)


def _no_wheel(package: str) -> str:
    """What Blender's own Python lacks, and for which Pythons this extension brings it."""
    if package != "torch":  # onnxruntime is there, so it is numpy that is not
        return "no numpy"
    text = MANIFEST.read_text(encoding="utf-8") if MANIFEST.is_file() else ""
    versions = sorted({int(minor) for minor in re.findall(r"onnxruntime-[^/]*-cp3(\d+)-", text)})
    if not versions:
        return "no onnxruntime: this zip of BlobGAN brings no wheels, those for a platform do"
    brought = " and ".join(f"3.{minor}" for minor in versions)
    return f"no onnxruntime: this zip of BlobGAN brings the wheel for Python {brought}, and no other"


def _remedy(python: Interpreter, prefix: str) -> str:
    """The two commands that make an environment for the worker; one where there is an environment already."""
    install = "-m pip install torch numpy safetensors"
    if (Path(prefix) / "pyvenv.cfg").is_file():
        return f'Run: "{python}" {install}'
    inside = r"blobgan-env\Scripts\python.exe" if sys.platform == "win32" else "blobgan-env/bin/python"
    return f'Run: "{python}" -m venv blobgan-env, then: {inside} {install}, and set that Python in the preferences.'


def _run(command: list[str], deadline: float, stop: threading.Event | None) -> str:
    """The standard output of `command`; OSError, TimeoutExpired, CalledProcessError or Stopped otherwise."""
    until = time.monotonic() + deadline
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=clean_environment(),
        **detached(),
    ) as process:
        try:
            while True:
                try:
                    output, errors = process.communicate(timeout=_STEP)
                    break
                except subprocess.TimeoutExpired:
                    if time.monotonic() > until:
                        raise
                    if stop is not None and stop.is_set():
                        raise Stopped("The search for a Python was stopped.") from None
        finally:
            signal_group(process, "SIGKILL")  # it may be over, and have left children that hold its output open
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output, errors)
    return output


def _last_line(text: str | None) -> str:
    lines = (text or "").strip().splitlines()
    return lines[-1].strip() if lines else ""
