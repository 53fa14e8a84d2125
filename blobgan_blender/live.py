"""The live link: the newest layout of each canvas goes out, the newest picture comes in, and nothing ever waits.

Handlers only call `mark`. A timer calls `pump`, which is all there is to it: tests and background scripts call `pump`
themselves, since Blender runs no timers for them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import bpy
import numpy as np
from bpy.types import Object, Scene, ViewLayer

from . import runtime
from .core.errors import BlobGANError, WorkerError
from .preferences import preview_seconds
from .scene import made_by, picture
from .scene.assets import adopt
from .scene.blobs import blobs_of, settle_orders
from .scene.canvas import canvases
from .scene.pasted import settle_pasted
from .scene.reading import Reading, read_canvas
from .scene.writable import render_runs
from .worker.jobs import Job, JobFailed

if TYPE_CHECKING:
    from .worker.client import Picture

logger = logging.getLogger(__name__)

ACTIVE_PERIOD = 1 / 120  # seconds between turns while pictures are under way
IDLE_PERIOD = 1 / 20  # seconds between turns while nothing happens: a look at one flag


@dataclass(eq=False)
class _Request:
    job: Job[Picture]
    signature: str
    frame: int
    previewed: bool = False  # a preview was shown: a newer layout need not wait for the picture


@dataclass(eq=False)
class Link:
    """What is known of one canvas's picture. Not saved, not undone; keyed by the canvas's session uid.

    Attributes:
        signature: of the layout that the image shows; empty if unknown.
        frame: the scene's frame when that layout was read.
        pictures: how many pictures have been shown, and
        previews: how many coarse or quick ones before them.
        clamped: blobs whose transform could not be taken as it was.
        problem: why the last attempt failed, one sentence; empty if it did not.
    """

    signature: str = ""
    frame: int = 0
    pictures: int = 0
    previews: int = 0
    clamped: tuple[str, ...] = ()
    problem: str = ""
    _request: _Request | None = field(default=None, repr=False)
    _given_up: str = field(default="", repr=False)  # signature of a layout that is not tried again
    _died_at: str = field(default="", repr=False)  # signature of the layout that the worker died under last

    @property
    def waiting(self) -> bool:
        """Whether a picture is under way."""
        return self._request is not None

    @property
    def arrived(self) -> bool:
        """Whether a picture that was under way, or its preview, can be taken in."""
        return self._request is not None and (self._request.job.done() or self._request.job.has_preview)

    def drop(self) -> None:
        """Give up on the picture under way."""
        if self._request is not None:
            self._request.job.cancel()
            self._request = None

    def failed(self, signature: str, error: BlobGANError) -> None:
        """Note why a layout was not drawn; one that a worker died under is tried once more."""
        died = isinstance(error, WorkerError) and not isinstance(error, JobFailed)
        if died and self._died_at != signature:
            self._died_at = signature
            mark()
        else:
            self._given_up = signature
        if str(error) != self.problem:
            logger.warning("%s", error)
        self.problem = str(error)
        redraw()

    def drawn(self, signature: str, frame: int) -> None:
        """Note that the image shows a layout: whatever went wrong on the way here is over."""
        self.signature, self.frame = signature, frame
        self._given_up = self._died_at = self.problem = ""


_links: dict[int, Link] = {}
_dirty = False
_rendering = False


def link(canvas: Object) -> Link:
    """The live state of a canvas."""
    return _links.setdefault(canvas.session_uid, Link())


def mark() -> None:
    """Something may have moved; `pump` finds out what."""
    global _dirty
    _dirty = True


def pictures_are_stale() -> None:
    """The images may no longer hold what was put there (undo, redo): draw them again."""
    for state in _links.values():
        state.signature = state._given_up = state._died_at = ""
    mark()


def forget() -> None:
    """Another file was opened: its canvases show what was saved with them."""
    for state in _links.values():
        state.drop()
    _links.clear()
    made_by.forget()
    runtime.forget_models()
    for canvas in bpy.data.objects:
        if canvas.blobgan.role == "CANVAS" and canvas.blobgan.image is not None:
            link(canvas).signature = canvas.blobgan.shown
    mark()


def hold(rendering: bool) -> None:
    """While a render runs, scene data must not be changed and originals hold stale values: do nothing."""
    global _rendering
    _rendering = rendering
    mark()


def held() -> bool:
    """Whether a render runs."""
    return _rendering


def pump() -> bool:
    """One turn: take finished pictures in, send changed layouts out. Never waits.

    Returns:
        Whether there is more to do: a picture under way, or a layout to look at again.
    """
    global _dirty
    if _rendering or render_runs():  # its handlers say the end of a render before Blender's window has it
        return False
    made_by.write()
    # Most turns of a drag find nothing new: they must cost nothing.
    if not (_dirty or any(state.arrived for state in _links.values())):
        return any(state.waiting for state in _links.values())
    changed, _dirty = _dirty, False
    busy = False
    seen: set[int] = set()
    views = _open_views()
    _adopt(views if changed else [])
    for scene, view_layer in views:
        for canvas in canvases(view_layer):
            if canvas.session_uid in seen:
                continue  # two windows may show it with other blobs hidden: the first one's picture it is
            seen.add(canvas.session_uid)
            state = link(canvas)
            if state.arrived:
                _take_in(canvas, state)
            if changed and canvas.blobgan.live:
                _send_out(scene, view_layer, canvas, state)
            busy |= state.waiting
    for uid, state in _links.items():
        if uid not in seen:  # deleted, or in a scene that no window shows
            state.drop()
    return busy or _dirty


def update_now(scene: Scene, view_layer: ViewLayer, canvas: Object) -> Reading:
    """Draw a canvas as it stands and wait for the picture: for scripts, and for Update Picture.

    Raises:
        BlobGANError: the layout, the model or the worker is at fault; the old picture stays.
    """
    state = link(canvas)
    state.drop()
    view_layer.update()
    _adopt([(scene, view_layer)])
    reading = _read(view_layer, canvas)
    try:
        ref = runtime.model_of(canvas)
        job = runtime.worker().render(ref, reading.layout, noise_seed=canvas.blobgan.noise_seed)
        drawn = job.result()
        _show(canvas, state, drawn, reading.signature, scene.frame_current)
        made_by.note(canvas, drawn.made_by)
        made_by.write()
    except BlobGANError as error:
        state.problem = str(error)
        raise
    return reading


def refilled(scene: Scene, view_layer: ViewLayer, canvas: Object) -> None:
    """A canvas got another layout: draw it by the next turn, or now where Blender has no window and so no turns."""
    # The next turn may come before Blender's own evaluation, and would find new appearances in the old places.
    view_layer.update()
    if bpy.app.background:
        update_now(scene, view_layer, canvas)
    mark()


def _adopt(views: list[tuple[Scene, ViewLayer]]) -> None:
    """What was pasted or dropped from the asset browser becomes a blob, before the canvases are read."""
    for scene, view_layer in views:
        if settle_pasted(scene, view_layer) + adopt(view_layer):
            view_layer.update()


def _read(view_layer: ViewLayer, canvas: Object) -> Reading:
    settle_orders(blobs_of(canvas, view_layer.objects))
    reading = read_canvas(canvas, view_layer.depsgraph, view_layer)
    link(canvas).clamped = reading.clamped
    return reading


def _send_out(scene: Scene, view_layer: ViewLayer, canvas: Object, state: Link) -> None:
    waiting = state._request
    if waiting is not None and not waiting.previewed:
        mark()  # one at a time: look again when it has arrived
        return
    signature = ""
    try:
        reading = _read(view_layer, canvas)
        if reading.signature == state.signature and canvas.blobgan.image is not None:
            state.drawn(reading.signature, scene.frame_current)
            return
        signature = reading.signature
        if signature == state._given_up or (waiting is not None and signature == waiting.signature):
            return
        ref = runtime.model_of(canvas)
        job = runtime.worker().render(
            ref,
            reading.layout,
            noise_seed=canvas.blobgan.noise_seed,
            slot=str(canvas.session_uid),
            preview=preview_seconds(),
        )
        state._request = _Request(job, signature, scene.frame_current)
    except BlobGANError as error:
        state.failed(signature, error)


def _take_in(canvas: Object, state: Link) -> None:
    """Show the picture that has arrived, or its preview, or note why none did."""
    if not state._request.job.done():
        picture.show(canvas, np.asarray(state._request.job.take_preview().rgb))
        state.signature, state._request.previewed = "", True
        state.previews += 1
        redraw()
        return
    request, state._request = state._request, None
    try:
        _show(canvas, state, request.job.result(), request.signature, request.frame)
    except BlobGANError as error:
        state.failed(request.signature, error)


def _show(canvas: Object, state: Link, made: Picture, signature: str, frame: int) -> None:
    picture.show(canvas, np.asarray(made.rgb))
    state.drawn(signature, frame)
    state.pictures += 1
    redraw()


def _open_views() -> list[tuple[Scene, ViewLayer]]:
    """The scenes that windows show: each once, with its view layer."""
    windows = bpy.context.window_manager.windows
    views = {(window.scene.name, window.view_layer.name): (window.scene, window.view_layer) for window in windows}
    if not views:
        views = {("", ""): (bpy.context.scene, bpy.context.view_layer)}
    return list(views.values())


def redraw() -> None:
    """Draw the viewports and Image Editors of every window again, their panels too."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "IMAGE_EDITOR"}:
                area.tag_redraw()


def _tick() -> float:
    if _rendering and not render_runs():
        hold(rendering=False)  # a movie that could not be opened: Blender calls neither complete nor cancel
    try:
        return ACTIVE_PERIOD if pump() else IDLE_PERIOD
    except Exception:
        # Blender drops a timer that raises, and with it the live link for the rest of the session.
        logger.exception("The live link stumbled; it goes on")
        return IDLE_PERIOD


def register() -> None:
    """Start the timer."""
    bpy.app.timers.register(_tick, first_interval=IDLE_PERIOD, persistent=True)
    mark()


def unregister() -> None:
    """Stop the timer and give up on pictures under way."""
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    for state in _links.values():
        state.drop()
    _links.clear()
