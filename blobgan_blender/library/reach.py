"""Whether something is there, for one who perhaps may not look: under another user's folder Path's own tests raise."""

from __future__ import annotations

import os
from pathlib import Path


def is_file(path: Path) -> bool:
    """Whether a file is there, and within reach."""
    return os.path.isfile(path)  # noqa: PTH113 - see above


def is_folder(path: Path) -> bool:
    """Whether a folder is there, and within reach."""
    return os.path.isdir(path)  # noqa: PTH112 - see above
