"""How this package opens an address: https, with certificates that are found, given up soon after it is cancelled."""

from __future__ import annotations

import http.client
import io
import os
import selectors
import socket
import ssl
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from ..core.errors import BlobGANError, Cancelled

T = TypeVar("T")

_LOCAL = ("127.0.0.1", "::1", "localhost")
_HEADERS = {"User-Agent": "BlobGAN for Blender", "Accept-Encoding": "identity"}
_KEPT = "%/:=&?~#+!$,;'@()*[]"  # characters that mean something in an address, or are encoded already
_LOOK = 0.1  # seconds between looks at `cancelled` while nothing comes


def check_address(url: str, *, here: bool = True) -> None:
    """Raise `BlobGANError` unless an address is https, or, where `here` allows it, http on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BlobGANError(f"{url!r:.200} is no address ({error}). Correct it.") from error
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and here and parts.hostname in _LOCAL:
        return
    raise BlobGANError(f"Downloads come over https, not from {url!r:.200}. Correct the address.")


def request(url: str, headers: Mapping[str, str] | None = None) -> urllib.request.Request:
    """What an opener opens: the address with its letters and spaces encoded, and nothing compressed on the way."""
    return urllib.request.Request(quote(url, safe=_KEPT), headers={**_HEADERS, **(headers or {})})


def opener(url: str, cancelled: Callable[[], bool], patience: float) -> urllib.request.OpenerDirector:
    """What opens an address, and where it leads to.

    Args:
        url: one that `check_address` lets pass.
        cancelled: asked some ten times a second while a connection, an answer, or a piece of it is waited for: then
            `Cancelled`. Only while the system looks a name up nothing can be asked.
        patience: seconds that the server may say nothing before it is a `TimeoutError`.
    """
    handlers: list[Any] = [_Redirects(url), _Http(cancelled, patience), _Https(cancelled, patience)]
    if urlsplit(url).hostname in _LOCAL:
        handlers.append(urllib.request.ProxyHandler({}))  # a proxy's 127.0.0.1 is another machine
    return urllib.request.build_opener(*handlers)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows, but never from https to http, nor from elsewhere to this machine."""

    def __init__(self, url: str) -> None:
        self._here = urlsplit(url).scheme == "http"

    def redirect_request(self, *request: Any) -> urllib.request.Request | None:
        """See `urllib.request`."""
        check_address(request[-1], here=self._here)
        return super().redirect_request(*request)


class _Http(urllib.request.HTTPHandler):
    def __init__(self, cancelled: Callable[[], bool], patience: float) -> None:
        super().__init__()
        self._kind = partial(_connection, http.client.HTTPConnection, cancelled, patience)

    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(self._kind, request)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, cancelled: Callable[[], bool], patience: float) -> None:
        self._trusted = _trusted()
        self._trusted.sslsocket_class = _secured(cancelled, patience)
        super().__init__(context=self._trusted)
        self._kind = partial(_connection, http.client.HTTPSConnection, cancelled, patience)

    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(self._kind, request, context=self._trusted)


def _trusted() -> ssl.SSLContext:
    """The system's certificates, and those that Blender brings along: its Python may not find the system's."""
    context = ssl.create_default_context()
    try:
        import certifi
    except ImportError:
        return context
    context.load_verify_locations(certifi.where())
    return context


def _connection(kind: Any, cancelled: Callable[[], bool], patience: float, host: str, **options: Any) -> Any:
    connection = kind(host, **options)
    connection._create_connection = partial(_connected, cancelled, patience)  # socket.create_connection otherwise
    connection.response_class = partial(_response, cancelled, patience)
    return connection


def _connected(cancelled: Callable[[], bool], patience: float, address: tuple[str, int], *_: Any) -> socket.socket:
    """A socket that is connected to the first of an address's machines that answers; raises OSError and `Cancelled`."""
    failure = OSError("the name has no address")
    for family, kind, protocol, _name, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            with suppress(BlockingIOError):
                sock.connect(place)
            _await_connected(sock, cancelled, patience)
            sock.settimeout(patience)
            return sock
        except OSError as error:
            failure = error
            sock.close()
        except BaseException:
            sock.close()
            raise
    raise failure


def _await_connected(sock: socket.socket, cancelled: Callable[[], bool], patience: float) -> None:
    until = time.monotonic() + patience
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_WRITE)
        while not selector.select(_LOOK):
            _look(cancelled, until)
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def _secured(cancelled: Callable[[], bool], patience: float) -> type[ssl.SSLSocket]:
    class Secured(ssl.SSLSocket):
        """A socket that looks at `cancelled` while the two sides agree on how to encrypt."""

        def do_handshake(self, block: bool = False) -> None:
            _looking(self, cancelled, patience, lambda: super(Secured, self).do_handshake(block))

    return Secured


def _looking(sock: socket.socket, cancelled: Callable[[], bool], patience: float, step: Callable[[], T]) -> T:
    """Do what waits for the other side, which may go on where its time was over; raises `Cancelled`, TimeoutError."""
    until, before = time.monotonic() + patience, sock.gettimeout()
    sock.settimeout(_LOOK)
    try:
        while True:
            try:
                return step()
            except TimeoutError:
                _look(cancelled, until)
    finally:
        sock.settimeout(before)


def _look(cancelled: Callable[[], bool], until: float) -> None:
    if cancelled():
        raise Cancelled("It was cancelled.")
    if time.monotonic() > until:
        raise TimeoutError


def _response(cancelled: Callable[[], bool], patience: float, sock: Any, *args: Any, **options: Any) -> Any:
    patient: Any = _Patient(sock, cancelled, patience)
    return http.client.HTTPResponse(patient, *args, **options)


class _Patient:
    """A socket whose readers look at `cancelled` while they wait."""

    def __init__(self, sock: Any, cancelled: Callable[[], bool], patience: float) -> None:
        self._make = partial(_Reader, sock, cancelled, patience)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """As a socket's."""
        return io.BufferedReader(self._make())


class _Reader(io.RawIOBase):
    def __init__(self, sock: Any, cancelled: Callable[[], bool], patience: float) -> None:
        self._sock, self._cancelled, self._patience = sock, cancelled, patience
        self._open = sock.makefile("rb", buffering=0)  # the socket lives until this is closed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return _looking(self._sock, self._cancelled, self._patience, lambda: self._sock.recv_into(buffer))

    def close(self) -> None:
        self._open.close()
        super().close()
