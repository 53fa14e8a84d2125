"""Where the environment lies in the models folder, and what state it is in."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from ..worker.python_search import UNFINISHED, environment_python


@dataclass(frozen=True)
class Place:
    """The parts of a models folder that setting PyTorch up writes to.

    Attributes:
        models: the folder itself.
    """

    models: Path

    @property
    def environment(self) -> Path:
        """The virtual environment."""
        return self.models / "env"

    @property
    def python(self) -> Path:
        """Its Python, which the worker takes."""
        return environment_python(self.models)

    @property
    def unfinished(self) -> Path:
        """A file in it that is there until it has been verified: the worker passes such an environment over."""
        return self.environment / UNFINISHED

    @property
    def lock(self) -> Path:
        """A file that whoever changes all this has for itself."""
        return self.models / ".blobgan-env.lock"

    @property
    def tools(self) -> Path:
        """uv and what it keeps."""
        return self.models / "uv"

    @property
    def uv(self) -> Path:
        """The uv that was fetched."""
        return self.tools / ("uv.exe" if sys.platform == "win32" else "uv")

    @property
    def cache(self) -> Path:
        """What uv has downloaded and not installed yet: a set-up that was cancelled goes on from there."""
        return self.tools / "cache"

    @property
    def pythons(self) -> Path:
        """The Pythons that uv has downloaded: environments are made of them."""
        return self.tools / "python"

    @property
    def state(self) -> str:
        """“none”, “unfinished” or “finished”: looks at two names and runs nothing."""
        if not self.environment.is_dir():
            return "none"
        return "unfinished" if self.unfinished.exists() or not self.python.exists() else "finished"
