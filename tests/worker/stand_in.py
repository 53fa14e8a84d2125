"""A worker whose computing is replaced, for faults that the real one cannot be made to have.

Runs in place of launch.py (the `stand_in` fixture makes a Python that does so) and takes the same orders. Its first
argument says how it behaves; all but "serve" break the protocol's promises in one way each.
"""

from __future__ import annotations

import json
import os
import sys
import time
import types
from multiprocessing.connection import Client
from pathlib import Path

HELLO = {"status": "hello", "protocol": 3, "pid": os.getpid(), "python": "3", "engine": "none", "device": "stand-in"}


class Service:
    """Operations that take as long, and fail, as the request says."""

    engine = types.SimpleNamespace(version="none", device="stand-in")

    def __init__(self, appearances, caller):
        self.appearances, self.report = appearances, caller.report

    def handle(self, message):
        return getattr(self, message.get("op", str))(message)

    def alike(self, message):
        return (lambda other: other.header["op"] == "frame") if message.header["op"] == "frame" else None

    def at_a_time(self, message):
        return 4

    def draw_together(self, messages):
        self.report(0.0, "Together")
        time.sleep(messages[0].get("seconds", float))
        if messages[0].get("apart", bool):
            raise MemoryError("on purpose")
        return [({"alone": False}, {}) for _ in messages]

    def frame(self, message):
        self.report(0.5, "Loading again")
        if message.get("fails", bool):
            raise MemoryError("on purpose")
        return {"alone": True}, {}

    def rest(self):
        return False

    def free_memory(self):
        return

    def echo(self, message):
        return {"echo": message.header}, message.arrays

    def sleep(self, message):
        time.sleep(message.get("seconds", float))
        return {"tag": message.header.get("tag")}, {}

    def steps(self, message):
        for step in range(message.get("steps", int)):
            self.report(step / message.get("steps", int), f"Step {step}")
            time.sleep(message.get("seconds", float))
        return {}, {}

    def exit(self, message):
        os.write(1, b"exit %d, on purpose\n" % message.get("code", int))
        os._exit(message.get("code", int))

    def fail(self, message):
        raise {"memory": MemoryError, "fault": ZeroDivisionError}[message.get("kind", str)]("on purpose")

    def load(self, message):
        return {"card": "none"}, {}

    def forget(self, message):
        self.appearances._rows.clear()
        return {}, {}

    def render(self, message):
        import numpy as np

        features, styles = self.appearances.stack(message.get("appearances", list))
        rgb = np.full((1, features.shape[1], 3), 7, np.uint8)
        seconds = float(features.sum() + styles.sum())
        return {"seconds": seconds, "engine": "none", "device": "stand-in", "notice": ""}, {"rgb": rgb}


def main() -> None:
    behaviour = sys.argv[1]
    orders = json.loads(sys.stdin.buffer.readline())
    if behaviour == "never-calls":
        time.sleep(600)
    if behaviour == "prints-and-exits":
        sys.exit("OSError: libtorch.so: cannot open shared object file")
    connection = Client(orders["address"], authkey=bytes.fromhex(orders["authkey"]))
    sys.path.insert(0, str(Path(orders["package"]).parent))
    from blobgan_blender.worker.protocol import encode

    if behaviour == "no-hello":
        time.sleep(600)
    if behaviour == "other-version":
        connection.send_bytes(encode({**HELLO, "protocol": 99}))
        time.sleep(600)
    if behaviour in ("serve", "slow-import"):
        if behaviour == "slow-import":
            Service.__init__ = lambda *_: time.sleep(600)
        module = types.ModuleType("blobgan_blender.worker.service")
        module.Service = Service
        sys.modules[module.__name__] = module
        from blobgan_blender.worker.server import serve

        serve(connection)
    connection.send_bytes(encode(HELLO))
    if behaviour == "never-reads":
        time.sleep(600)
    connection.recv_bytes()
    if behaviour == "garbage":
        connection.send_bytes(b"\x80\x05cos\nsystem\n")
    if behaviour == "half-a-frame":
        os.write(connection.fileno(), b"\x00\x00\x10\x00half")
    time.sleep(600)


main()
