"""The training set as one array on disk: every picture decoded once, by all cores, with a report on what was found."""

from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from ..library.locking import Taken, take
from ..library.replacing import replacing
from .decoding import Facts, decode_into
from .errors import TrainingError
from .sources import Listed, list_pictures, read_archive

logger = logging.getLogger(__name__)

LEAST = 16  # pictures that a discriminator can tell apart from noise
SMALL_SET = 5_000  # pictures below which mirroring and augmentation are worth their price
_CHUNK = 64  # pictures that a process decodes at a time
_NAMED = 20  # broken pictures that the report names
_PATIENCE = 0.5  # seconds from one look at another run's lock to the next
Task = list[tuple[int, Path | bytes]]


@dataclass(frozen=True)
class Report:
    """What a training set is made of.

    Attributes:
        source: where it lies.
        count: pictures that can be used.
        sizes: smallest, median and largest of their shorter sides, in pixels.
        not_square: how many were cropped.
        enlarged: how many are smaller than the resolution.
        notes: how many are 16-bit, CMYK, alpha, grey.
        broken: how many cannot be read.
        examples: the first of those: name and problem.
        seconds: what decoding took.
    """

    source: str
    count: int
    sizes: tuple[int, int, int]
    not_square: int
    enlarged: int
    notes: dict[str, int] = field(default_factory=dict)
    broken: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    def lines(self) -> list[str]:
        """The report as sentences for a person."""
        smallest, median, largest = self.sizes
        said = [f"{self.count:,} pictures in {self.source}, {smallest} … {median} … {largest} pixels (shorter side)."]
        if self.not_square:
            said.append(f"{self.not_square:,} are not square: their middle is taken.")
        if self.enlarged:
            said.append(f"{self.enlarged:,} are smaller than the training resolution and were enlarged.")
        ways = {
            "16-bit": "have 16 bits: scaled to 8",
            "CMYK": "are CMYK: converted to RGB",
            "alpha": "have transparency: laid over white",
            "grey": "are grey",
        }
        said += [f"{number:,} {ways[note]}." for note, number in sorted(self.notes.items())]
        if self.broken:
            said.append(f"{self.broken:,} cannot be read and were left out:")
            said += [f"  {name}: {problem}" for name, problem in self.examples]
        return said


@dataclass(frozen=True)
class Pictures:
    """A decoded training set: `rows` uint8 (count, resolution, resolution, 3), memory-mapped, and its report."""

    rows: np.ndarray
    report: Report

    @property
    def small(self) -> bool:
        """Whether there are so few that they are worth augmenting."""
        return len(self.rows) < SMALL_SET


def load_pictures(source: Path, resolution: int, cache: Path, processes: int = 0) -> Pictures:
    """The pictures of a folder, zip or tar file, from the cache where they were decoded before.

    Args:
        source: see `sources.list_pictures`.
        resolution: side to crop and resize to.
        cache: folder for the decoded array, `3 · resolution²` bytes a picture.
        processes: how many decode; 0 = one for each core.

    Raises:
        TrainingError: no, too few or only broken pictures, a damaged archive, no room on the disk.
    """
    listed = list_pictures(source)
    total = sum(len(part.names) for part in listed)
    _check_enough(source, total, total)
    path = cache / f"pictures-{resolution}-{_fingerprint(listed, resolution)}.u8"
    found = _read_cache(path, resolution)
    if found is None:
        with _alone(cache):  # two runs may share it
            found = _read_cache(path, resolution)
            if found is None:
                return _fill_cache(path, source, listed, resolution, processes or os.cpu_count() or 1)
    logger.info("Decoded before: %s", path)
    return found


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Be the only one to decode into a cache; waits until another process has done so."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = (cache / ".lock").open("ab")
    except OSError as error:
        raise TrainingError(
            f"{cache} cannot be written ({error.strerror or error}). Choose another --cache."
        ) from error
    with lock:
        if not _taken(lock):
            logger.info("Another run decodes pictures into %s: waiting for it …", cache)
            while not _taken(lock):
                time.sleep(_PATIENCE)
        yield


def _taken(lock: IO[bytes]) -> bool:
    """Whether the lock is ours now."""
    try:
        take(lock, "Pictures are being decoded")
    except Taken:
        return False
    return True


def _fill_cache(path: Path, source: Path, listed: Sequence[Listed], resolution: int, processes: int) -> Pictures:
    """Decode all pictures into the array at `path`, with their report beside it."""
    total = sum(len(part.names) for part in listed)
    began = time.monotonic()
    logger.info("Decoding %s pictures …", f"{total:,}")
    shape = (total, resolution, resolution, 3)
    with replacing(path) as partial:
        _reserve(partial, int(np.prod(shape)))
        facts = _decode(listed, partial, shape, processes)
        good = [index for index in range(total) if not facts[index].problem]
        names = [name for part in listed for name in part.names]
        report = _report(source, resolution, names, facts, time.monotonic() - began)
        _check_enough(source, len(good), total, report)
        _close_ranks(partial, shape, good)
    with replacing(path.with_suffix(".json")) as partial:
        partial.write_text(json.dumps(asdict(report), indent=1), encoding="utf-8")
    return Pictures(_map(path, report.count, resolution), report)


def _check_enough(source: Path, good: int, total: int, report: Report | None = None) -> None:
    if good >= LEAST:
        return
    why = "".join(f" {name}: {problem}." for name, problem in report.examples[:3]) if report else ""
    whole = f"{good} pictures" if good == total else f"{good} pictures that can be read, of {total}"
    raise TrainingError(
        f"{source} holds {whole}; training needs {LEAST} at least, and thousands for a good model.{why} Add pictures."
    )


def _fingerprint(listed: Sequence[Listed], resolution: int) -> str:
    parts = [[str(part.path.resolve()), len(part.names), *part.stamp] for part in listed]
    return hashlib.sha256(json.dumps([resolution, parts]).encode()).hexdigest()[:16]


def _map(path: Path, count: int, resolution: int) -> np.ndarray:
    return np.memmap(path, np.uint8, mode="r", shape=(count, resolution, resolution, 3))


def _read_cache(path: Path, resolution: int) -> Pictures | None:
    """What an earlier run decoded, if it is whole."""
    try:
        data = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        data["sizes"] = tuple(data["sizes"])
        data["examples"] = [tuple(example) for example in data["examples"]]
        report = Report(**data)
        return Pictures(_map(path, report.count, resolution), report)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _reserve(path: Path, size: int) -> None:
    """Make a file of `size` bytes whose room on the disk is certain: writing to a map of a full disk would kill us."""
    path.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(path.parent).free
    if free < size:
        raise TrainingError(
            f"The decoded pictures need {size / 1e9:.1f} GB and the disk of {path.parent} has {free / 1e9:.1f} GB "
            "left. Make room, or choose another --cache."
        )
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)


def _decode(listed: Sequence[Listed], path: Path, shape: tuple[int, int, int, int], processes: int) -> dict[int, Facts]:
    """Decode all pictures into the array at `path`; returns the facts of every row."""
    if shape[0] <= _CHUNK or processes == 1:
        return {index: facts for task in _tasks(listed) for index, facts in decode_into(path, shape, 0, task)}
    facts: dict[int, Facts] = {}
    # Spawned, not forked: torch's threads may hold locks in this process.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(processes, shape[0] // _CHUNK + 1), mp_context=context)
    waiting: set[Future[list[tuple[int, Facts]]]] = set()
    try:
        for task in _tasks(listed):
            waiting.add(pool.submit(decode_into, path, shape, 0, task))
            if len(waiting) > 4 * processes:  # an archive's bytes must not pile up in memory
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    facts.update(future.result())
        for future in waiting:
            facts.update(future.result())
    except BrokenProcessPool as error:
        raise TrainingError(
            "A process that decodes pictures died: the memory may not suffice, or a picture crashes its decoder. "
            "Look at the newest pictures, or start again."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)
    missing = Facts(problem="it is no longer in the archive")
    return {index: facts.get(index, missing) for index in range(shape[0])}


def _tasks(listed: Sequence[Listed]) -> Iterator[Task]:
    """All pictures in chunks: files by path, members of archives by their bytes."""
    first = 0
    for part in listed:
        row = {name: first + index for index, name in enumerate(part.names)}
        first += len(row)
        if part.path.is_dir():
            task: Task = [(index, part.path / name) for name, index in row.items()]
            yield from (task[start : start + _CHUNK] for start in range(0, len(task), _CHUNK))
            continue
        task = []
        for name, data in read_archive(part.path, part.names):
            task.append((row[name], data))
            if len(task) == _CHUNK:
                yield task
                task = []
        if task:
            yield task


def _report(source: Path, resolution: int, names: Sequence[str], facts: dict[int, Facts], seconds: float) -> Report:
    good = [found for found in facts.values() if not found.problem]
    sides = sorted(min(found.width, found.height) for found in good) or [0]
    broken = [(names[index], facts[index].problem) for index in sorted(facts) if facts[index].problem]
    return Report(
        source=str(source),
        count=len(good),
        sizes=(sides[0], sides[len(sides) // 2], sides[-1]),
        not_square=sum(found.width != found.height for found in good),
        enlarged=sum(side < resolution for side in sides) if good else 0,
        notes=dict(Counter(note for found in good for note in found.notes)),
        broken=len(broken),
        examples=broken[:_NAMED],
        seconds=round(seconds, 1),
    )


def _close_ranks(path: Path, shape: tuple[int, int, int, int], good: Sequence[int]) -> None:
    """Move the rows of readable pictures up over those of broken ones, and cut the file."""
    if len(good) == shape[0]:
        return
    rows = np.memmap(path, np.uint8, mode="r+", shape=shape)
    for to, index in enumerate(good):
        if to != index:
            rows[to] = rows[index]
    rows.flush()
    del rows
    os.truncate(path, len(good) * int(np.prod(shape[1:])))
