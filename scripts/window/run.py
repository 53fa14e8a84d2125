"""Run a script inside a real Blender window: `python -m scripts.window.run SUITE ZIP SCRIPT OUT`.

The script runs in Blender with the extension installed from ZIP and enabled, as an artist would have it. What it writes
to OUT stays; `OUT/session.json` says how it went: the exit codes of `validate` and `install` and Blender's `exit
code`, the `seconds` that the window stood, and `orphans`, the workers that outlived it.

SCRIPT may also be a .json file of command lines by name, which run in that order with no screen: `exit codes` then.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import folder

ROOM = Path(__file__).resolve().parent / "room.py"
# Own mounts, own processes (all killed with the first), no network.
UNSHARE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--net")


def run(suite: str, archive: Path, script: Path, out: Path, *, worker_python: bool = True) -> dict[str, Any]:
    """Returns the facts of `session.json`.

    Args:
        script: lies in the checkout.
        worker_python: whether the worker gets the checkout's Python, which has torch. Else it has Blender's own, and
            what the zip brought along: an artist who has installed nothing.

    Raises:
        WindowError: no folder for the suite can be made here, or the room did not come up.
    """
    debian = folder.make(suite)
    shaders = folder.cache() / f"{suite}-shaders"
    shutil.rmtree(out, ignore_errors=True)
    for path in (out, shaders):
        path.mkdir(parents=True, exist_ok=True)
    arguments = [str(path.resolve()) for path in (debian, archive, script, out, shaders)]
    arguments.append("worker-python" if worker_python else "own-python")
    done = subprocess.run(
        [*UNSHARE, sys.executable, str(ROOM), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise folder.WindowError(f"The window's room did not come up:\n{done.stdout}{done.stderr}")
    facts: dict[str, Any] = json.loads((out / "session.json").read_text(encoding="utf-8"))
    return facts


def main() -> int:
    suite, *paths = sys.argv[1:]
    facts = run(suite, *map(Path, paths))
    print(json.dumps(facts, indent=2))
    return int(facts.get("exit code", 0))


if __name__ == "__main__":
    sys.exit(main())
