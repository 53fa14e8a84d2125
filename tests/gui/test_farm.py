"""A farm's machine: a Debian with Blender and the zip, no screen and no network, and command lines with exit codes."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import INSIDE, OUT, ROOT
from PIL import Image

from scripts.window import folder, run

pytestmark = [pytest.mark.window, pytest.mark.timeout(1200)]

SUITE = folder.SUITES[0]
MANAGER = ROOT / "tests" / "farms" / "manager.mjs"
# Flamenco's own defaults for the variables that a task's command names.
VARIABLES = {"{blender}": ["blender"], "{blenderArgs}": ["-b", "-y"]}


def flamenco_commands(out: Path) -> dict[str, list[str]]:
    """The tasks that the job type compiles, as the command lines that Flamenco's worker makes of `blender-render`."""
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    settings = {
        "frames": "1-6", "chunk_size": 3, "device": "cpu", "blendfile": str(out / "shot.blend"), "scene": "BlobGAN",
        "format": "PNG", "render_output_path": str(out / "flamenco" / "######"),
    }  # fmt: skip
    done = subprocess.run(["node", MANAGER, json.dumps(settings)], capture_output=True, text=True, check=True)
    lines = {}
    for task in json.loads(done.stdout):
        (command,) = task["commands"]
        assert command["name"] == "blender-render"
        given = command["parameters"]
        blender = [*VARIABLES[given["exe"]], *VARIABLES[given["exeArgs"]]]
        lines[f"flamenco-{task['name']}"] = [*blender, *given["argsBefore"], given["blendfile"], *given["args"]]
    return lines


@pytest.fixture(scope="module")
def farm(archives: dict[str, Path]) -> dict[str, Any]:
    """Every command line, run one after the other on the same machine; its facts, and `out`."""
    out = OUT / f"{SUITE}-farm"
    blender = ["blender", "-b"]
    flamenco = flamenco_commands(out)
    first = next(iter(flamenco.values()))
    bare = [*first[:1], "--factory-startup", *first[1:]]  # the extension is not enabled there
    harm = [*blender, str(out / "shot.blend"), "--python", str(INSIDE / "harm.py"), "-s", "1", "-e", "12"]
    disk = out / "disk"
    full = 'mkdir "$0" && mount -t tmpfs -o size=300k tmpfs "$0" && exec "$@"'
    lines = {
        "make": [*blender, "--python-exit-code", "1", "--python", str(INSIDE / "shot.py"), "--", str(out)],
        "animation": [*blender, str(out / "shot.blend"), "-a"],
        **flamenco,
        "without-the-extension": [word.replace("/flamenco/", "/bare/") for word in bare],
        "without-the-model": [*blender, str(out / "lost.blend"), "-a"],
        "under-a-file": [*blender, str(out / "shot.blend"), "-o", str(out / "shot.blend" / "######"), "-a"],
        "canvas-deleted": [*harm, "-o", str(out / "canvas" / "######"), "-a", "--", "canvas"],
        "worker-killed": [*harm, "-o", str(out / "worker" / "######"), "-a", "--", "worker"],
        "full-disk": [
            *("sh", "-c", full, str(disk)),
            *(*blender, str(out / "shot.blend"), "-s", "1", "-e", "60", "-o", f"{disk}/######", "-a"),
        ],
        "what-is-on-it": ["ls", "-s", str(disk)],
    }
    script = OUT / "farm.json"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(json.dumps(lines), encoding="utf-8")
    try:
        facts = run.run(SUITE, archives[SUITE], script, out, worker_python=False)
    except folder.WindowError as error:
        pytest.exit(str(error), returncode=1)
    return facts | {"out": out}


def frames(farm: dict[str, Any], name: str) -> list[np.ndarray]:
    """The pictures in a folder of OUT, by name."""
    files = sorted((farm["out"] / name).glob("*.png"))
    assert [path.stem for path in files] == [f"{frame:06}" for frame in range(1, 7)]
    return [np.asarray(Image.open(path).convert("RGB")) for path in files]


def test_an_animation_from_the_command_line_is_rendered_by_the_engine(farm: dict[str, Any]) -> None:
    assert farm["exit codes"]["make"] == farm["exit codes"]["animation"] == 0
    pictures = frames(farm, "frames")
    assert all(picture.std() > 10 for picture in pictures)
    assert all((a != b).any() for a, b in itertools.pairwise(pictures))


def test_the_console_says_how_far_it_is(farm: dict[str, Any]) -> None:
    log = (farm["out"] / "animation.log").read_text(encoding="utf-8")
    assert "5 of 6 frames, 0:0" in log


def test_flamencos_command_lines_give_the_same_bytes(farm: dict[str, Any]) -> None:
    statuses = {name: status for name, status in farm["exit codes"].items() if name.startswith("flamenco")}
    assert statuses == {"flamenco-render-1-3": 0, "flamenco-render-4-6": 0}
    for own, theirs in zip(frames(farm, "frames"), frames(farm, "flamenco"), strict=True):
        assert np.array_equal(own, theirs)


@pytest.mark.parametrize(
    ("name", "left", "words"),
    [
        ("without-the-extension", "bare", "Enable the BlobGAN extension"),
        ("without-the-model", "lost", "press the folder beside"),
        ("under-a-file", "", "cannot save|rror writing|Error"),
    ],
)
def test_what_cannot_be_rendered_fails_and_leaves_no_frame(
    farm: dict[str, Any], name: str, left: str, words: str
) -> None:
    assert farm["exit codes"][name] == 1
    log = (farm["out"] / f"{name}.log").read_text(encoding="utf-8")
    assert any(word in log for word in words.split("|")), log
    assert not left or not list((farm["out"] / left).glob("*"))


@pytest.mark.parametrize(
    ("name", "left", "last", "words"),
    [
        ("canvas-deleted", "canvas", 9, "has no canvas to render"),
        ("worker-killed", "worker", 2, "worker ended unexpectedly"),
    ],
)
def test_harm_in_the_middle_ends_it_and_leaves_whole_frames(
    farm: dict[str, Any], name: str, left: str, last: int, words: str
) -> None:
    assert farm["exit codes"][name] == 1
    assert words in (farm["out"] / f"{name}.log").read_text(encoding="utf-8")
    files = sorted((farm["out"] / left).glob("*"))
    assert [path.name for path in files] == [f"{frame:06}.png" for frame in range(1, last + 1)]
    assert all(np.asarray(Image.open(path)).std() > 10 for path in files)


def test_a_full_disk_ends_it_and_holds_no_empty_file(farm: dict[str, Any]) -> None:
    assert farm["exit codes"]["full-disk"] == 1
    assert "is full" in (farm["out"] / "full-disk.log").read_text(encoding="utf-8")
    lines = (farm["out"] / "what-is-on-it.log").read_text(encoding="utf-8").splitlines()[1:]
    assert len(lines) >= 2
    assert all(int(line.split()[0]) > 1 for line in lines)


def test_no_worker_is_left_behind(farm: dict[str, Any]) -> None:
    assert farm["orphans"] == []
