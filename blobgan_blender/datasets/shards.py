"""Packs finished rooms into tar.xz files of bounded size, each room once, and says what is still to come.

A file that came home is unpacked with `tar -xJf` into the data set's folder; `manifest` then describes what is there.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

from .folder import DatasetError, RoomFolder

OVERHEAD = 96  # bytes: what a room's two tar headers are left with after xz
SHIPPED = "shipped.txt"


def pack(folder: RoomFolder, destination: Path, limit: int, shards: int, final: bool) -> list[Path]:
    """Writes at most `shards` files of at most `limit` bytes each with rooms that no earlier call packed.

    A file that would not be full is left for the next call, unless this is the `final` one.

    Raises:
        DatasetError: one room alone is larger than `limit`.
    """
    ledger = folder.root / SHIPPED
    shipped = {int(line) for line in ledger.read_text().split()} if ledger.exists() else set()
    waiting = [seed for seed in folder.done() if seed not in shipped]
    destination.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    while waiting and len(written) < shards:
        taken, full = _fitting(folder, waiting, limit)
        if not full and not final:
            break
        written.append(_write(folder, destination / f"rooms-{taken[0]:07d}-{taken[-1]:07d}.tar.xz", taken))
        with ledger.open("a") as file:
            file.write("".join(f"{seed}\n" for seed in taken))
        waiting = waiting[len(taken) :]
    return written


def _fitting(folder: RoomFolder, waiting: list[int], limit: int) -> tuple[list[int], bool]:
    """The first rooms that fit, and whether more wait."""
    room_left = limit
    taken: list[int] = []
    for seed in waiting:
        size = folder.picture(seed).stat().st_size + folder.mask(seed).stat().st_size + OVERHEAD
        if size > room_left:
            if not taken:
                raise DatasetError(
                    f"Room {seed} alone takes {size} bytes, more than a shard's {limit}. Allow larger shards."
                )
            return taken, True
        room_left -= size
        taken.append(seed)
    return taken, False


def _write(folder: RoomFolder, path: Path, seeds: list[int]) -> Path:
    unfinished = path.with_name(f".{path.name}")
    with tarfile.open(unfinished, "w:xz", preset=1) as tar:
        tar.add(folder.root / "dataset.json", "dataset.json")
        for files in (folder.picture, folder.mask):  # like beside like: the headers compress to little
            for seed in seeds:
                tar.add(files(seed), str(files(seed).relative_to(folder.root)), filter=_plain)
    return unfinished.replace(path)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without owner and time, which would make headers long and archives differ."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member
