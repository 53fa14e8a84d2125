"""How this package starts other Pythons, with itself in them where they need it, and gets rid of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from .quiet import QUIET

PACKAGE_FOLDER = Path(__file__).resolve().parent.parent
LAUNCHER = PACKAGE_FOLDER / "worker" / "launch.py"  # loads the package there, whatever it is called here

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


def signal_group(process: subprocess.Popen[Any], name: str) -> None:
    """Send SIGTERM or SIGKILL to a `detached` process and, as it may be a shim, its children; Windows ends it."""
    if sys.platform == "win32":
        process.kill()
        return
    try:
        os.killpg(process.pid, signal.Signals[name])
    except (ProcessLookupError, PermissionError):
        return  # all gone; macOS forbids it where only a zombie is left, which its parent has yet to wait for
