"""A real HTTP server on this machine that does to downloads whatever networks do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class HarshServer(ThreadingHTTPServer):
    """Serves `content` at every path, in the manner that the path's first part names.

    Attributes:
        content: the file.
        asked: the path and the Range header of every request, in order.
        broken: where a connection breaks: after so many bytes.
        go_on: a stalling answer waits for it.
        others: further files by their paths, served whole.
    """

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content, self.broken = content, len(content) // 3
        self.asked: list[tuple[str, str | None]] = []
        self.go_on = threading.Event()
        self.others: dict[str, bytes] = {}

    def url(self, manner: str) -> str:
        """The address of the file in one manner."""
        return f"http://127.0.0.1:{self.server_address[1]}/{manner}/file.bin"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HarshServer

    def do_GET(self) -> None:
        if self.path in self.server.others:
            self._send(0, self.server.others[self.path])
            return
        manner, wanted = self.path.split("/")[1], self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        getattr(self, f"_{manner}")(_start(wanted))

    def log_message(self, *_args: Any) -> None:
        """Quietly."""

    def _honest(self, start: int) -> None:
        self._send(start, self.server.content[start:])

    def _whole_only(self, _start: int) -> None:
        """Knows no ranges."""
        self._send(0, self.server.content)

    def _forbids_ranges(self, start: int) -> None:
        """Refuses them."""
        if start:
            self._refuse(403)
        else:
            self._whole_only(0)

    def _truncates(self, start: int) -> None:
        """Hangs up after a third of the file, each time."""
        self._send(start, self.server.content[start:], cut=self.server.broken)

    def _truncates_whole(self, _start: int) -> None:
        """The same, and always from the beginning."""
        self._send(0, self.server.content, cut=self.server.broken)

    def _stalls(self, start: int) -> None:
        """Says nothing more after a third of the file."""
        self._send(start, self.server.content[start:], cut=self.server.broken, wait=True)

    def _silent(self, _start: int) -> None:
        """Never says anything."""
        self.server.go_on.wait(60)
        self.close_connection = True

    def _corrupts(self, start: int) -> None:
        damaged = bytearray(self.server.content)
        damaged[-1] ^= 1
        self._send(start, bytes(damaged[start:]))

    def _other_piece(self, start: int) -> None:
        """Sends another piece than was asked for."""
        self._send(start + 1 if start else 0, self.server.content[start:])

    def _longer(self, start: int) -> None:
        self._send(start, self.server.content[start:] + b"more")

    def _endless(self, _start: int) -> None:
        """Says no length, and more than the file."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            while not self.server.go_on.is_set():
                self.wfile.write(self.server.content)
        except OSError:
            return  # the other side has had enough

    def _unmeasured(self, _start: int) -> None:
        """Says no length."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        self.wfile.write(self.server.content)

    def _moved(self, _start: int) -> None:
        self._redirect("/honest/file.bin")

    def _circle(self, _start: int) -> None:
        self._redirect("/circle/file.bin")

    def _to_http(self, _start: int) -> None:
        self._redirect("http://example.com/file.bin")

    def _to_file(self, _start: int) -> None:
        self._redirect("file:///etc/passwd")

    def _missing(self, _start: int) -> None:
        self._refuse(404)

    def _private(self, _start: int) -> None:
        self._refuse(401)

    def _busy(self, _start: int) -> None:
        self._refuse(503)

    def _send(self, start: int, body: bytes, cut: int | None = None, wait: bool = False) -> None:
        self.send_response(206 if start else 200)
        if start:
            last = len(self.server.content) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(self.server.content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut])
        if cut is not None and cut < len(body):
            if wait:
                self.wfile.flush()
                self.server.go_on.wait(60)
            self.close_connection = True

    def _redirect(self, url: str) -> None:
        self.send_response(302)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _refuse(self, code: int) -> None:
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _start(wanted: str | None) -> int:
    return 0 if wanted is None else int(wanted.removeprefix("bytes=").rstrip("-"))


@contextmanager
def serving(content: bytes) -> Iterator[HarshServer]:
    """One while the block lasts."""
    server = HarshServer(content)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()
