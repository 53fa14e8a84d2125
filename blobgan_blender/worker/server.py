"""The worker's end of the connection: a thread that listens, and a loop that does one request after the other.

The listening thread starts before torch is imported, so a worker whose Blender dies ends at once, whatever it is doing.
It also sorts the requests, so what is superseded or cancelled is never begun.
"""

from __future__ import annotations

import logging
import os
import platform
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from ..core.errors import BlobGANError, ModelFileError
from ..inference.engine import is_out_of_memory
from .appearances import AppearanceCache, Missing
from .protocol import MAX_FRAME, VERSION, Message, ProtocolError, decode, encode

logger = logging.getLogger(__name__)

Arrays = Mapping[str, np.ndarray]

REST = 0.1  # seconds without a newer request: the hand rests


class Stop(BaseException):
    """The running request was cancelled. Not an Exception, so that no operation mistakes it for a failure."""


class Overtaken(BaseException):
    """A newer request took the running one's place after its preview. Not an Exception either."""


class Server:
    """Requests in, answers out."""

    def __init__(self, connection: Connection) -> None:
        self.appearances = AppearanceCache()
        self._connection = connection
        self._sending = threading.Lock()
        self._changed = threading.Condition()  # guards all below
        self._waiting: deque[Message] = deque()
        self._along: dict[int, Message] = {}  # taken along with the running request, and neither begun nor cancelled
        self._running: int | None = None
        self._cancelled = False
        self._slot: str | None = None  # of the running request
        self._previewed = False

    def say(self, header: Mapping[str, Any], arrays: Arrays | None = None) -> None:
        """Send one message."""
        frame = encode(header, arrays)
        with self._sending:
            self._connection.send_bytes(frame)

    def listen(self) -> None:
        """The listening thread: takes requests until Blender hangs up or dies, and then ends the process."""
        try:
            while True:
                self._sort(self._connection.recv_bytes(MAX_FRAME))
        except (EOFError, OSError):
            logger.debug("the other side hung up")
        except Exception:
            logger.exception("the worker cannot listen any more")
        finally:
            # Without unwinding: the main thread may be importing torch or be inside one of its operations.
            sys.stderr.flush()
            os._exit(0)

    def rests(self) -> bool:
        """Wait for a request or for the hand to rest; whether it rests."""
        with self._changed:
            return not self._changed.wait_for(lambda: self._waiting, REST)

    def take(self) -> Message:
        """Wait for the next request and begin it."""
        with self._changed:
            while not self._waiting:
                self._changed.wait()
            message = self._waiting.popleft()
            self._run(message)
        return message

    def take_along(self, alike: Callable[[Message], bool], most: int) -> list[Message]:
        """Those of the requests next in turn that may be done along with the one just taken: `begin` each of them."""
        with self._changed:
            while self._waiting and len(self._along) < most and alike(self._waiting[0]):
                message = self._waiting.popleft()
                self._along[message.header["id"]] = message
            return list(self._along.values())

    def begin(self, message: Message) -> bool:
        """Begin one that was taken along; False, and no more to do, if it was cancelled meanwhile."""
        with self._changed:
            if self._along.pop(message.header["id"], None) is None:
                return False
            self._run(message)
        return True

    def _run(self, message: Message) -> None:
        self._running, self._cancelled = message.header["id"], False
        self._slot, self._previewed = message.header.get("slot"), False

    def report(self, fraction: float, text: str) -> None:
        """Tell how far the running request is, and raise `Stop` if it was cancelled: call it between long steps."""
        with self._changed:
            running, cancelled = self._running, self._cancelled
        if cancelled:
            raise Stop
        self.say({"id": running, "status": "progress", "fraction": fraction, "text": text})

    def show(self, header: Mapping[str, Any], arrays: Arrays) -> None:
        """Send the running request's preview, and see whether the hand rests: then its picture is worth the time.

        Raises:
            Stop, Overtaken: it does not.
        """
        self.say({**header, "id": self._running, "status": "preview"}, arrays)
        with self._changed:
            self._previewed = True
            self._changed.wait_for(lambda: self._cancelled or self._newer(), REST)
        self.go_on()

    def go_on(self) -> None:
        """Call it between the steps of a picture. Raises as `show` does.

        Only after a preview does a newer request stop a picture: else a hand that never rests would see none.
        """
        with self._changed:
            if self._cancelled:
                raise Stop
            if self._previewed and self._newer():
                raise Overtaken

    def _newer(self) -> bool:
        return self._slot is not None and any(each.header.get("slot") == self._slot for each in self._waiting)

    def answer(self, message: Message, header: Mapping[str, Any], arrays: Arrays | None = None) -> None:
        """Finish a request."""
        ident = message.header["id"]
        with self._changed:
            if self._running == ident:
                self._running = None
        try:
            self.say({**header, "id": ident}, arrays)
        except ProtocolError as error:  # a picture beyond what one message holds, say
            self.say({**_error("request", str(error)), "id": ident})

    def _sort(self, frame: bytes) -> None:
        try:
            message = decode(frame)
            op, ident = message.get("op", str), message.get("id", int)
        except ProtocolError as error:
            self.say({**_error("request", str(error)), "id": 0})
            return
        if op == "cancel":
            self._cancel(ident)
            return
        if "new_features" in message.arrays:
            try:
                self._keep(message)
            except ProtocolError as error:
                self.answer(message, _error("request", str(error)))
                return
        self._queue(message)

    def _keep(self, message: Message) -> None:
        """Store a request's appearances now: should it be superseded, later ones name them all the same."""
        features, styles = message.arrays.pop("new_features"), message.arrays.pop("new_styles", None)
        if styles is None or features.ndim != 2 or styles.ndim != 2 or len(features) != len(styles):
            raise ProtocolError("Appearances come as new_features (K, d_in) and new_styles (K, d_style).")
        if features.dtype != np.float32 or styles.dtype != np.float32:
            raise ProtocolError(f"Appearances must be float32, not {features.dtype} and {styles.dtype}.")
        self.appearances.add(features, styles)

    def _queue(self, message: Message) -> None:
        slot = message.header.get("slot")
        with self._changed:
            older = next((m for m in self._waiting if slot is not None and m.header.get("slot") == slot), None)
            if older is None:
                self._waiting.append(message)
            else:
                index = next(i for i, waiting in enumerate(self._waiting) if waiting is older)
                self._waiting[index] = message
            self._changed.notify_all()
        if older is not None:
            self.answer(older, {"status": "superseded"})

    def _cancel(self, ident: int) -> None:
        with self._changed:
            if self._running == ident:
                self._cancelled = True
                self._changed.notify_all()
            waiting = next((m for m in self._waiting if m.header["id"] == ident), None)
            self._waiting = deque(m for m in self._waiting if m is not waiting)
            dropped = waiting or self._along.pop(ident, None)
        if dropped is not None:
            self.answer(dropped, {"status": "cancelled"})


def serve(connection: Connection) -> None:
    """Serve Blender until it hangs up. Never returns."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    server = Server(connection)
    threading.Thread(target=server.listen, name="listen", daemon=True).start()
    try:
        from .service import Service  # here, not above: torch's import takes seconds, and by now somebody listens

        service = Service(server.appearances, server)
    except (BlobGANError, ImportError, OSError, ValueError) as error:
        logger.exception("the worker cannot start")
        server.say({"status": "failed", "sentence": _start_failure(error)})
        raise SystemExit(1) from error
    server.say(
        {
            "status": "hello",
            "protocol": VERSION,
            "pid": os.getpid(),
            "python": platform.python_version(),
            "engine": service.engine.version,
            "device": service.engine.device,
        }
    )
    while True:
        while server.rests() and service.rest():
            continue
        message = server.take()
        alike = service.alike(message)
        along = [] if alike is None else server.take_along(alike, service.at_a_time(message) - 1)
        if along and _draw_together(server, service, message, along):
            continue
        _do(server, service, message)
        for each in along:
            if server.begin(each):
                _do(server, service, each)


def _draw_together(server: Server, service: Any, message: Message, along: list[Message]) -> bool:
    """Answer several renders at once; False, and no answer, where one of them failed: alone each has its own reason."""
    try:
        answers = service.draw_together([message, *along])
    except Exception as error:
        logger.info("%d pictures are drawn one by one: %s", 1 + len(along), error)
        return False
    for each, (header, arrays) in zip((message, *along), answers, strict=True):
        if each is message or server.begin(each):
            server.answer(each, {**header, "status": "ok"}, arrays)
    return True


def _do(server: Server, service: Any, message: Message) -> None:
    """One request, answered however it ends."""
    memory_is_full = False
    try:
        header, arrays = service.handle(message)
        server.answer(message, {**header, "status": "ok"}, arrays)
    except Stop:
        server.answer(message, {"status": "cancelled"})
    except Overtaken:
        server.answer(message, {"status": "superseded"})
    except Missing:
        server.answer(message, {"status": "missing"})
    except Exception as error:  # whatever an operation does, the worker lives on and Blender hears of it
        memory_is_full = is_out_of_memory(error)
        server.answer(message, _failure(service, message, error))
    if memory_is_full:
        service.free_memory()  # out here, where the error no longer holds on to what its frames had allocated


def _failure(service: Any, message: Message, error: Exception) -> dict[str, str]:
    """The answer to a request that failed."""
    if is_out_of_memory(error):
        return _error("memory", _out_of_memory(service.engine.device))
    if isinstance(error, ModelFileError):
        return _error("model", str(error))
    if isinstance(error, BlobGANError):
        return _error("request", str(error))
    logger.error("%s failed", message.header["op"], exc_info=error)
    reason = f"{type(error).__name__}: {error}"
    return _error(
        "fault", f"The worker failed at “{message.header['op']}” ({reason:.300}). Try again, or restart the worker."
    )


def _out_of_memory(device: str) -> str:
    sentence = f"The picture does not fit into the memory of {device}, with all else let go."
    if device.lower().startswith("cpu"):
        return f"{sentence} Close other programs, or use a smaller picture or model."
    return (
        f"{sentence} It is not drawn elsewhere by itself, for a render's frames are alike to the byte only on one "
        "device. Close other programs, or set Device to CPU in the preferences of BlobGAN."
    )


def _error(kind: str, sentence: str) -> dict[str, str]:
    return {"status": "error", "kind": kind, "sentence": sentence}


def _start_failure(error: Exception) -> str:
    if isinstance(error, BlobGANError):
        return str(error)
    return (
        f"The BlobGAN worker's Python {sys.executable} does not run it ({type(error).__name__}: {error!s:.300}). "
        "Press Check in the preferences of BlobGAN; Set Up PyTorch there makes another Python for it."
    )
