"""The worker as Blender sees it: `Worker` takes requests from any thread and never makes the caller wait.

worker = Worker(functools.partial(find_python, preference=...))
job = worker.render(model, layout, noise_seed=0, slot="Canvas")
if job.done(): picture = job.result()          # in a timer
picture = job.result()                         # in a render: ends by the deadlines, or by an error
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..core.completion import Candidates, Pins
from ..core.errors import WorkerError
from ..core.filters import DEFAULT, Region
from ..core.layout import Layout
from ..library.search import ModelRef
from .interpreter import Interpreter
from .jobs import Job
from .protocol import Message, ProtocolError
from .request import Request
from .session import Session
from .state import Deadlines, WorkerInfo, WorkerState, drawn_by

T = TypeVar("T")
FindPython = Callable[[threading.Event], Interpreter]

_CRASHES = 3  # within …
_CRASH_PERIOD = 60.0  # … seconds, and the worker is not started again by itself
_GEOMETRY = ("xs", "ys", "covs", "sizes")


@dataclass(frozen=True)
class Picture:
    """What a render made: uint8 (H, W, 3) in [0, 255], display values, top row first. The arrays are read-only.

    Attributes:
        seconds: the time that the worker spent on it.
        made_by: the engine with its version, and the device: such as "torch 2.13.0 on cuda (NVIDIA H100)".
    """

    rgb: np.ndarray
    blob_map: np.ndarray | None
    seconds: float
    made_by: str


@dataclass(frozen=True)
class Mattes:
    """What a layout's geometry says of each pixel. (H, W) is the size that was asked for, top row first; read-only.

    Attributes:
        mattes: float32 (M, H, W) in [0, 1], what is seen of each blob behind those in front. Or None.
        index: float32 (H, W), 1 + the number of the blob that has most of a pixel; 0 is the background. Or None.
        cryptomatte: float32 (levels, H, W, 4), each (id, weight, id, weight) by falling weight. Or None.
        blob_map: uint8 (H, W, 3), display values. Or None.
    """

    mattes: np.ndarray | None
    index: np.ndarray | None
    cryptomatte: np.ndarray | None
    blob_map: np.ndarray | None


class Worker:
    """The worker process of this Blender: started when needed, started again after a crash. Thread-safe."""

    def __init__(
        self,
        python: FindPython | Path,
        *,
        deadlines: Deadlines | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            python: the Python that runs the worker, or what finds it. That is called on a thread of its own, so it may
                take its time and must not touch bpy; its event is set when it should give up.
            deadlines: how long to wait for what.
            environment: variables for the worker beside this process's own, such as BLOBGAN_DEVICE.
        """
        self._find_python = _finder(python)
        self._deadlines = deadlines or Deadlines()
        self._environment = dict(environment or {})
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._ending: list[Session] = []
        self._crashes: deque[float] = deque(maxlen=_CRASHES)

    @property
    def state(self) -> WorkerState:
        """What it is doing now."""
        session = self._session
        return WorkerState.OFF if session is None else session.state

    @property
    def failure(self) -> str | None:
        """Why it FAILED, one sentence with the next step; None in any other state."""
        session = self._session
        return None if session is None else session.failure

    @property
    def info(self) -> WorkerInfo | None:
        """Device, versions and process of a READY worker."""
        session = self._session
        return None if session is None or session.state is not WorkerState.READY else session.info

    @property
    def notice(self) -> str:
        """What it had to do for want of memory, a sentence for the panel; empty if nothing."""
        session = self._session
        return "" if session is None or session.state is not WorkerState.READY else session.notice

    @property
    def idle_for(self) -> float | None:
        """Seconds since a READY worker had a job; None while it has one, and in any other state."""
        session = self._session
        return None if session is None else session.idle_for

    @property
    def device(self) -> str | None:
        """The device of a READY worker, such as "cpu" or "cuda (NVIDIA H100)"."""
        info = self.info
        return None if info is None else info.device

    def start(self) -> None:
        """Start it unless it runs; returns at once. Also forgives past crashes."""
        with self._lock:
            self._crashes.clear()
            if self.state in (WorkerState.FAILED, WorkerState.OFF):
                self._new_session().begin()

    def restart(self, python: FindPython | Path | None = None, environment: Mapping[str, str] | None = None) -> None:
        """End this process, failing its jobs, and start another; returns at once.

        Args:
            python, environment: what replaces the constructor's, after a change in the preferences.
        """
        self.release(python, environment)
        self.start()

    def release(self, python: FindPython | Path | None = None, environment: Mapping[str, str] | None = None) -> None:
        """End it, failing its jobs, and with it all that it holds of the memory; returns at once.

        The next request starts another.

        Args:
            python, environment: see `restart`.
        """
        with self._lock:
            if python is not None:
                self._find_python = _finder(python)
            if environment is not None:
                self._environment = dict(environment)
            self._retire()

    def stop(self) -> None:
        """End it, failing its jobs, and wait until its process and threads are gone: for unregister and atexit.

        Takes some 20 ms, and `Deadlines.stop` and a little at worst.
        """
        with self._lock:
            self._retire()
            ending, self._ending = self._ending, []
        until = time.monotonic() + self._deadlines.stop * 2
        for session in ending:
            session.join(max(0.0, until - time.monotonic()))

    def submit(
        self,
        op: str,
        header: Mapping[str, Any],
        arrays: Mapping[str, np.ndarray] | None = None,
        *,
        slot: str | None = None,
    ) -> Job[Message]:
        """Send a request of any kind; starts the worker if need be. Never waits and never raises for the worker's sake.

        Args:
            op: what the server should do.
            header: JSON values.
            arrays: float32, float64, int64 or uint8; copied, so the caller may go on writing to them.
            slot: a newer request with the same slot takes the place of this one as long as it is not begun.
        """
        return self._submit(op, header, arrays or {}, lambda message: message, slot=slot)

    def load(self, model: ModelRef) -> Job[dict[str, Any]]:
        """Load a model, which `sample` and `render` also do by themselves.

        The result has the card's values ("name", "architecture", "license", "truncation", …) and "device".
        """
        return self._submit("load", _named(model), {}, lambda message: message.get("card", dict))

    def sample(
        self, model: ModelRef, *, seed: int | None = None, z: np.ndarray | None = None, truncation: float
    ) -> Job[Layout[np.ndarray]]:
        """A layout (N = 1) of the layout network.

        Args:
            seed: of the noise; or else
            z: the noise itself, (d_noise) or (1, d_noise).
            truncation: 0 = none … 1 = the mean layout.
        """
        if (seed is None) == (z is None):
            raise ValueError("sample takes either a seed or z.")
        header = {**_named(model), "truncation": float(truncation)}
        arrays = {}
        if z is None:
            header["seed"] = int(seed)  # type: ignore[arg-type]  # not None, see above
        else:
            arrays["z"] = np.asarray(z, np.float32).reshape(1, -1)
        return self._submit("sample", header, arrays, _read_layout)

    def complete(self, model: ModelRef, pins: Pins, *, truncation: float, seed: int, count: int) -> Job[Candidates]:
        """Rooms with the pinned blobs where they are; the job's progress is worth showing, and it may be cancelled.

        Args:
            pins: at least one blob of the model.
            truncation: 0 = none, below 1.
            seed: of the noise.
            count: how many rooms.
        """
        header = {**_named(model), "truncation": float(truncation), "seed": int(seed), "count": int(count)}
        arrays = {"indices": np.asarray(pins.indices, np.int64)}
        arrays |= {name: np.asarray(getattr(pins, name), np.float32) for name in ("xs", "ys", "sizes")}
        return self._submit(
            "complete", header, arrays, lambda message: Candidates(_read_layout(message), message.array("misses"))
        )

    def render(
        self,
        model: ModelRef,
        layout: Layout[np.ndarray],
        *,
        noise_seed: int,
        size: tuple[int, int] | None = None,
        filter_name: str = DEFAULT,
        region: Region | None = None,
        blob_map: bool = False,
        slot: str | None = None,
        preview: float | None = None,
    ) -> Job[Picture]:
        """The picture of one layout.

        Args:
            layout: N = 1, any number of blobs; its arrays are copied.
            noise_seed: of the decoder's noise.
            size: (width, height) of the picture in pixels if not the model's own: resampled, not generated.
            filter_name: of `core.filters.FILTERS`, for a size that is not the model's own.
            region: (left, top, right, bottom) of the piece of a picture of that `size`; the whole if None.
            blob_map: also paint the blobs in the palette's colours.
            slot: see `submit`; a name for each canvas.
            preview: seconds; where the picture takes longer, a coarse one may come first (`Job.take_preview`), or a
                draft wherever that is quicker, and a newer request with the same slot then takes the place of the rest.
                Needs a slot, and no size.

        Raises:
            LayoutError: the layout's arrays do not fit each other.
        """
        layout.check()
        if layout.count != 1:
            raise ValueError(f"render takes one layout, not {layout.count}.")
        header = {**_named(model), "noise_seed": int(noise_seed), "blob_map": bool(blob_map)}
        header.update(_resizing(size, filter_name, region))
        if preview is not None:
            header["preview"] = float(preview)
        geometry = {name: getattr(layout, name) for name in _GEOMETRY}
        return self._submit(
            "render",
            header,
            geometry,
            _read_picture,
            slot=slot,
            features=np.array(layout.features[0], np.float32, order="C"),
            styles=np.array(layout.spatial_style[0], np.float32, order="C"),
        )

    def mattes(
        self,
        model: ModelRef,
        layout: Layout[np.ndarray],
        *,
        numbers: np.ndarray,
        ids: np.ndarray,
        mattes: bool = False,
        index: bool = False,
        levels: int = 0,
        blob_map: bool = False,
        size: tuple[int, int] | None = None,
        filter_name: str = DEFAULT,
        region: Region | None = None,
    ) -> Job[Mattes]:
        """What a layout's geometry alone says of each pixel.

        Args:
            layout: N = 1, M blobs.
            numbers: int64 (M,), of the blobs' colours in the blob map and of their values in the index.
            ids: float32 (M,), of the blobs in the Cryptomatte.
            mattes, index, levels, blob_map: what is wanted; levels is the Cryptomatte's, 0 for none.
            size, filter_name, region: as in `render`. The whole of a large picture may be too much for a message.
        """
        layout.check()
        header = {**_named(model), "mattes": mattes, "index": index, "levels": levels, "blob_map": blob_map}
        header.update(_resizing(size, filter_name, region))
        arrays = {name: getattr(layout, name) for name in _GEOMETRY}
        return self._submit("mattes", header, {**arrays, "numbers": numbers, "ids": ids}, _read_mattes)

    def _submit(
        self,
        op: str,
        header: Mapping[str, Any],
        arrays: Mapping[str, np.ndarray],
        decode: Callable[[Message], T],
        **more: Any,
    ) -> Job[T]:
        home: list[Session] = []  # where the request went
        job: Job[T] = Job(on_cancel=lambda: home[0].cancel(request) if home else None)
        copies = {name: np.array(array, order="C") for name, array in arrays.items()}
        request = Request(op, dict(header), copies, job, decode, **more)
        with self._lock:
            refusal = self._refusal()
            if refusal is None:
                home.append(self._hand_over(request))
        if refusal is not None:
            job.fail(refusal)
        return job

    def _refusal(self) -> WorkerError | None:
        """Why no worker is started for a request, if it is not: one that always crashes would do so for ever."""
        failed = self._session is not None and self._session.state is WorkerState.FAILED
        crashes = self._crashes
        if failed and len(crashes) == _CRASHES and time.monotonic() - crashes[0] < _CRASH_PERIOD:
            return WorkerError(f"{self.failure} That was {_CRASHES} times in a row: press Restart to try again.")
        return None

    def _hand_over(self, request: Request) -> Session:
        """To the session that takes requests; to a new one if there is none. Needs the lock."""
        session = self._session
        if session is None or not session.put(request):
            session = self._new_session()
            session.put(request)
            session.begin()
        return session

    def _new_session(self) -> Session:
        """In the place of the one there is, not begun. Needs the lock."""
        self._retire()
        self._session = Session(
            self._find_python,
            self._deadlines,
            self._environment,
            on_failure=lambda: self._crashes.append(time.monotonic()),
        )
        return self._session

    def _retire(self) -> None:
        """Let the session end in the background. Needs the lock."""
        session, self._session = self._session, None
        if session is not None:
            session.ask_to_stop()
            self._ending.append(session)
        self._ending = [ending for ending in self._ending if not ending.join(0)]


def _finder(python: FindPython | Path) -> FindPython:
    return (lambda _stop: Interpreter(python)) if isinstance(python, Path) else python


def _named(model: ModelRef) -> dict[str, Any]:
    return {"model": str(model.path), "sha256": model.sha256}


def _resizing(size: tuple[int, int] | None, filter_name: str, region: Region | None) -> dict[str, Any]:
    if size is None:
        if region is not None:
            raise ValueError("A region is a piece of a picture of a given size.")
        return {}
    header: dict[str, Any] = {"size": [int(side) for side in size], "filter": filter_name}
    if region is not None:
        header["region"] = [int(edge) for edge in region]
    return header


def _read_layout(message: Message) -> Layout[np.ndarray]:
    layout = Layout(*(message.array(name) for name in Layout.FIELDS))
    layout.check()
    return layout


def _read_picture(message: Message) -> Picture:
    rgb, blob_map = message.array("rgb"), message.arrays.get("blob_map")
    for array in (rgb, blob_map):
        if array is not None and (array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3):
            raise ProtocolError(f"The worker's picture is {array.dtype} {array.shape}, not uint8 (H, W, 3).")
    made_by = drawn_by(message.get("engine", str), message.get("device", str))
    return Picture(rgb, blob_map, message.get("seconds", float), made_by)


def _read_mattes(message: Message) -> Mattes:
    found: dict[str, np.ndarray | None] = {}
    for name, dtype, sides, channels in (
        ("mattes", np.float32, 3, ()),
        ("index", np.float32, 2, ()),
        ("cryptomatte", np.float32, 3, (4,)),
        ("blob_map", np.uint8, 2, (3,)),
    ):
        array = found[name] = message.arrays.get(name)
        if array is not None and (array.dtype, array.ndim, array.shape[sides:]) != (
            dtype,
            sides + len(channels),
            channels,
        ):
            raise ProtocolError(
                f"The worker's {name} is {array.dtype} {array.shape}, which was not asked for. Restart it."
            )
    return Mattes(**found)
