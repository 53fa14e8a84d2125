"""A worker without its client: what it needs from a request's bytes to its answer's, both ends of the socket included.

Blender's client adds threads of its own, one that sends and one that receives; here one thread does both.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from blobgan_blender.core.layout import Layout
from blobgan_blender.library.search import ModelRef
from blobgan_blender.worker.appearances import hash_of
from blobgan_blender.worker.interpreter import Interpreter
from blobgan_blender.worker.process import Child, Endpoint, hang_up
from blobgan_blender.worker.protocol import Message, decode, encode
from blobgan_blender.worker.service import COMPILED

GRACE = 5.0  # seconds to end by itself


class Wire:
    """A started worker, and a drag of one model's layouts in it."""

    def __init__(self, python: Path, environment: Mapping[str, str], model: ModelRef) -> None:
        self._endpoint = Endpoint()
        self._child = Child(Interpreter(python), self._endpoint, environment)
        self._connection = self._endpoint.accept()
        self._newest = 0  # the number of the request that was made last
        self._sent: set[str] = set()  # appearances that the worker has
        self._model = {"model": str(model.path), "sha256": model.sha256}
        self._expect(decode(self._connection.recv_bytes()), "hello")

    def frame(self, layout: Layout[np.ndarray]) -> bytes:
        """A live picture's request, as the client makes it, for one layout; to be sent next."""
        features, styles = layout.features[0], layout.spatial_style[0]
        names = [hash_of(*row) for row in zip(features, styles, strict=True)]
        arrays = {name: getattr(layout, name) for name in ("xs", "ys", "covs", "sizes")}
        new = [row for row, name in enumerate(names) if name not in self._sent]
        if new:
            arrays |= {"new_features": features[new], "new_styles": styles[new]}
            self._sent.update(names)
        self._newest += 1
        header = {"op": "render", "id": self._newest, "slot": "wire", "noise_seed": 0, "blob_map": False}
        return encode({**header, **self._model, "preview": 1 / 30, "appearances": names}, arrays)

    def drag(self, frame: bytes) -> bool:
        """Send the newest frame and wait for what comes first, its draft or its picture; whether that was compiled."""
        self._connection.send_bytes(frame)
        while True:
            message = decode(self._connection.recv_bytes())
            # The one before was superseded, or is done after all; of this one it may say that a model is loaded first.
            if message.get("id", int) == self._newest and message.header.get("status") != "progress":
                break
        self._expect(message, "preview", "ok")
        return message.get("engine", str).endswith(COMPILED)

    def rest(self, seconds: float) -> None:
        """Send nothing; what comes is read, for a worker that cannot get rid of a picture does not rest."""
        until = time.monotonic() + seconds
        while self._connection.poll(max(0.0, until - time.monotonic())):
            self._connection.recv_bytes()

    def stop(self) -> None:
        """Let it end."""
        hang_up(self._connection)
        self._child.end(GRACE, kill=False)
        self._connection.close()
        self._endpoint.close()

    def _expect(self, message: Message, *wanted: str) -> None:
        if message.header.get("status") not in wanted:
            raise RuntimeError(f"the worker answered {message.header}, not {' or '.join(wanted)}")
