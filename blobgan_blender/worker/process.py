"""The worker as a process: a socket in a private folder, a child that is told where it is, the tail of what it says."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from ..core.errors import WorkerError
from ..core.spawn import order, signal_group, start
from .interpreter import Interpreter

_TAIL = 8192  # bytes of the worker's output that are kept for messages
_LAST_WORDS = 0.2  # seconds for the thread that reads them, once the process is over
_LONGEST_FOLDER = 60  # bytes: a socket's path may have 104 of them on macOS


class Endpoint:
    """Where one worker calls back: a listener that only this user can reach and only that worker has the key of."""

    def __init__(self) -> None:
        self.authkey = secrets.token_bytes(32)
        self._folder: Path | None = None
        if sys.platform == "win32":
            self._listener = Listener(family="AF_PIPE", authkey=self.authkey)
        else:
            base = tempfile.gettempdir()
            if len(os.fsencode(base)) > _LONGEST_FOLDER:
                base = "/tmp"
            self._folder = Path(tempfile.mkdtemp(prefix="blobgan-", dir=base))
            try:
                self._listener = Listener(str(self._folder / "worker"), family="AF_UNIX", authkey=self.authkey)
            except OSError:
                shutil.rmtree(self._folder, ignore_errors=True)
                raise
        self.address = str(self._listener.address)

    def accept(self) -> Connection:
        """Wait for the worker; OSError or EOFError once `wake` was called."""
        while True:
            try:
                return self._listener.accept()  # a PipeConnection on Windows, which does the same
            except AuthenticationError:
                continue  # somebody else's call: the worker's may still come

    def wake(self) -> None:
        """End an `accept` in another thread: the only portable way is to call and hang up."""
        try:
            Client(self.address).close()
        except (OSError, EOFError):
            return  # closed already

    def close(self) -> None:
        """Take the socket and its folder away; a connection that was accepted lives on. Once more does no harm."""
        self._listener.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


class Child:
    """The worker's process. It is told where to call over stdin, never on its command line, which others can read."""

    def __init__(self, python: Interpreter, endpoint: Endpoint, environment: Mapping[str, str]) -> None:
        """Start it. Raises `WorkerError` if `python` cannot be run."""
        try:
            self._process = start(python, subprocess.PIPE, environment)
        except OSError as error:
            raise WorkerError(
                f"The BlobGAN worker's Python {python} cannot be run ({error.strerror}). "
                "Choose another one in the preferences of BlobGAN."
            ) from error
        self._said = bytearray()
        self._listening = threading.Thread(target=self._listen, name="blobgan-worker-output", daemon=True)
        self._listening.start()
        orders = {
            "address": endpoint.address,
            "authkey": endpoint.authkey.hex(),
            "packages": None if python.packages is None else str(python.packages),
        }
        order(self._process, orders)
        assert self._process.stdin is not None
        with suppress(OSError):  # what it did not live to read is written once more
            self._process.stdin.close()

    @property
    def pid(self) -> int:
        """Its process id (of the shim, if the Python is one)."""
        return self._process.pid

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def said(self) -> str:
        """The end of what it printed, as far as it was read."""
        return self._said.decode("utf-8", "replace").strip()

    def last_words(self) -> str:
        """The last line that it printed, or nothing."""
        lines = self.said().splitlines()
        return lines[-1].strip()[:300] if lines else ""

    def ended_how(self) -> str:
        """How it ended, in words, once it is over."""
        code = self._process.poll()
        if code is None:
            return "it hung up"
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            return f"killed by {name}" + (", perhaps for want of memory" if name == "SIGKILL" else "")
        return f"exit code {code}"

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False if it still runs then."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self._listening.join(_LAST_WORDS)
        return True

    def end(self, grace: float, *, kill: bool) -> None:
        """Be rid of it: `grace` seconds to go by itself (its socket is shut), as many after SIGTERM, then SIGKILL.

        `kill` begins with SIGKILL: for one that would not know, or has shown that it does not react.
        """
        if not kill and not self.wait(grace):
            signal_group(self._process, "SIGTERM")
        if kill or not self.wait(grace):
            signal_group(self._process, "SIGKILL")
            self.wait(grace)
        self._listening.join(grace)
        if not self._listening.is_alive():  # else a grandchild holds the pipe, and closing it would wait for that
            assert self._process.stdout is not None
            self._process.stdout.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while chunk := self._process.stdout.read1(4096):  # type: ignore[attr-defined]  # a BufferedReader
            self._said += chunk
            del self._said[:-_TAIL]


def hang_up(connection: Connection) -> None:
    """Wake every thread that reads from or writes to `connection`; it stays open until they are gone.

    On Windows a pipe cannot be shut down: there the worker's end does it.
    """
    if sys.platform != "win32":
        try:
            with socket.socket(fileno=os.dup(connection.fileno())) as duplicate:
                duplicate.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the worker was faster
