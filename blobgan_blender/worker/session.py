"""One life of the worker process, from start to end, and the jobs that it was given.

Four daemon threads: the supervisor starts the process, keeps the deadlines and cleans up; the reader and the writer own
the connection; one more drains what the process prints. Whoever submits only takes a lock for a moment. However this
life ends, every job ends with it.
"""

from __future__ import annotations

import itertools
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from ..core.errors import BlobGANError, WorkerError
from .appearances import CAPACITY, hash_of
from .interpreter import Interpreter
from .jobs import JobFailed, Superseded
from .process import Child, Endpoint, hang_up
from .protocol import MAX_FRAME, VERSION, Message, ProtocolError, decode, encode
from .request import Request
from .state import Deadlines, WorkerInfo, WorkerState

logger = logging.getLogger(__name__)

_LOOK = 0.25  # seconds between the supervisor's looks at deadlines and at the process
_RESENDS = 3  # of a render whose appearances the worker keeps losing


class Session:
    """One worker process. `state` goes from STARTING over READY to OFF (asked to stop) or FAILED (see `failure`)."""

    def __init__(
        self,
        find_python: Callable[[threading.Event], Interpreter],
        deadlines: Deadlines,
        environment: Mapping[str, str],
        on_failure: Callable[[], None],
    ) -> None:
        """Start nothing yet. `on_failure` is called, on another thread, before the jobs of a failed life end."""
        self.state = WorkerState.STARTING
        self.failure: str | None = None
        self.info: WorkerInfo | None = None
        self.notice = ""  # the worker's newest word on its memory
        self._find_python = find_python
        self._deadlines = deadlines
        self._environment = environment
        self._on_failure = on_failure
        self._stopping = threading.Event()
        self._changed = threading.Condition()  # guards all below
        self._queue: deque[Request] = deque()
        self._cancels: deque[int] = deque()
        self._sent: dict[int, Request] = {}
        self._ids = itertools.count(1)
        self._known: set[str] = set()  # appearances that this process was sent
        # The newest appearances and their names: a drag's are the same every time.
        self._named: tuple[np.ndarray, np.ndarray, list[str]] | None = None
        self._heard_at = 0.0
        self._broken: WorkerError | None = None  # a defect, in this process or in that one
        self._hung_up = False  # the connection is gone
        self._closed = False
        self._connection: Connection | None = None
        self._supervisor = threading.Thread(target=self._supervise, name="blobgan-worker-supervisor", daemon=True)

    def begin(self) -> None:
        """Start the process; returns at once. Requests that were put before are the first: it may fail this moment."""
        self._supervisor.start()

    def put(self, request: Request) -> bool:
        """Queue a request, in the place of a waiting one with its slot; False if this life is over."""
        with self._changed:
            if self._closed or self._stopping.is_set():
                return False
            request.id = next(self._ids)
            older = self._waiting_in(request.slot)
            if older is None:
                self._queue.append(request)
            else:
                self._queue[self._queue.index(older)] = request
            if self.state is WorkerState.STARTING:
                request.job.report(0.0, "Starting the worker")
            self._changed.notify_all()
        if older is not None:
            older.job.fail(_superseded())
        return True

    def cancel(self, request: Request) -> None:
        """Drop a request whose job is over, here or in the worker."""
        with self._changed:
            if request in self._queue:
                self._queue.remove(request)
            elif request.id in self._sent:
                self._cancels.append(request.id)
                self._changed.notify_all()

    @property
    def idle_for(self) -> float | None:
        """Seconds since a READY worker was last heard of; None in any other state, and while it has jobs."""
        with self._changed:
            if self.state is not WorkerState.READY or self._queue or self._sent or self._closed:
                return None
            return time.monotonic() - self._heard_at

    def ask_to_stop(self) -> None:
        """Begin to stop; returns at once."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()

    def join(self, seconds: float) -> bool:
        """Wait until its threads and its process are gone; False if they are not by then."""
        self._supervisor.join(seconds)
        return not self._supervisor.is_alive()

    # The supervisor's thread

    def _supervise(self) -> None:
        failure: WorkerError | None = None
        endpoint: Endpoint | None = None
        child: Child | None = None
        threads: list[threading.Thread] = []
        try:
            python = self._find_python(self._stopping)
            endpoint = Endpoint()
            child = Child(python, endpoint, self._environment)
            threads.append(self._thread(self._read, endpoint))
            self._await_hello(child, python)
            threads.append(self._thread(self._write))
            self._watch(child)
        except WorkerError as error:
            failure = error
        except Exception as error:  # whatever it is, jobs are waiting: they must hear of it
            logger.exception("the worker's supervisor failed")
            failure = WorkerError(f"The BlobGAN worker could not be run ({error}). Restart it, or see the console.")
        self._close(None if self._stopping.is_set() else failure)
        self._clean_up(endpoint, child, threads)

    def _thread(self, target: Callable[..., None], *args: Any) -> threading.Thread:
        def run() -> None:
            broken: WorkerError | None = None
            try:
                target(*args)
            except WorkerError as error:
                broken = error
            except (OSError, EOFError) as error:
                logger.debug("the worker's connection ended: %r", error)
            except Exception as error:  # the supervisor must hear of it, for jobs are waiting
                logger.exception("a thread of the worker's client failed")
                broken = WorkerError(f"The BlobGAN worker could not be talked to ({error}). Restart it.")
            with self._changed:
                self._hung_up = True
                self._broken = self._broken or broken
                self._changed.notify_all()

        thread = threading.Thread(target=run, name=f"blobgan-worker{target.__name__}", daemon=True)
        thread.start()
        return thread

    def _await_hello(self, child: Child, python: Interpreter) -> None:
        until = time.monotonic() + self._deadlines.start
        advice = "Press Check in the preferences of BlobGAN, or choose another Python there."
        with self._changed:
            while self.info is None:
                if self._stopping.is_set():
                    raise WorkerError("The BlobGAN worker was stopped.")
                # Dead and connected: the reader still gets what it said last.
                if self._hung_up or (self._connection is None and not child.alive()):
                    break
                if time.monotonic() > until:
                    raise WorkerError(
                        f"The BlobGAN worker ({python}) was not ready in {self._deadlines.start:g} seconds. {advice}"
                    )
                self._changed.wait(_LOOK / 10)
            else:
                self.state = WorkerState.READY
                return
        if self._broken is not None:
            raise self._broken
        child.wait(1.0)  # its last words come with its end
        reason = child.last_words() or child.ended_how()
        raise WorkerError(f"The BlobGAN worker did not start with {python} ({reason}). {advice}")

    def _watch(self, child: Child) -> None:
        """Return when asked to stop; raise WorkerError when the worker is dead or as good as dead."""
        with self._changed:
            while not self._stopping.is_set():
                if self._hung_up or not child.alive():
                    break
                if self._sent:
                    silence = time.monotonic() - max(self._heard_at, min(r.sent_at for r in self._sent.values()))
                    if silence > self._deadlines.reply:
                        raise WorkerError(
                            f"The BlobGAN worker has said nothing for {self._deadlines.reply:g} seconds and was ended. "
                            "Try again: it starts anew."
                        )
                self._changed.wait(min(_LOOK, self._deadlines.reply / 4))
            else:
                return
        if self._broken is not None:
            raise self._broken
        child.wait(1.0)
        logger.warning("the worker's last output:\n%s", child.said())  # the traceback, if it was a fault of ours
        raise WorkerError(f"The BlobGAN worker ended unexpectedly ({child.ended_how()}). Try again: it starts anew.")

    def _close(self, failure: WorkerError | None) -> None:
        """Take no more jobs, and end those that there are."""
        with self._changed:
            self._closed = True
            self.failure = None if failure is None else str(failure)
            self.state = WorkerState.OFF if failure is None else WorkerState.FAILED
            left = [*self._sent.values(), *self._queue]
            self._sent.clear()
            self._queue.clear()
            self._changed.notify_all()
        if failure is not None:
            logger.warning("%s", failure)
            self._on_failure()
        for request in left:
            request.job.fail(failure or WorkerError("The BlobGAN worker was stopped before it answered. Try again."))

    def _clean_up(self, endpoint: Endpoint | None, child: Child | None, threads: list[threading.Thread]) -> None:
        grace = self._deadlines.stop / 3
        if endpoint is not None and self._connection is None:
            endpoint.wake()
        if self._connection is not None:
            hang_up(self._connection)
        if child is not None:
            # On Windows nothing hangs up, and every end is a kill: one might as well not wait for it.
            deaf = self._connection is None or sys.platform == "win32"
            child.end(grace, kill=deaf or self.failure is not None)
        for thread in threads:
            thread.join(grace)
        if self._connection is not None:
            self._connection.close()
        if endpoint is not None:
            endpoint.close()

    # The writer's thread

    def _write(self) -> None:
        while True:
            with self._changed:
                while not (self._closed or self._queue or self._cancels):
                    self._changed.wait()
                if self._closed:
                    return
                request, cancelled = None, None
                if self._cancels:
                    cancelled = self._cancels.popleft()
                else:
                    request = self._queue.popleft()
                    if request.job.done():
                        continue
                    request.sent_at = time.monotonic()
                    self._sent[request.id] = request
            try:
                frame = encode({"op": "cancel", "id": cancelled}) if request is None else self._frame(request)
            except ProtocolError as error:
                assert request is not None
                with self._changed:
                    self._sent.pop(request.id, None)
                request.job.fail(error)
                continue
            assert self._connection is not None
            self._connection.send_bytes(frame)

    def _frame(self, request: Request) -> bytes:
        header = {**request.header, "op": request.op, "id": request.id}
        arrays = dict(request.arrays)
        if request.slot is not None:
            header["slot"] = request.slot
        if request.features is not None and request.styles is not None:
            if not request.names:
                request.names = self._names(request.features, request.styles)
            header["appearances"] = request.names
            # After a "missing" all rows go along: what the worker has may change until it gets them.
            new = {name: row for row, name in enumerate(request.names) if request.resends or name not in self._known}
            if new:
                rows = sorted(new.values())
                arrays["new_features"], arrays["new_styles"] = request.features[rows], request.styles[rows]
        frame = encode(header, arrays)
        if len(self._known) > CAPACITY:
            self._known.clear()  # the worker forgets the oldest as well; what it lacks it asks for
        self._known.update(request.names)
        return frame

    def _names(self, features: np.ndarray, styles: np.ndarray) -> list[str]:
        if self._named is None or not (_same(self._named[0], features) and _same(self._named[1], styles)):
            self._named = features, styles, [hash_of(*row) for row in zip(features, styles, strict=True)]
        return self._named[2]

    # The reader's thread

    def _read(self, endpoint: Endpoint) -> None:
        connection = endpoint.accept()
        with self._changed:
            self._connection = connection
        endpoint.close()  # nobody else is to call, and a Blender that is killed leaves no folder behind
        while True:
            self._receive(decode(connection.recv_bytes(MAX_FRAME)))

    def _receive(self, message: Message) -> None:
        status = message.get("status", str)
        if self.info is None:
            self._greet(status, message)
            return
        ident = message.get("id", int)
        with self._changed:
            self._heard_at = time.monotonic()
            # A cancelled job's request stays until the worker answers it: it may be what the worker is busy with.
            request = self._sent.get(ident) if status in ("progress", "preview") else self._sent.pop(ident, None)
        if request is None:
            logger.warning("the worker answers request %d, which is not open: %s", ident, message.header)
            return
        try:
            self._settle(request, status, message)
        except BlobGANError as error:  # an answer that cannot be used; the next may be sound
            request.job.fail(error)
        except BaseException as error:
            request.job.fail(WorkerError(f"The BlobGAN worker's answer could not be read ({error}). Restart it."))
            raise

    def _settle(self, request: Request, status: str, message: Message) -> None:
        job = request.job
        if status == "ok":
            if "notice" in message.header:
                self.notice = message.get("notice", str)
            job.succeed(request.decode(message))
        elif status == "progress":
            job.report(message.get("fraction", float), message.get("text", str))
        elif status == "preview":
            job.preview(request.decode(message))
        elif status == "missing":
            self._send_again(request)
        elif status == "superseded":
            job.fail(_superseded())
        elif status == "cancelled":
            job.cancel()
        elif status == "error":
            job.fail(JobFailed(message.get("sentence", str), message.get("kind", str)))
        else:
            raise ProtocolError(f"The worker answered with the unknown status {status!r:.80}.")

    def _greet(self, status: str, message: Message) -> None:
        if status == "failed":
            raise JobFailed(message.get("sentence", str), "start")
        if status != "hello" or message.get("protocol", int) != VERSION:
            raise ProtocolError("The BlobGAN worker belongs to another version of the add-on. Restart Blender.")
        info = WorkerInfo(
            message.get("device", str), message.get("engine", str), message.get("python", str), message.get("pid", int)
        )
        with self._changed:
            self.info = info
            self._heard_at = time.monotonic()
            self._changed.notify_all()

    def _send_again(self, request: Request) -> None:
        """The worker lost appearances that this render names: send it with all of them, before anything else."""
        with self._changed:
            request.resends += 1
            newer = request.slot is not None and any(
                other.slot == request.slot and other.id > request.id for other in (*self._queue, *self._sent.values())
            )
            if newer:
                raise _superseded()
            if self._closed or request.resends > _RESENDS:
                raise WorkerError("The BlobGAN worker cannot keep this layout's appearances. Restart it.")
            self._queue.appendleft(request)
            self._changed.notify_all()

    def _waiting_in(self, slot: str | None) -> Request | None:
        return next((request for request in self._queue if slot is not None and request.slot == slot), None)


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two float32 arrays are the same to the bit."""
    return np.array_equal(one.view(np.uint32), other.view(np.uint32))


def _superseded() -> Superseded:
    return Superseded("A newer request for the same picture took this one's place.")
