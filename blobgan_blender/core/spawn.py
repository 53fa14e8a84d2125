"""How this package starts other Pythons, with itself in them where they need it, and gets rid of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from .quiet import QUIET

_PACKAGE = Path(__file__).resolve().parent.parent
_LAUNCHER = _PACKAGE / "worker" / "launch.py"  # loads the package there, whatever it is called here

# Blender's own and its launcher's settings would make another Python load the wrong libraries.
_DROPPED = ("PYTHON", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV", "LD_PRELOAD")


def clean_environment() -> dict[str, str]:
    """This process's environment without what is meant for this process's own Python, and with `QUIET`."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)} | QUIET


def detached() -> dict[str, Any]:
    """Arguments to Popen that keep Ctrl-C in Blender's terminal, and console windows, away from a child."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def start(python: object, output: IO[bytes] | int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Another Python, which waits for its `order` before it loads this package.

    Args:
        python: its path.
        output: where all that it says goes, as Popen takes it.
        environment: what is added to a clean one.

    Raises:
        OSError: it cannot be run.
    """
    return subprocess.Popen(
        [str(python), "-I", "-X", "utf8", str(_LAUNCHER)],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**clean_environment(), **environment},
        **detached(),
    )


def order(process: subprocess.Popen[bytes], orders: Mapping[str, Any]) -> None:
    """Say what to do (`worker.launch`), over stdin, for others can read a command line. The pipe stays open."""
    assert process.stdin is not None
    with suppress(OSError):  # it is dead already, which whoever waits for it sees
        process.stdin.write(json.dumps({**orders, "package": str(_PACKAGE)}).encode() + b"\n")
        process.stdin.flush()


def signal_group(process: subprocess.Popen[Any], name: str) -> None:
    """Send SIGTERM or SIGKILL to a `detached` process and, as it may be a shim, its children; Windows ends it."""
    if sys.platform == "win32":
        process.kill()
        return
    try:
        os.killpg(process.pid, signal.Signals[name])
    except (ProcessLookupError, PermissionError):
        return  # all gone; macOS forbids it where only a zombie is left, which its parent has yet to wait for
