"""Long work beside Blender: downloads, conversions, installations. One thread, one piece of work at a time.

    background.start(background.Task("Downloading rooms", work, finish))

`work(job)` runs on the thread. It touches no bpy; it calls `job.report(fraction, text)` now and then, and soon after
`job.done()` has come true (it was cancelled) it returns or raises, with no thread or process of its own left. It raises
a `BlobGANError` where it cannot go on. What it returns is given to `finish` on the main thread, where bpy may be used;
`finish` returns the sentence that says what has been achieved.

`start` is for a person: Blender goes on, `panels.background.draw_background` shows how far it is and a button that
cancels it, and a timer calls `pump` until it is over. `run` is the same for scripts and `-b`, waiting. An operator
needs neither: `operators.in_background.BackgroundOperator` calls the right one of the two.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bpy

from .core.errors import BlobGANError, Cancelled
from .worker.jobs import Job

logger = logging.getLogger(__name__)

PERIOD = 0.1  # seconds between looks at the thread while there is one
_LAST = 10.0  # seconds for a cancelled thread to come to its end when the extension is disabled, or Blender ends


@dataclass(frozen=True, eq=False)
class Task:
    """A piece of work; see the module.

    Attributes:
        title: what it is called while it goes on, such as “Downloading rooms”.
        work: runs on the thread; gets the job to report to and to ask whether it was cancelled.
        finish: runs on the main thread; gets what `work` returned, returns one sentence.
    """

    title: str
    work: Callable[[Job[Any]], Any]
    finish: Callable[[Any], str]


@dataclass(frozen=True, eq=False)
class Outcome:
    """How the last piece of work ended.

    Attributes:
        text: one sentence.
        error: why it came to nothing; None if it did not.
    """

    text: str
    error: BlobGANError | None = None

    @property
    def failed(self) -> bool:
        """Whether something went wrong: to be cancelled is no failure."""
        return self.error is not None and not isinstance(self.error, Cancelled)


@dataclass(eq=False)
class _Running:
    task: Task
    job: Job[Any]
    thread: threading.Thread


_running: _Running | None = None
_outcome: Outcome | None = None


def start(task: Task) -> None:
    """Begin and return at once; raises `BlobGANError` while another piece of work goes on."""
    _begin(task)
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=PERIOD, persistent=True)


def run(task: Task) -> str:
    """Begin and wait for the end: for scripts.

    Returns:
        What `task.finish` says.

    Raises:
        Cancelled: by another thread.
        BlobGANError: the work failed, or another piece of work goes on.
    """
    thread = _begin(task).thread
    try:
        thread.join()
    except BaseException:  # Ctrl-C
        cancel()
        thread.join(_LAST)
        raise
    finally:
        pump()
    if _outcome.error is not None:
        raise _outcome.error
    return _outcome.text


def going_on() -> tuple[str, float, str] | None:
    """The title of the work that goes on, how far it is in [0, 1], and what it is doing; None if there is none."""
    return None if _running is None else (_running.task.title, *_running.job.progress)


def outcome() -> Outcome | None:
    """How the last piece of work ended; None if there was none, or while the next goes on."""
    return _outcome


def cancel() -> None:
    """Give up on the work that goes on; it ends as soon as it can, and the next `pump` notices."""
    if _running is not None:
        _running.job.cancel()


def stop() -> None:
    """Cancel what goes on and wait for its thread: Blender hangs at exit while one is left."""
    global _running, _outcome
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    if _running is not None:
        _running.job.cancel()
        _running.thread.join(_LAST)
    _running = _outcome = None


def pump() -> bool:
    """Take in the end of the work, if it has come; returns whether it goes on. Never waits."""
    global _running, _outcome
    if _running is None or _running.thread.is_alive():
        return _running is not None
    ended, _running = _running, None
    _outcome = _ending(ended)
    redraw()
    return False


def redraw() -> None:
    """Have the preferences and the sidebars drawn again: what they show, of the background or of models, changed."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()
            for region in area.regions if area.type == "VIEW_3D" else ():
                if region.type == "UI":
                    region.tag_redraw()


def _begin(task: Task) -> _Running:
    global _running, _outcome
    if pump():
        raise BlobGANError(f"“{_running.task.title}” goes on just now. Wait for it, or cancel it.")
    job: Job[Any] = Job()
    thread = threading.Thread(target=_work, args=(task, job), name="blobgan-background", daemon=True)
    _running, _outcome = _Running(task, job, thread), None
    thread.start()
    redraw()
    return _running


def _work(task: Task, job: Job[Any]) -> None:
    try:
        job.succeed(task.work(job))
    except BlobGANError as error:
        job.fail(error)
    except Exception as error:
        logger.exception("%s failed", task.title)
        job.fail(BlobGANError(f"{task.title} failed ({type(error).__name__}: {error!s:.300}). Please report it."))


def _ending(ended: _Running) -> Outcome:
    try:
        return Outcome(ended.task.finish(ended.job.result()))
    except Cancelled as error:
        return Outcome(f"{ended.task.title} was cancelled.", error)
    except BlobGANError as error:
        logger.warning("%s", error)
        return Outcome(str(error), error)


def _tick() -> float | None:
    try:
        if not pump():
            return None
        redraw()
    except Exception:
        # Blender drops a timer that raises.
        logger.exception("The background stumbled; it goes on")
    return PERIOD
