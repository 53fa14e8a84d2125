"""Bake: a canvas's frames as files that need no worker, and its texture as their sequence; and back."""

from __future__ import annotations

import contextlib
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
from bpy.types import Image, Object, Scene, ViewLayer

from .. import runtime
from ..core.errors import BlobGANError
from ..core.progress import Pace
from ..scene import made_by
from ..scene.picture import image_nodes_of, part_from_copies
from ..scene.reading import read_canvas
from ..worker.jobs import Job

if TYPE_CHECKING:
    from ..worker.client import Picture

_AHEAD = 17  # frames under way: two batches of a GPU's, and one that is written
_KEYWORD = "blobgan"  # in a file's header: which layout it shows


class Bake:
    """Writes the frames `first` … `last` of a canvas, step by step; those that stand there already are left alone.

    `step` does a frame's worth on Blender's main thread and moves the scene's frame; `close` puts that back.
    """

    def __init__(
        self, scene: Scene, view_layer: ViewLayer, canvas: Object, folder: Path, first: int, last: int
    ) -> None:
        """Raise `BlobGANError` for a range or a folder that cannot be."""
        if first < 0 or last < first:
            raise BlobGANError(f"Frames {first} to {last} cannot be baked: begin at 0 or later, and end after that.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BlobGANError(f"{folder} cannot be made ({error.strerror}). Choose another folder.") from error
        self.pace = Pace(last - first + 1)
        self._scene, self._view_layer, self._canvas, self._folder = scene, view_layer, canvas, folder
        self._left = deque(range(first, last + 1))
        self._under_way: deque[tuple[Path, str, Job[Picture]]] = deque()
        self._frame_before = scene.frame_current
        self._live_before, canvas.blobgan.live = canvas.blobgan.live, False  # it would draw every frame once more

    def step(self, wait: bool) -> bool:
        """Write the oldest frame if it is drawn, and send the next one out; whether there is more to do.

        Args:
            wait: for the oldest frame, when the worker has all that it should have.

        Raises:
            BlobGANError: a frame cannot be drawn or written, or the canvas is gone; the files so far are whole.
        """
        busy = len(self._under_way) >= _AHEAD or not self._left
        try:
            if self._under_way and (self._under_way[0][2].done() or (wait and busy)):
                self._write(*self._under_way.popleft())
            elif not busy:
                self._send(self._left.popleft())
        except ReferenceError as error:  # by a script: a person's keys wait for the end of the bake
            raise BlobGANError(
                "The canvas was deleted, or undone, while it was baked. Its frames so far are on disk: bake again."
            ) from error
        return bool(self._left or self._under_way)

    def close(self) -> None:
        """Give up on what is under way, and leave the scene as it was."""
        for _, _, job in self._under_way:
            job.cancel()
        self._under_way.clear()
        made_by.write()
        with contextlib.suppress(ReferenceError):  # what is gone needs nothing put back
            self._canvas.blobgan.live = self._live_before
            self._scene.frame_set(self._frame_before)

    def _send(self, frame: int) -> None:
        from ..library.png import read_words  # not when the extension is enabled

        self._scene.frame_set(frame)
        self._view_layer.update()
        reading = read_canvas(self._canvas, self._view_layer.depsgraph, self._view_layer)
        path = frame_path(self._folder, frame)
        if read_words(path).get(_KEYWORD) == reading.signature:
            self.pace.skipped += 1
            return
        job = runtime.worker().render(
            runtime.model_of(self._canvas), reading.layout, noise_seed=self._canvas.blobgan.noise_seed
        )
        self._under_way.append((path, reading.signature, job))

    def _write(self, path: Path, signature: str, job: Job[Picture]) -> None:
        from ..library.png import write_png  # not when the extension is enabled

        picture = job.result()
        write_png(path, np.asarray(picture.rgb), {_KEYWORD: signature})
        made_by.note(self._canvas, picture.made_by)
        self.pace.done += 1


def show_baked(scene: Scene, canvas: Object, folder: Path, first: int, last: int) -> None:
    """Turn the canvas's texture into the sequence of its baked frames, and its live link off."""
    show_live(canvas)
    part_from_copies(canvas)
    image = bpy.data.images.load(str(frame_path(folder, first)))
    image.name, image.source = f"{canvas.name} baked", "SEQUENCE"
    if bpy.data.filepath:
        image.filepath = bpy.path.relpath(image.filepath)
    for node in image_nodes_of(canvas, canvas.blobgan.image):
        node.image = image
        user = node.image_user
        user.frame_start, user.frame_duration, user.frame_offset = first, last - first + 1, first - 1
        user.use_auto_refresh, user.use_cyclic = True, False
    canvas.blobgan.baked_image, canvas.blobgan.live = image, False
    scene.frame_set(scene.frame_current)  # a sequence shows no file at all before its first change of frame


def show_live(canvas: Object) -> None:
    """The canvas's own image again, if it shows baked frames; the files stay where they are."""
    baked: Image | None = canvas.blobgan.baked_image
    if baked is None:
        return
    part_from_copies(canvas)
    for node in image_nodes_of(canvas, baked):
        node.image = canvas.blobgan.image
    canvas.blobgan.baked_image, canvas.blobgan.live = None, True
    if baked.users == 0:
        bpy.data.images.remove(baked)


def shown_frame(canvas: Object, frame: int) -> Path | None:
    """The file that a canvas with baked frames shows at a frame: that of the first or the last one outside them."""
    baked: Image | None = canvas.blobgan.baked_image
    for node in image_nodes_of(canvas, baked) if baked is not None else ():
        user = node.image_user
        within = min(max(frame - user.frame_start + 1, 1), user.frame_duration)
        folder = Path(bpy.path.abspath(baked.filepath)).parent  # type: ignore[union-attr]  # not None, see above
        return frame_path(folder, within + user.frame_offset)
    return None


def frame_path(folder: Path, frame: int) -> Path:
    """Where a frame's file lies."""
    return folder / f"{frame:04}.png"
