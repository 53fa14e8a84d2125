"""Renders a data set with many processes on all devices; stopped or killed, it goes on where it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from .folder import DatasetError, RoomFolder
from .worker import Share

PROCESSES_PER_GPU = 16  # on two H100s with 32 cores 114 rooms a second at 256², under CUDA's MPS server
PROCESS_MEMORY = 4  # GiB of a GPU's memory that each may take; 3.7 were seen
POLL = 0.5  # seconds between looks at the processes
RESTARTS = 3
"""How often one process may die before the whole run gives up."""


@dataclass(frozen=True)
class Job:
    """What to render. `device` is CUDA, OPTIX, CPU or AUTO; `processes` 0 means as many as suit the devices."""

    folder: RoomFolder
    count: int
    resolution: int
    start: int = 0
    samples: int = 32
    device: str = "AUTO"
    processes: int = 0
    manifest: bool = True


def render_rooms(job: Job, report: Callable[[int, float], None]) -> int:
    """Renders what is missing and, if wanted, writes the manifest; returns how many pictures the folder holds.

    `report(done, rooms a second)` is called every few seconds with the number of this job's rooms that exist.

    Raises:
        DatasetError: the folder was begun with other settings, or a process failed again and again.
    """
    job.folder.prepare(job.resolution, job.samples)
    gpus = 0 if job.device == "CPU" else count_gpus()
    if not gpus and job.device not in ("AUTO", "CPU"):
        raise DatasetError(f"No NVIDIA GPU was found for {job.device}. Render with --device CPU, or check nvidia-smi.")
    device = job.device if job.device != "AUTO" else "CUDA" if gpus else "CPU"
    processes = job.processes or suitable_processes(gpus)
    _run(job, device, gpus, processes, report)
    shutil.rmtree(job.folder.unfinished, ignore_errors=True)
    return job.folder.write_manifest() if job.manifest else len(job.folder.done())


def count_gpus() -> int:
    """How many NVIDIA GPUs this process may use: CUDA_VISIBLE_DEVICES, else what nvidia-smi lists."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([name for name in visible.split(",") if name.strip() not in ("", "-1")])
    if not shutil.which("nvidia-smi"):
        return 0
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=60, check=False)
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())


def suitable_processes(gpus: int) -> int:
    """As many as there are cores; on GPUs no more than each has memory for, and at least one each."""
    cores = os.cpu_count() or 1
    if not gpus:
        return cores
    command = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    mebibytes = [int(line) for line in listed.stdout.split() if line.isdigit()]
    room = min(mebibytes, default=0) // 1024 // PROCESS_MEMORY
    return gpus * max(1, min(PROCESSES_PER_GPU, room, cores // gpus))


def _run(job: Job, device: str, gpus: int, processes: int, report: Callable[[int, float], None]) -> None:
    """Keeps one process per share alive until every share is done."""
    running = {index: _launch(job, device, gpus, index, processes) for index in range(processes)}
    restarts = dict.fromkeys(running, 0)
    began, at_first, reported = time.monotonic(), _count(job), 0.0
    try:
        while running:
            time.sleep(POLL)
            for index, process in list(running.items()):
                code = process.poll()
                if code == 0:
                    del running[index]
                elif code is not None:
                    restarts[index] += 1
                    if restarts[index] > RESTARTS:
                        raise DatasetError(
                            f"Rendering process {index} ended {restarts[index]} times with code {code}; its "
                            "messages stand above. Rooms done so far are kept."
                        )
                    running[index] = _launch(job, device, gpus, index, processes)
            if time.monotonic() - reported > 5 or not running:
                reported, done = time.monotonic(), _count(job)
                report(done, (done - at_first) / (reported - began))
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait()


def _count(job: Job) -> int:
    return sum(job.start <= seed < job.start + job.count for seed in job.folder.done())


def _launch(job: Job, device: str, gpus: int, index: int, processes: int) -> subprocess.Popen[bytes]:
    environment = dict(os.environ)
    if gpus:
        visible = [name for name in environment.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
        environment["CUDA_VISIBLE_DEVICES"] = (visible or [str(gpu) for gpu in range(gpus)])[index % gpus]
    # On CPUs many processes of one thread beat one of many; a GPU's process needs few for the scene and the compositor.
    threads = max(1, (os.cpu_count() or 1) // processes)
    share = Share(job.start, job.count, index, processes)
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            __package__,
            "worker",
            str(job.folder.root),
            str(share.start),
            str(share.count),
            str(share.index),
            str(share.of),
            str(job.resolution),
            str(job.samples),
            device,
            str(threads),
        ],
        env=environment,
        stdin=subprocess.DEVNULL,
    )
