"""One command of uv, in a process of its own: what it says as it goes, a way out, and its failures in words."""

from __future__ import annotations

import queue
import re
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from ..core.errors import BlobGANError, Cancelled
from ..core.spawn import clean_environment, detached, signal_group
from .place import Place

_LOOK = 0.1  # seconds between looks at the process and at `cancelled`
_TAIL = 40  # lines that are kept for the message

# What uv says → what an artist is told, the first that fits.
_FAILURES = (
    (
        r"No space left|not enough space|os error 112\b",
        "The disk of {models} is full. Make room there, then press Set Up PyTorch again: it goes on.",
    ),
    (
        r"Permission denied|Read-only file system|Access is denied",
        "{models} cannot be written ({last}). Close other Blenders, or choose another Models Folder.",
    ),
    (
        r"No interpreter found|No download found|python-build-standalone",
        "uv finds no such Python ({first}). Install one, 3.11 or later, or name another.",
    ),
    (
        r"not found in the provided package locations|No solution found",
        "A package is missing ({last}). Put its wheel into the folder, with all that it needs.",
    ),
    (
        r"dns error|\(Connect\)|Failed to fetch|timed out|error sending request",
        "The network did not give what uv asked for ({where}; {last}). Check it, then press Set Up PyTorch again: what "
        "has come is kept.",
    ),
)


def run_uv(
    uv: Path,
    arguments: Sequence[str],
    place: Place,
    on_line: Callable[[str], object],
    cancelled: Callable[[], bool],
) -> None:
    """Run one command to its end. Nothing of it is left behind, however this ends.

    Args:
        uv: the program.
        arguments: of it.
        place: where it keeps its files.
        on_line: called with each line that it says, and with an empty one between them, some ten times a second.
        cancelled: asked as often; then the process is killed, and all that it started.

    Raises:
        Cancelled: it was.
        BlobGANError: it failed; what is wrong, and the next step.
    """
    environment = {
        **clean_environment(),
        "UV_CACHE_DIR": str(place.cache),
        "UV_PYTHON_INSTALL_DIR": str(place.pythons),
        "UV_PYTHON_INSTALL_BIN": "0",  # its Pythons are nobody else's
        "UV_NO_PROGRESS": "1",
        "NO_COLOR": "1",
    }
    try:
        process = subprocess.Popen(
            [str(uv), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=place.models,
            env=environment,
            encoding="utf-8",
            errors="replace",
            **detached(),
        )
    except OSError as error:
        raise BlobGANError(
            f"uv cannot be run: {uv} ({error.strerror}). Press Remove, then Set Up PyTorch again."
        ) from error
    said: queue.SimpleQueue[str] = queue.SimpleQueue()
    reader = threading.Thread(target=_listen, args=(process, said), name="blobgan-uv", daemon=True)
    reader.start()
    tail: list[str] = []
    try:
        while reader.is_alive() or not said.empty():
            if cancelled():
                raise Cancelled("Setting PyTorch up was cancelled. What has come is kept for the next time.")
            line = _next(said)
            tail = [*tail, line][-_TAIL:] if line else tail
            on_line(line)
    finally:
        signal_group(process, "SIGKILL")  # it may be over, and have left children that hold its output open
        process.wait()
        reader.join()
        process.stdout.close()  # type: ignore[union-attr]  # a pipe, see above
    if process.returncode:
        raise BlobGANError(_why(tail, process.returncode, place))


def _listen(process: subprocess.Popen[str], said: queue.SimpleQueue[str]) -> None:
    for line in process.stdout or ():
        said.put(line.strip())


def _next(said: queue.SimpleQueue[str]) -> str:
    try:
        return said.get(timeout=_LOOK)
    except queue.Empty:
        return ""


def _why(tail: Sequence[str], code: int, place: Place) -> str:
    """A failure of uv as a sentence with the next step."""
    chain = [line.partition(": ")[2] for line in tail if line.startswith(("error:", "cause:"))]
    first, last = (chain[0], chain[-1]) if chain else (tail[-1] if tail else f"exit code {code}",) * 2
    where = next((line for line in chain if "://" in line), first)
    words = {"models": place.models, "first": f"{first:.200}", "where": f"{where:.200}", "last": f"{last:.300}"}
    for pattern, sentence in _FAILURES:
        if re.search(pattern, "\n".join(tail)):
            return sentence.format(**words)
    return f"uv failed ({first:.200}; {last:.200}). Press Set Up PyTorch again, or Remove first."
