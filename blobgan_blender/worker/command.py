"""Commands of `blobgan` that need torch, run by the worker's Python in a process of their own, with a way out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence

from ..core.errors import BlobGANError, Cancelled, WorkerError
from .interpreter import Interpreter
from .process import LAUNCHER, PACKAGE_FOLDER
from .python_search import probe
from .spawn import clean_environment, detached, signal_group

_LOOK = 0.05  # seconds between looks at the process and at `cancelled`
_PROBE = 15.0  # seconds for a Python to say what packages it has
_MARK = "blobgan: "  # what the command line puts before the sentence that it fails with


def python_with_torch(pythons: Sequence[Interpreter], cancelled: Callable[[], bool]) -> Interpreter:
    """The first of some Pythons that has torch and all else that a conversion needs; raises `WorkerError` if none."""
    for python in pythons:
        if cancelled():
            raise Cancelled("The search for a Python was cancelled.")
        found = probe(python, deadline=_PROBE, device=False)
        if found.ok and (found.engine or "").startswith("torch"):
            return python
    raise WorkerError(
        "An official checkpoint is read with PyTorch, and no Python here has it. Set it up, or set a Python with torch "
        "as Worker Python, in the preferences of BlobGAN."
    )


def run_command(python: Interpreter, arguments: Sequence[str], cancelled: Callable[[], bool]) -> None:
    """Run one command and wait for its end, or for `cancelled`, which ends it.

    Args:
        python: one that has the packages which the command needs.
        arguments: of `blobgan`, such as `["convert", "official.ckpt", "mine.safetensors"]`.

    Raises:
        Cancelled: it was.
        BlobGANError: the command refused: its own sentence; or it ended otherwise.
    """
    orders: str | None = json.dumps(
        {
            "command": list(arguments),
            "package": str(PACKAGE_FOLDER),
            "packages": None if python.packages is None else str(python.packages),
        }
    )
    try:
        process = subprocess.Popen(
            [str(python), "-I", "-X", "utf8", str(LAUNCHER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env=clean_environment(),
            **detached(),
        )
    except OSError as error:
        raise WorkerError(
            f"{python} cannot be run ({error.strerror}). Choose another Python in the preferences of BlobGAN."
        ) from error
    with process:
        try:
            while True:
                try:
                    output, _ = process.communicate(orders, timeout=_LOOK)
                    break
                except subprocess.TimeoutExpired:
                    orders = None
                    if cancelled():
                        raise Cancelled("The command was cancelled.") from None
        finally:
            signal_group(process, "SIGKILL")  # it may be over, and have left children that hold its output open
    if process.returncode:
        raise _failure(arguments[0], process.returncode, output.split("\n"))


def _failure(command: str, code: int, said: Sequence[str]) -> BlobGANError:
    for line in reversed(said):
        if line.startswith(_MARK):
            return BlobGANError(line.removeprefix(_MARK))
    last = next((line.strip()[:300] for line in reversed(said) if line.strip()), f"exit code {code}")
    return BlobGANError(f"“blobgan {command}” broke off ({last}). Try again; if memory is short, end other programs.")
