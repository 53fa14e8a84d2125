"""Rendering for real: small rooms on the CPU, in processes of their own, as `rooms` does it everywhere."""

from __future__ import annotations

import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
from PIL import Image

from blobgan_blender.datasets.classes import CLASSES
from blobgan_blender.datasets.folder import DatasetError, RoomFolder
from blobgan_blender.datasets.rooms import Job, render_rooms, suitable_processes
from blobgan_blender.datasets.shards import pack

pytest.importorskip("bpy")
SIDE, SAMPLES = 64, 4


def job(root: Path, count: int) -> Job:
    return Job(RoomFolder(root), count, SIDE, samples=SAMPLES, device="CPU", processes=1)


def rendered(root: Path, count: int) -> RoomFolder:
    render_rooms(job(root, count), lambda *_: None)
    return RoomFolder(root)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RoomFolder:
    return rendered(tmp_path_factory.mktemp("rooms"), 3)


def test_pictures_masks_and_manifest_agree(folder: RoomFolder) -> None:
    entries = list(folder.read_manifest())
    assert [entry["seed"] for entry in entries] == folder.done() == [0, 1, 2]
    for entry in entries:
        picture, mask = Image.open(folder.root / entry["picture"]), Image.open(folder.root / entry["mask"])
        assert picture.size == mask.size == (SIDE, SIDE)
        assert (picture.mode, mask.mode) == ("RGB", "L")
        assert len(picture.getcolors(SIDE * SIDE)) > 500
        shown = {CLASSES[number] for _, number in mask.getcolors()}
        assert shown == {"room"} | entry["boxes"].keys()


def test_a_mask_lies_in_the_rectangles_of_the_manifest(folder: RoomFolder) -> None:
    for entry in folder.read_manifest():
        mask = Image.open(folder.root / entry["mask"])
        for kind, box in entry["boxes"].items():
            if kind == "pendant":  # the rectangle is the lamp's; its cord reaches up to the ceiling
                continue
            only = mask.point([255 * (number == CLASSES.index(kind)) for number in range(256)])
            slack = 3 if kind in ("bed", "plant") else 2  # pixels; leaves and blankets swing out a little
            found, wanted = only.getbbox(), [round(side * SIDE) for side in box]
            assert all(f >= w - slack for f, w in zip(found[:2], wanted[:2], strict=True)), (entry["seed"], kind)
            assert all(f <= w + slack for f, w in zip(found[2:], wanted[2:], strict=True)), (entry["seed"], kind)


def test_a_missing_room_is_rendered_again_to_the_same_bytes_and_the_rest_left(folder: RoomFolder) -> None:
    gone, kept = folder.picture(1), folder.picture(2)
    before, changed = gone.read_bytes(), kept.stat().st_mtime_ns
    gone.unlink()
    rendered(folder.root, 3)
    assert gone.read_bytes() == before
    assert kept.stat().st_mtime_ns == changed


def test_another_resolution_is_refused(folder: RoomFolder) -> None:
    with pytest.raises(DatasetError, match="holds rooms at 64²"):
        folder.prepare(SIDE * 2, SAMPLES)


def test_a_killed_run_leaves_whole_files_and_goes_on(tmp_path: Path) -> None:
    folder = RoomFolder(tmp_path)
    command = [sys.executable, "-m", "blobgan_blender.datasets", "rooms", str(tmp_path), "--count", "500",
               "--resolution", str(SIDE), "--samples", str(SAMPLES), "--device", "CPU", "--processes", "1"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 90
        while len(folder.done() if folder.pictures.exists() else []) < 2:
            assert time.monotonic() < deadline, "no picture in time"
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
    count = -1
    while count != len(folder.done()):  # the orphaned process ends after the room in hand
        count = len(folder.done())
        time.sleep(2)
    for seed in folder.done():
        Image.open(folder.picture(seed)).load()
        Image.open(folder.mask(seed)).load()
    rendered(tmp_path, count + 1)
    assert folder.done() == list(range(count + 1))
    assert len(list(folder.read_manifest())) == count + 1


def test_shards_hold_every_room_once(folder: RoomFolder, tmp_path: Path) -> None:
    (folder.root / "shipped.txt").unlink(missing_ok=True)
    limit = sum(folder.picture(s).stat().st_size + folder.mask(s).stat().st_size for s in (0, 1)) + 400
    first = pack(folder, tmp_path, limit, shards=4, final=False)
    last = pack(folder, tmp_path, limit, shards=4, final=True)
    assert [len(first), len(last), len(pack(folder, tmp_path, limit, shards=4, final=True))] == [1, 1, 0]
    home = RoomFolder(tmp_path / "home")
    for shard in first + last:
        with tarfile.open(shard) as tar:
            tar.extractall(home.root)  # made here; Debian 12's Python knows no filters yet
    assert home.write_manifest() == 3
    for seed in (0, 1, 2):
        assert home.picture(seed).read_bytes() == folder.picture(seed).read_bytes()
        assert home.mask(seed).read_bytes() == folder.mask(seed).read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for nvidia-smi is a shell script")
@pytest.mark.parametrize(("mebibytes", "expected"), [((81559, 81559), 32), ((81559, 12288), 6), ((2048, 2048), 2)])
def test_as_many_processes_as_the_smallest_gpu_holds(
    mebibytes: tuple[int, ...], expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smi = tmp_path / "nvidia-smi"
    smi.write_text("#!/bin/sh\n" + "".join(f"echo {number}\n" for number in mebibytes))
    smi.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    assert suitable_processes(len(mebibytes)) == expected
