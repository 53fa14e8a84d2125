"""A shape's drawing compiled beside the worker: a process that compiles, and a thread that waits for it.

The process is gone with the worker, however that ends, and its own children with it: it leads a process group of its
own (on Windows, which has none, it keeps no pool of children), and ends when the pipe does that it has its orders from.
The thread takes the device, and Python's time, only when all is compiled and the hand rests: to load the drawing and
to call it once.

It is done by default on CUDA devices, where Triton and a C compiler are; wherever it fails, drafts go on without
(`quickening`).
"""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen
from typing import IO

import numpy as np
import torch
from torch import Tensor

from ..core.layout import Layout
from ..core.spawn import order, signal_group, start
from .compiled import MARK, Order, load
from .live_decoder import STILL, Drawing, Inputs, LiveDecoder
from .quickening import MissingToolError

VARIABLE = "BLOBGAN_COMPILE"  # 0: compile nothing
LONGEST = 600.0  # seconds that compiling may take
_LOOK = 0.1  # seconds between looks at the process
_PATIENCE = 0.0001  # seconds that this thread's Python may hold up the others'

_one_at_a_time = threading.Lock()
_current: Compilation | None = None


def is_wanted() -> bool:
    """Whether `BLOBGAN_COMPILE` leaves it on."""
    return os.environ.get(VARIABLE) != "0"


def compile_beside(road: LiveDecoder, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> Compilation | None:
    """Begin to compile what `road` draws of layouts shaped like this; None while something else is compiled.

    Raises:
        MissingToolError: there is no Triton, as on Windows, or no C compiler. A process would take seconds, and memory,
            to say so.
    """
    global _current
    if road.device.type == "cuda":
        _check_tools()
    if not _one_at_a_time.acquire(blocking=False):
        return None
    try:
        _current = Compilation(road, road.prepared(layout, noise))
    except BaseException:
        _one_at_a_time.release()
        raise
    return _current


def stop() -> None:
    """Give up on what is being compiled, and let go of what it holds of the device's memory."""
    global _current
    if _current is not None:
        _current.stop()
        _current = None


class Compilation:
    """What `compile_beside` began. The thread that began it may call it."""

    def __init__(self, road: LiveDecoder, inputs: Inputs) -> None:
        self._shape = inputs.shape
        self._order = Order(road.config, *inputs.shape, road.half, str(road.device))
        self._tensors: list[Tensor] | None = road.tensors(inputs.copied())
        self._road = weakref.ref(road)  # not held: who lets a model go is to have its memory
        self._stopped, self._is_compiled, self._may_load = (threading.Event() for _ in range(3))
        self._drawing: Drawing | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="compiling", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether it is ready, or has failed."""
        return not self._thread.is_alive()

    def go_on(self) -> None:
        """The hand rests: what might disturb it may be done now."""
        if self._is_compiled.is_set():
            self._may_load.set()

    def take(self) -> None:
        """Have the road draw by what was compiled. Raises what went wrong."""
        if self._drawing is None:
            raise self._error or RuntimeError("its thread broke off")
        self._adopt(self._drawing)
        self._drawing = None  # the road's, and to go with it

    def leave(self) -> None:
        """Have the road draw as before."""
        self._adopt(None)

    def stop(self) -> None:
        """Give up, and wait until the process is gone."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        path: Path | None = None
        try:
            path = _path_from_a_process(self._order, self._check_is_wanted)
            self._is_compiled.set()
            while not self._may_load.wait(_LOOK):
                self._check_is_wanted()
            assert self._tensors is not None
            with STILL, _patiently(), _beside(self._tensors[0].device), torch.inference_mode():
                drawing = load(path)
                self._check_is_wanted()
                drawing(self._tensors)  # the first call loads kernels, and may try some out
            self._drawing = drawing
        except Exception as error:  # whatever a compiler, a driver or a full disk says: `take` raises it
            self._error = error.with_traceback(None)  # whose frames would hold tensors
        finally:
            self._tensors = None
            if path is not None:
                with suppress(OSError):
                    path.unlink()
            _one_at_a_time.release()

    def _adopt(self, drawing: Drawing | None) -> None:
        road = self._road()
        if road is not None:
            road.adopt(self._shape, drawing)

    def _check_is_wanted(self) -> None:
        if self._stopped.is_set() or self._road() is None:
            raise RuntimeError("nobody wants it any more")


def _check_tools() -> None:
    """See that there is Triton, and a C compiler where Triton looks for one to build its driver with."""
    if importlib.util.find_spec("triton") is None:
        raise MissingToolError("this Python has no Triton")
    if sys.platform == "win32":
        return  # what there is of Triton there brings a compiler along
    named = os.environ.get("CC")
    if not any(map(shutil.which, ("gcc", "clang") if named is None else (named,))):
        raise MissingToolError(
            "this machine has no C compiler: there is no gcc and no clang, and CC names no other"
            if named is None
            else f"this machine has no C compiler: CC names {named!r}, and there is none"
        )


def _path_from_a_process(what: Order, check: Callable[[], None]) -> Path:
    """Where the drawing lies that a process compiled.

    Args:
        what: is to be compiled.
        check: raises to stop.

    Raises:
        RuntimeError: it failed, with the last thing that it said; or it took too long.
    """
    with tempfile.TemporaryFile() as output:
        process = _started(what, output)
        until = time.monotonic() + LONGEST
        try:
            while process.poll() is None:
                check()
                if time.monotonic() > until:
                    raise RuntimeError(f"it was not compiled in {LONGEST:g} seconds")
                time.sleep(_LOOK)
        finally:
            signal_group(process, "SIGKILL")  # its children too: a C compiler, or a pool of Triton's
            process.wait()
            assert process.stdin is not None
            with suppress(OSError):  # what it did not live to read is written once more
                process.stdin.close()
        output.seek(0)
        said = output.read().decode("utf-8", "replace").strip().splitlines() or ["no word"]
    for line in said:  # libraries say more, and some a last word
        if line.startswith(MARK):
            return Path(line.removeprefix(MARK))
    raise RuntimeError(f"exit code {process.returncode}: {said[-1]:.300}")


def _started(what: Order, output: IO[bytes]) -> Popen[bytes]:
    # No pool on Windows, whose processes would outlive this one there.
    process = start(sys.executable, output, {"TORCHINDUCTOR_COMPILE_THREADS": "1"} if sys.platform == "win32" else {})
    orders = {
        "command": [what.to_json()],
        "module": "inference.compiled",
        "packages": str(Path(torch.__file__).parents[1]),  # wherever this worker has it from
    }
    order(process, orders)  # and the pipe stays open: the process ends when it is closed
    return process


@contextmanager
def _patiently() -> Iterator[None]:
    """Let the thread that draws have Python whenever it asks for it, and without walking through a compiler's objects
    first. Seconds of imports would else be long pauses of a drag (docs/performance.md)."""
    interval, collects = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(_PATIENCE)
    gc.disable()
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if collects:
            gc.enable()


@contextmanager
def _beside(device: torch.device) -> Iterator[None]:
    """On a CUDA device, a stream of this thread's own beside what the worker draws."""
    if device.type != "cuda":
        yield
        return
    with torch.cuda.device(device):
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.default_stream())  # by which the tensors came
        with torch.cuda.stream(stream):
            yield
        stream.synchronize()
