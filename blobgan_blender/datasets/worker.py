"""One rendering process: takes every n-th seed that has no picture yet."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from .folder import DatasetError, RoomFolder
from .scene_description import describe


@dataclass(frozen=True)
class Share:
    """What one of `of` processes renders: the seeds start + index, start + index + of, … below start + count."""

    start: int
    count: int
    index: int
    of: int

    def seeds(self) -> range:
        return range(self.start + self.index, self.start + self.count, self.of)


def work(folder: RoomFolder, share: Share, resolution: int, samples: int, device: str, threads: int) -> None:
    """Renders the share, what is done already left alone; ends early if the parent does. Throws stdout away.

    Raises:
        DatasetError: a picture could not be written.
    """
    from .render import Renderer  # bpy takes a second to import: not for a share that is done

    todo = [seed for seed in share.seeds() if not folder.picture(seed).exists()]
    if not todo:
        return
    _silence_stdout()
    parent = os.getppid()
    renderer = Renderer(folder.unfinished / str(os.getpid()), resolution, samples, device, threads)
    for seed in todo:
        if os.getppid() != parent:
            return
        try:
            renderer.take(describe(seed), folder.picture(seed), folder.mask(seed))
        except (OSError, RuntimeError) as error:
            raise DatasetError(
                f"Room {seed} could not be rendered to {folder.root} ({error}). Is the disk full?"
            ) from error


def _silence_stdout() -> None:
    """Blender prints a line for every step of every frame, past Python's sys.stdout."""
    sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
