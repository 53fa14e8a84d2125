"""One file over HTTPS: resumed where it stopped, checked by its SHA-256, there whole or not at all.

What has come lies beside the file's place as `.NAME.SHA256.part` until it is whole, so the next call, in this Blender
or another, goes on from there. Plain http is taken from this machine alone (127.0.0.1, ::1, localhost): mirrors on it,
and tests, need no certificate, and what comes is checked all the same.
"""

from __future__ import annotations

import hashlib
import http.client
import logging
import os
import shutil
import socket
import ssl
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from ..core.errors import BlobGANError, Cancelled
from ..core.progress import megabytes
from .connection import check_address, opener, request
from .locking import take

logger = logging.getLogger(__name__)

PATIENCE = 20.0  # seconds that a server may say nothing
_TRIES = 3  # in a row that brought nothing new
_CHUNK = 1 << 16  # bytes
_SPARE = 1 << 20  # bytes that a disk must have left over
_BROKEN = (OSError, http.client.HTTPException)  # what a connection that breaks looks like; urllib's errors are OSErrors

OnProgress = Callable[[int, int | None], object]


def download(
    url: str,
    place: Path,
    *,
    sha256: str,
    size: int | None = None,
    on_progress: OnProgress = lambda _done, _all: None,
    cancelled: Callable[[], bool] = lambda: False,
    patience: float = PATIENCE,
) -> Path:
    """Fetch one file, or go on where an earlier call stopped. Blocks: for a thread.

    Args:
        url: https, or http on this machine.
        place: where the file belongs; its folder is made. A file that is there and is the right one is kept as it is.
        sha256: in hexadecimal, which it must have.
        size: in bytes, which it must have; None if nobody knows.
        on_progress: called with the bytes that are there and those of the whole file, None where nobody knows.
        cancelled: asked some ten times a second; what has come stays for the next time.
        patience: seconds that the server may say nothing, when it is called and later.

    Returns:
        `place`.

    Raises:
        Cancelled: it was.
        BlobGANError: the address, the server, the network, the disk or the file is at fault; says which and what to do.
    """
    check_address(url)
    try:
        if place.is_file() and _sha256(place) == sha256.lower():
            return place
        part = part_of(place, sha256)
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file:
            take(file, f"{place.name} is being downloaded")
            if _lies_at(file, part):  # else another Blender has moved it into its place meanwhile
                _Fetch(url, file, part, size, on_progress, cancelled, patience).run()
        _settle(part, place, sha256, size)
    except OSError as error:
        raise BlobGANError(
            f"{place} cannot be written ({error.strerror or error}). Make room there, or choose another folder; "
            "what has come so far is kept."
        ) from error
    return place


def part_of(place: Path, sha256: str) -> Path:
    """Where what has come of a file lies until it is whole: its size is how much that is."""
    return place.with_name(f".{place.name}.{sha256.lower()[:16]}.part")


def read_text(url: str, largest: int, cancelled: Callable[[], bool] = lambda: False, patience: float = PATIENCE) -> str:
    """What lies at an address, if it is UTF-8 and of `largest` bytes at most. Blocks; raises what `download` does."""
    check_address(url)
    host = urlsplit(url).hostname
    try:
        with opener(url, cancelled, patience).open(request(url), timeout=patience) as response:
            content: bytes = response.read(largest + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise BlobGANError(_refusal(host, error)) from error
    except _BROKEN as error:
        raise BlobGANError(f"{host} cannot be reached: {_reason(error, patience)}. Try again in a while.") from error
    try:
        if len(content) > largest:
            raise ValueError(f"it has more than {megabytes(largest)}")
        return content.decode("utf-8")
    except ValueError as error:
        raise BlobGANError(f"{url} is not what was looked for: {error}. Correct the address.") from error


@dataclass
class _Fetch:
    """The bytes of one address into one open file, over as many connections as it takes."""

    url: str
    file: IO[bytes]
    part: Path
    size: int | None
    on_progress: OnProgress
    cancelled: Callable[[], bool]
    patience: float

    def __post_init__(self) -> None:
        self._host = urlsplit(self.url).hostname
        self._opener = opener(self.url, self.cancelled, self.patience)

    def run(self) -> None:
        """Until the file is whole; a connection that breaks is made again while that brings anything new."""
        furthest, in_vain = self._there(), 0
        while True:
            try:
                self._connect()
                return
            except urllib.error.HTTPError as error:
                error.close()
                raise BlobGANError(_refusal(self._host, error)) from error
            except _DiskError as error:
                raise error.cause from error
            except _BROKEN as error:
                reason = _reason(error, self.patience)
                if isinstance(_cause(error), ssl.SSLCertVerificationError | socket.gaierror):
                    raise BlobGANError(f"{self._host} cannot be reached: {reason}.") from error
                logger.info("%s: %s", self.url, reason)
                in_vain = 0 if self._there() > furthest else in_vain + 1
                furthest = max(furthest, self._there())
                if in_vain >= _TRIES:
                    raise BlobGANError(
                        f"The download from {self._host} broke off: {reason}. Try again: it goes on from there."
                    ) from error

    def _connect(self) -> None:
        """One connection: what is missing, or everything from a server that gives no pieces."""
        if self.size is not None and self._there() >= self.size:
            return  # all here, if it is right: `_judge` says
        there = self._there()
        try:
            response = self._open(there)
        except urllib.error.HTTPError as error:
            if not there:
                raise
            logger.info("%s gives no pieces (%s)", self._host, error.code)
            error.close()
            response = self._open(0)
        with response:
            if not _goes_on_from(response, there):
                there = 0
                self.file.truncate(0)
            length = response.headers.get("Content-Length", "")
            total = there + int(length) if length.isdigit() else self.size
            self._check_total(total)
            self._check_room(total)
            self._receive(response, total)

    def _open(self, start: int) -> Any:
        if self.cancelled():
            raise _cancelled()
        asked = request(self.url, {"Range": f"bytes={start}-"} if start else {})
        return self._opener.open(asked, timeout=self.patience)

    def _receive(self, response: Any, total: int | None) -> None:
        done = self._there()
        self.on_progress(done, total)
        while chunk := response.read1(_CHUNK):
            done += len(chunk)
            self._check_total(max(done, self.size or 0))
            self._write(chunk)
            self.on_progress(done, total)
            if self.cancelled():
                raise _cancelled()
        if total is not None and done < total:
            raise http.client.IncompleteRead(b"", total - done)

    def _check_total(self, total: int | None) -> None:
        if self.size is not None and total is not None and total != self.size:
            raise BlobGANError(
                f"{self._host} has a file of {megabytes(total)} where {megabytes(self.size)} were promised "
                f"({total} and {self.size} bytes). Nothing was changed; tell whoever keeps the list of downloads."
            )

    def _check_room(self, total: int | None) -> None:
        free = shutil.disk_usage(self.part.parent).free
        needed = (total or 0) - self._there()
        if free < needed + _SPARE:
            raise BlobGANError(
                f"The download needs {megabytes(needed)} more in {self.part.parent}, and {megabytes(free)} are free. "
                "Make room there, or choose another folder."
            )

    def _there(self) -> int:
        return os.fstat(self.file.fileno()).st_size

    def _write(self, chunk: bytes) -> None:
        try:
            self.file.write(chunk)
            self.file.flush()
        except OSError as error:
            raise _DiskError(error) from error


class _DiskError(Exception):
    """A disk's fault, told apart from the network's: both are OSErrors."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _lies_at(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _settle(part: Path, place: Path, sha256: str, size: int | None) -> None:
    """What has come takes its place, if it is what was meant."""
    try:
        _judge(part, place.name, sha256, size)
        part.replace(place)
    except FileNotFoundError:
        # Another Blender, to which the lock passed, was faster.
        if not place.is_file() or _sha256(place) != sha256.lower():
            raise


def _judge(part: Path, name: str, sha256: str, size: int | None) -> None:
    """What has come is what was meant, or goes."""
    found = _sha256(part)
    if found != sha256.lower() or (size is not None and part.stat().st_size != size):
        part.unlink()
        raise BlobGANError(
            f"What came is not the {name} that was asked for: its SHA-256 is {found[:12]}…, not {sha256[:12]}…. It was "
            "thrown away. Try again; if that does not help, tell whoever keeps the list of downloads."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _goes_on_from(response: Any, there: int) -> bool:
    """Whether a server sends the piece that was asked for; if not, it sends the whole file."""
    if response.status != 206:
        return False
    piece = response.headers.get("Content-Range", "")
    if not piece.startswith(f"bytes {there}-"):
        raise http.client.HTTPException(f"it sent “{piece:.60}” where the bytes from {there} on were asked for")
    return True


# Words


def _refusal(host: str | None, error: urllib.error.HTTPError) -> str:
    if error.code in (404, 410):
        return f"{host} has no such file any more ({error.code}). Look for a newer list of downloads."
    if error.code in (401, 403):
        return f"{host} does not give this file to everybody ({error.code}). Fetch it by hand, and import it."
    if error.code in range(300, 400):
        return f"{host} sends one on, and nowhere in the end ({error.code}). Tell whoever keeps the list."
    return f"{host} answers {error.code} ({error.reason}). Try again in a while."


def _cancelled() -> Cancelled:
    return Cancelled("The download was cancelled. What has come is kept, and the next one goes on from there.")


def _cause(error: BaseException) -> BaseException:
    """What urllib wrapped."""
    inner = getattr(error, "reason", None)
    return inner if isinstance(error, urllib.error.URLError) and isinstance(inner, BaseException) else error


def _reason(error: BaseException, patience: float) -> str:
    cause = _cause(error)
    if isinstance(cause, TimeoutError):
        return f"it said nothing for {patience:g} seconds"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({cause.verify_message}). Check this computer's clock, and its network"
    if isinstance(cause, socket.gaierror):
        return "there is no such name, or no network. Check the address and the network"
    if isinstance(cause, http.client.IncompleteRead):
        return "the connection ended too early"
    return str(getattr(cause, "strerror", None) or cause or type(cause).__name__)
