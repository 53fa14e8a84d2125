"""What a caller holds while the worker, or a thread, works: a `Job`, done sooner or later, however that ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from ..core.errors import BlobGANError, Cancelled, WorkerError

T = TypeVar("T")


class Superseded(BlobGANError):  # noqa: N818 - an outcome more than an error
    """A newer request took this one's place before the worker began it."""


class JobFailed(WorkerError):  # noqa: N818 - a `WorkerError` by name already
    """The worker answered that it could not do this job; it lives on.

    Attributes:
        kind: "memory" (it did not fit), "model" (the file), "request" (what was asked) or "fault" (a defect).
    """

    def __init__(self, sentence: str, kind: str) -> None:
        super().__init__(sentence)
        self.kind = kind


class Job(Generic[T]):
    """One piece of work elsewhere. Every method may be called from any thread, and only `wait` and `result` wait.

    Attributes:
        ended: set once it is over, by whatever end, for what watches an event.
    """

    def __init__(self, on_cancel: Callable[[], None] | None = None) -> None:
        self._on_cancel = on_cancel
        self._lock = threading.Lock()
        self.ended = threading.Event()
        self._value: T | None = None
        self._error: BlobGANError | None = None
        self._progress = (0.0, "")
        self._preview: T | None = None

    @property
    def progress(self) -> tuple[float, str]:
        """How far it is, in [0, 1], and what the worker is doing."""
        return self._progress

    def done(self) -> bool:
        """Whether `result` would return, or raise, at once."""
        return self.ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait so long at most; whether it is done."""
        return self.ended.wait(seconds)

    @property
    def has_preview(self) -> bool:
        """Whether `take_preview` has one."""
        return self._preview is not None

    def take_preview(self) -> T | None:
        """A coarse value that came before the job's own, once; None if there is none."""
        preview, self._preview = self._preview, None
        return preview

    def error(self) -> BlobGANError | None:
        """Why it failed; None while it runs and after success."""
        return self._error

    def result(self, timeout: float | None = None) -> T:
        """What the worker answered.

        With no timeout this still ends: the worker's own deadlines fail the job if it hangs or dies.

        Args:
            timeout: seconds to wait; 0 does not wait at all.

        Raises:
            WorkerError: it failed, or is not done in time (then it goes on, and may be cancelled).
            Superseded, Cancelled: see there.
        """
        if not self.ended.wait(timeout):
            raise WorkerError(f"The BlobGAN worker has not answered within {timeout:g} seconds; try again in a while.")
        if self._error is not None:
            # Without the traceback of the last time, or of another job that failed for the same reason.
            raise self._error.with_traceback(None)
        return self._value  # type: ignore[return-value]  # set before the event

    def cancel(self) -> None:
        """Give up on it: the job is over at once, and the worker drops it as soon as it can."""
        if self.fail(Cancelled("The job was cancelled.")) and self._on_cancel is not None:
            self._on_cancel()

    def succeed(self, value: T) -> bool:
        """For the client: end the job with its value. False if it was over already."""
        return self._end(value, None)

    def fail(self, error: BlobGANError) -> bool:
        """For the client: end the job with an error. False if it was over already."""
        return self._end(None, error)

    def report(self, fraction: float, text: str) -> None:
        """For the client: set `progress`."""
        self._progress = (fraction, text)

    def preview(self, value: T) -> None:
        """For the client: a value to go on with."""
        self._preview = value

    def _end(self, value: T | None, error: BlobGANError | None) -> bool:
        with self._lock:
            if self.ended.is_set():
                return False
            self._value, self._error = value, error
            self.ended.set()
            return True
