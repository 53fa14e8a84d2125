"""The file that the worker's Python runs, by path and with -I: connects, loads the package, serves or does a command.

Its orders are one line of JSON on stdin: the address and the key of Blender's listener, the package's folder, and a
folder of further packages for the end of sys.path, if there is one; or, in the listener's place, the arguments of a
command of `blobgan`, or of another module's `main`. The package is loaded under the name
`blobgan_blender`, whatever Blender calls it, and its parent folder never gets onto sys.path: beside an installed
extension lie other people's extensions.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
import threading
from multiprocessing.connection import Client
from pathlib import Path

PACKAGE = "blobgan_blender"


def load_package(folder: Path) -> None:
    """Import the package that lies in `folder` as `blobgan_blender`."""
    spec = importlib.util.spec_from_file_location(
        PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"There is no package in {folder}.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


def main() -> None:
    """Serve the parent that wrote the orders until it goes away, or do the command that it ordered."""
    orders = json.loads(sys.stdin.buffer.readline())
    command = orders.get("command")
    if command:
        threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    # Calls first: whoever waits for the call should not wait for imports.
    connection = None if command else Client(orders["address"], authkey=bytes.fromhex(orders["authkey"]))
    if orders["packages"] is not None:
        sys.path.append(orders["packages"])
    load_package(Path(orders["package"]))
    if command:
        module = orders.get("module", "cli")
        sys.exit(importlib.import_module(f"{PACKAGE}.{module}").main(command))
    server = importlib.import_module(f"{PACKAGE}.worker.server")
    server.serve(connection)


def _end_with_parent() -> None:
    """The parent keeps this process's stdin open as long as it lives. A worker's connection tells it the same."""
    while os.read(0, 4096):  # not sys.stdin, whose lock this thread would hold when the interpreter ends
        continue
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # its children too: the group is its own
    os._exit(1)


if __name__ == "__main__":
    main()
