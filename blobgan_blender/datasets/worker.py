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
    todo = [seed for seed in share.seeds() if not folder.picture(seed).exists()]
    if not todo:
        return
    _keep_to_own_cores(share, threads)
    from .render import Renderer  # not before: Blender starts as many threads as there are cores to see

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


def _keep_to_own_cores(share: Share, threads: int) -> None:
    """Run on `threads` cores of this share's own: four times as fast on 32 cores with 32 processes on two GPUs.

    Blender's idle threads yield rather than sleep. As many as the machine has cores, in each of many processes, they
    take the cores from those that work.
    """
    if share.of > 1 and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[(share.index * threads + k) % len(cores)] for k in range(threads)})


def _silence_stdout() -> None:
    """Blender prints a line for every step of every frame, past Python's sys.stdout."""
    sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
