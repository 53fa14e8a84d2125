"""Downloads from a real server that stalls, truncates, corrupts, redirects and forbids ranges."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import itertools
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from harsh_server import HarshServer, serving
from processes import wait_until

from blobgan_blender.core.errors import BlobGANError, Cancelled
from blobgan_blender.library.download import download, part_of
from blobgan_blender.library.locking import Taken

CONTENT = os.urandom(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server() -> Iterator[HarshServer]:
    with serving(CONTENT) as running:
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "modèles 模型" / "file.bin"


def get(url: str, place: Path, **options: Any) -> Path:
    options = {"sha256": SHA256, "size": len(CONTENT), "patience": 0.3, **options}
    return download(url, place, **options)


def begun(place: Path, content: bytes = CONTENT[:100_000]) -> Path:
    """As much of the file as an earlier download left."""
    part = part_of(place, SHA256)
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(content)
    return part


def alone(place: Path) -> bool:
    """Whether the file lies in its folder with nothing beside it."""
    return [found.name for found in place.parent.iterdir()] == [place.name] and place.read_bytes() == CONTENT


@pytest.mark.parametrize("manner", ["honest", "whole_only", "forbids_ranges", "truncates", "moved", "unmeasured"])
@pytest.mark.parametrize("before", [0, 100_000])
@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_it_comes_whole(manner: str, before: int, size: int | None, server: HarshServer, place: Path) -> None:
    begun(place, CONTENT[:before])
    assert get(server.url(manner), place, size=size) == place
    assert alone(place)


def test_it_goes_on_where_it_stopped(server: HarshServer, place: Path) -> None:
    begun(place)
    get(server.url("honest"), place)
    assert server.asked == [("/honest/file.bin", "bytes=100000-")]


def test_a_broken_connection_is_made_again_and_goes_on(server: HarshServer, place: Path) -> None:
    get(server.url("truncates"), place)
    assert [wanted for _, wanted in server.asked] == [None, "bytes=100000-", "bytes=200000-"]


def test_a_connection_that_always_breaks_at_the_same_place_is_given_up(server: HarshServer, place: Path) -> None:
    with pytest.raises(BlobGANError, match=r"from 127\.0\.0\.1 broke off: the connection ended too early.*Try again"):
        get(server.url("truncates_whole"), place)
    assert len(server.asked) == 4
    assert part_of(place, SHA256).read_bytes() == CONTENT[:100_000]
    assert not place.exists()


@pytest.mark.parametrize("manner", ["stalls", "silent"])
def test_a_server_that_says_nothing_more(manner: str, server: HarshServer, place: Path) -> None:
    server.broken = 0 if manner == "stalls" else server.broken
    with pytest.raises(BlobGANError, match=r"said nothing for 0\.3 seconds.*goes on from there"):
        get(server.url(manner), place)


def test_after_a_stall_what_came_is_kept(server: HarshServer, place: Path) -> None:
    get(server.url("stalls"), place)  # each stall brought something new
    assert alone(place)


def test_what_is_damaged_on_the_way_is_thrown_away(server: HarshServer, place: Path) -> None:
    with pytest.raises(BlobGANError, match=rf"is not the file\.bin that was asked for.*not {SHA256[:12]}…"):
        get(server.url("corrupts"), place)
    assert not list(place.parent.iterdir())


def test_a_damaged_beginning_is_thrown_away_and_the_next_try_succeeds(server: HarshServer, place: Path) -> None:
    begun(place, b"x" * 1000)
    with pytest.raises(BlobGANError, match="was thrown away. Try again"):
        get(server.url("honest"), place)
    get(server.url("honest"), place)
    assert alone(place)


@pytest.mark.parametrize("there", [CONTENT, CONTENT + b"more"])
def test_a_beginning_that_is_all_of_it_or_more(there: bytes, server: HarshServer, place: Path) -> None:
    begun(place, there)
    if there == CONTENT:
        get(server.url("honest"), place)
        assert alone(place)
    else:
        with pytest.raises(BlobGANError, match="thrown away"):
            get(server.url("honest"), place)
    assert not server.asked


@pytest.mark.parametrize("manner", ["longer", "endless"])
def test_more_than_was_promised_is_refused_early(manner: str, server: HarshServer, place: Path) -> None:
    with pytest.raises(BlobGANError, match=r"where 0\.3 MB were promised"):
        get(server.url(manner), place)
    assert not place.exists()


def test_another_piece_than_was_asked_for(server: HarshServer, place: Path) -> None:
    begun(place)
    with pytest.raises(BlobGANError, match="bytes from 100000 on were asked for"):
        get(server.url("other_piece"), place)


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("missing", r"no such file any more \(404\)"),
        ("private", r"does not give this file to everybody \(401\)"),
        ("busy", r"answers 503 \(Service Unavailable\). Try again in a while"),
        ("circle", r"sends one on, and nowhere in the end \(302\)"),
        ("to_http", r"come over https, not from 'http://example\.com/file\.bin'"),
        ("to_file", r"nowhere in the end \(302\)"),
    ],
)
@pytest.mark.parametrize("before", [0, 100_000])
def test_refusals(manner: str, words: str, before: int, server: HarshServer, place: Path) -> None:
    part = begun(place, CONTENT[:before])
    with pytest.raises(BlobGANError, match=words):
        get(server.url(manner), place)
    assert part.stat().st_size == before


@pytest.mark.parametrize("url", ["http://example.com/a", "ftp://127.0.0.1/a", "file:///etc/passwd", "https:///a", "a"])
def test_addresses_that_are_not_asked(url: str, place: Path) -> None:
    with pytest.raises(BlobGANError, match="Downloads come over https"):
        get(url, place)
    assert not place.parent.exists()


def test_letters_and_spaces_in_an_address(server: HarshServer, place: Path) -> None:
    get(f"{server.url('honest')}?é ü%20x", place)
    assert server.asked == [("/honest/file.bin?%C3%A9%20%C3%BC%20x", None)]


def test_what_is_no_address(place: Path) -> None:
    with pytest.raises(BlobGANError, match=r"'https://\[' is no address"):
        get("https://[", place)


def test_several_blenders_that_want_the_same_at_once(server: HarshServer, place: Path) -> None:
    """Each gets it, or is told to wait, whoever of them moves it into its place."""
    for _ in range(10):
        begun(place, CONTENT)
        with ThreadPoolExecutor(6) as pool:
            asked = [pool.submit(get, server.url("honest"), place) for _ in range(6)]
        errors = [found.exception() for found in asked if found.exception() is not None]
        assert len(errors) < 6
        assert all(isinstance(error, Taken) for error in errors), errors
        assert place.read_bytes() == CONTENT
        place.unlink()


def test_a_name_that_nobody_has(place: Path) -> None:
    with pytest.raises(BlobGANError, match=r"blobgan\.invalid cannot be reached: there is no such name, or"):
        get("https://blobgan.invalid/file.bin", place)


def test_a_port_where_nobody_listens(place: Path, server: HarshServer) -> None:
    url = server.url("honest")
    server.shutdown()
    server.server_close()
    with pytest.raises(BlobGANError, match="broke off: Connection refused"):
        get(url, place)


@pytest.fixture
def secure_server(tmp_path: Path) -> Iterator[tuple[HarshServer, Path]]:
    """A server that speaks https, and its certificate."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    try:
        subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=60)
    except FileNotFoundError:
        pytest.skip("openssl makes the certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(CONTENT) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server, certificate


def test_a_certificate_that_nobody_vouches_for(secure_server: tuple[HarshServer, Path], place: Path) -> None:
    with pytest.raises(BlobGANError, match="its certificate is not valid"):
        get(secure_server[0].url("honest").replace("http://", "https://"), place)
    assert not place.exists()


def test_a_certificate_that_the_system_trusts(
    secure_server: tuple[HarshServer, Path], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, certificate = secure_server
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    get(server.url("truncates").replace("http://", "https://"), place)
    assert alone(place)


def test_a_file_that_is_there_is_not_fetched(server: HarshServer, place: Path) -> None:
    place.parent.mkdir()
    place.write_bytes(CONTENT)
    get(server.url("honest"), place)
    assert not server.asked


def test_another_file_in_its_place_is_replaced_only_by_a_whole_one(server: HarshServer, place: Path) -> None:
    place.parent.mkdir()
    place.write_bytes(b"older")
    with pytest.raises(BlobGANError):
        get(server.url("corrupts"), place)
    assert place.read_bytes() == b"older"
    get(server.url("honest"), place)
    assert alone(place)


def test_progress_counts_what_is_there(server: HarshServer, place: Path) -> None:
    begun(place)
    seen: list[tuple[int, int | None]] = []
    get(server.url("honest"), place, size=None, on_progress=lambda *found: seen.append(found))
    assert seen[0] == (100_000, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert seen == sorted(seen)


def test_progress_without_a_length(server: HarshServer, place: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    get(server.url("unmeasured"), place, size=None, on_progress=lambda *found: seen.append(found))
    assert seen[-1] == (len(CONTENT), None)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_cancelling_while_a_connection_is_made(scheme: str, place: Path) -> None:
    """Nobody takes the calls: http waits for room in the queue of them, https for a first word."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as others:
        for _ in range(4 if scheme == "http" else 0):
            other = others.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(listener.getsockname())
        looks = itertools.count()
        with pytest.raises(Cancelled):
            get(
                f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/file.bin",
                place,
                cancelled=lambda: next(looks) > 1,
                patience=600,
            )


@pytest.mark.parametrize("manner", ["stalls", "silent", "endless"])
def test_cancelling_while_the_server_keeps_one_waiting(manner: str, server: HarshServer, place: Path) -> None:
    stop, errors = threading.Event(), []

    def work() -> None:
        try:
            get(server.url(manner), place, size=None, cancelled=stop.is_set, patience=60)
        except BlobGANError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert wait_until(lambda: server.asked)
    stop.set()
    thread.join(10)  # of the 60 seconds that the server may be silent
    assert not thread.is_alive()
    assert isinstance(errors[0], Cancelled)
    assert part_of(place, SHA256).exists()


def test_another_process_that_downloads_the_same(server: HarshServer, place: Path) -> None:
    with begun(place).open("ab") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        with pytest.raises(BlobGANError, match=r"file\.bin is being downloaded by another Blender just now. Wait"):
            get(server.url("honest"), place)
    get(server.url("honest"), place)
    assert alone(place)


@pytest.mark.parametrize("disk", ["size=1100k"], indirect=True)
def test_a_disk_that_is_too_small_is_told_beforehand(server: HarshServer, disk: Path) -> None:
    with pytest.raises(BlobGANError, match=r"needs 0\.3 MB more in .*, and 1\.1 MB are free"):
        get(server.url("honest"), disk / "file.bin")


@pytest.mark.parametrize("disk", ["size=1200k"], indirect=True)
def test_a_disk_that_fills_up_meanwhile(server: HarshServer, disk: Path) -> None:
    with pytest.raises(BlobGANError, match="No space left on device.*Make room there, or choose another folder"):
        get(server.url("endless"), disk / "file.bin", size=None)


@pytest.mark.parametrize("disk", ["size=1200k,ro"], indirect=True)
def test_a_disk_that_takes_no_writes(server: HarshServer, disk: Path) -> None:
    with pytest.raises(BlobGANError, match=r"cannot be written \(Read-only file system\)"):
        get(server.url("honest"), disk / "models" / "file.bin")
    assert not server.asked
