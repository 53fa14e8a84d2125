"""Commands of `blobgan` that need torch, run by the worker's Python in a process of their own, with a way out."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from typing import IO, Any

from ..core.errors import BlobGANError, Cancelled, WorkerError
from ..core.spawn import order, signal_group, start
from .interpreter import Interpreter
from .python_search import probe

_LOOK = 0.05  # seconds between looks at the process and at `cancelled`
_MARK = "blobgan: "  # what the command line puts before the sentence that it fails with


def python_with_torch(pythons: Sequence[Interpreter], stop: threading.Event) -> Interpreter:
    """The first of some Pythons that has torch and all else that a conversion needs.

    Args:
        stop: set it from another thread to give up within a few milliseconds.

    Raises:
        WorkerError: none has it, or it was told to stop.
    """
    for python in pythons:
        found = probe(python, device=False, stop=stop)
        if found.ok and (found.engine or "").startswith("torch"):
            return python
    raise WorkerError(
        "An official checkpoint is read with PyTorch, and no Python here has it. Press Set Up PyTorch in the "
        "preferences of BlobGAN, or set a Python with torch as Worker Python there."
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
    orders = {
        "command": list(arguments),
        "packages": None if python.packages is None else str(python.packages),
    }
    with tempfile.TemporaryFile() as output:
        process = _start(python, output)
        try:
            order(process, orders)  # the pipe stays open: where this process dies, it closes, and the other ends
            while process.poll() is None:
                if cancelled():
                    raise Cancelled("The command was cancelled.")
                _wait(process)
        finally:
            signal_group(process, "SIGKILL")  # its children too, should it have any
            process.wait()
            with contextlib.suppress(OSError):  # what it did not live to read is written once more
                process.stdin.close()
        if process.returncode:
            output.seek(0)
            raise _failure(arguments[0], process.returncode, output.read().decode("utf-8", "replace").splitlines())


def _start(python: Interpreter, output: IO[bytes]) -> Any:
    try:
        return start(python, output, {})
    except OSError as error:
        raise WorkerError(
            f"{python} cannot be run ({error.strerror}). Choose another Python in the preferences of BlobGAN."
        ) from error


def _wait(process: Any) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_LOOK)


def _failure(command: str, code: int, said: Sequence[str]) -> BlobGANError:
    for line in reversed(said):
        if line.startswith(_MARK):
            sentence = line.removeprefix(_MARK)
            return BlobGANError(sentence)
    last = next((line.strip()[:300] for line in reversed(said) if line.strip()), f"exit code {code}")
    return BlobGANError(f"“blobgan {command}” broke off ({last}). Try again; if memory is short, end other programs.")
