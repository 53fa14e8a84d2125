"""While no request comes the worker does what is better done then, and a request that comes does not wait for rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import pytest

from blobgan_blender.worker import server, service
from blobgan_blender.worker.protocol import Message, decode, encode


class Ended(BaseException):
    """Ends the thread that serves."""


class Resting:
    """Has so many things to do at rest, and answers with how many it did."""

    things = 3
    version, device = "none", "stand-in"

    def __init__(self, *_given: object) -> None:
        self.engine, self.done = self, 0

    def rest(self) -> bool:
        self.done += 1
        return self.done < self.things

    def alike(self, _message: Message) -> None:
        return None

    def handle(self, message: Message) -> tuple[dict[str, Any], dict[str, Any]]:
        if message.get("op", str) == "end":
            raise Ended
        return {"done": self.done}, {}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """The client's end of a served connection, after the hello."""
    monkeypatch.setattr(service, "Service", Resting)
    monkeypatch.setattr(server.Server, "listen", _listen)
    here, there = Pipe()

    def serve() -> None:
        with pytest.raises(Ended):
            server.serve(there)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert decode(here.recv_bytes()).get("status", str) == "hello"
    yield here
    here.send_bytes(encode({"op": "end", "id": 99}))
    thread.join(5)
    here.close()
    there.close()
    assert not thread.is_alive()


def _listen(self: server.Server) -> None:
    """As the real one, which would end this process at last."""
    while not self._connection.closed:
        try:
            self._sort(self._connection.recv_bytes())
        except (EOFError, OSError):
            return


def asked(connection: Connection, ident: int) -> int:
    connection.send_bytes(encode({"op": "echo", "id": ident}))
    return decode(connection.recv_bytes()).get("done", int)


def test_as_often_as_there_is_something_to_do(served: Connection) -> None:
    time.sleep(10 * server.REST)
    assert asked(served, 1) == Resting.things
    time.sleep(10 * server.REST)
    assert asked(served, 2) == Resting.things + 1  # and once after each request


def test_a_request_does_not_wait_for_rest(served: Connection) -> None:
    """Nor does any of those behind it."""
    asked(served, 0)
    began = time.perf_counter()
    for ident in range(1, 21):
        served.send_bytes(encode({"op": "echo", "id": ident}))
    assert {decode(served.recv_bytes()).get("done", int) for _ in range(20)} == {asked(served, 21)}
    assert time.perf_counter() - began < 10 * server.REST
