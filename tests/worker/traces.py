"""What a worker would leave behind, and what the tests of workers start them with."""

from __future__ import annotations

import gc
import os
import tempfile
import threading
from pathlib import Path

from processes import children

import blobgan_blender

PACKAGE = Path(blobgan_blender.__path__[0])
ONE_THREAD = {"BLOBGAN_THREADS": "1", "BLOBGAN_DEVICE": "cpu"}


def traces() -> dict[str, object]:
    """What a worker would leave behind in this process and beside it."""
    gc.collect()
    return {
        "threads": sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("blobgan")),
        "descriptors": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - iterdir would hold one more
        "processes": sorted(children(os.getpid())),
        "folders": sorted(folder.name for folder in Path(tempfile.gettempdir()).glob("blobgan-*")),
    }
