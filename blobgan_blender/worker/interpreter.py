"""A Python that the worker may run on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Interpreter:
    """An executable, and where else it finds packages.

    Attributes:
        executable: not resolved: a virtual environment's python is a link, and another Python when it is followed.
        packages: a folder that is added to the end of its path: Blender's own Python gets the wheels that extensions
            brought along from there. None for a Python that has all it needs.
    """

    executable: Path
    packages: Path | None = None

    def __str__(self) -> str:
        return str(self.executable)
