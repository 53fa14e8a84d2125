"""What the benchmarks share: times and their spread, and how fast the machine multiplies matrices meanwhile."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure: milliseconds, of `count` measurements."""

    what: str
    p50: float
    p95: float
    p99: float
    worst: float
    count: int

    @classmethod
    def of(cls, what: str, seconds: list[float]) -> Row:
        """From times in seconds."""
        ms = sorted(1000 * value for value in seconds)
        last = len(ms) - 1
        return cls(what, statistics.median(ms), ms[round(0.95 * last)], ms[round(0.99 * last)], ms[last], len(ms))


def timed(action: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def repeated(measure: Callable[[], float], most: int, seconds: float) -> list[float]:
    """What `measure` says so many times, or for so many seconds, whichever comes first; twice before that, unheeded."""
    measure(), measure()
    until = time.monotonic() + seconds
    found = [measure()]
    while len(found) < most and time.monotonic() < until:
        found.append(measure())
    return found


def device_timed(action: Callable[[], object]) -> float:
    """Seconds from when a CUDA device begins what a call asks of it until it has done so, by the device's own clock."""
    import torch

    began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    began.record()
    action()
    ended.record()
    ended.synchronize()
    return began.elapsed_time(ended) / 1000


def torch_matrix_rate(device: str, half: bool = False) -> float:
    """GFLOP/s of torch's matrix product on a device, float32 without TF32 or float16: the best of ten."""
    import torch

    side = 8192 if device == "cuda" else 2048
    a = torch.randn(side, side, device=device, dtype=torch.float16 if half else torch.float32)
    clock = device_timed if device == "cuda" else timed
    clock(lambda: a @ a)
    return 2e-9 * side**3 / min(clock(lambda: a @ a) for _ in range(10))


def memory(of: str, pid: int | str = "self") -> float:
    """MB of a process's memory as Linux counts it: "VmRSS" now, "VmHWM" at most so far."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{of}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"/proc/{pid}/status says nothing of {of}.")


def matrix_rate() -> float:
    """GFLOP/s of this machine's float32 matrix product in these minutes, in a process of its own: its threads would
    spin on in this one. The bundled model's picture is about as many operations as four such products.
    """
    code = (
        "import numpy, time; a = numpy.ones((1024, 1024), 'f'); a @ a; times = []\n"
        "for _ in range(15):\n began = time.perf_counter(); a @ a; times.append(time.perf_counter() - began)\n"
        "print(2 * 1.024**3 / sorted(times)[7])"
    )
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
