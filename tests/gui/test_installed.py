"""Installing, upgrading, uninstalling, a repository, by a real Blender's own commands: `inside/installed.py` looks."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import INSIDE, OUT, suites

from scripts import build_zip, release
from scripts.window import folder, run

pytestmark = [pytest.mark.window, pytest.mark.timeout(1800)]

OLDER = "0.0.9"
DRAWS_ITSELF = folder.SUITES[0]  # its Python is one that the zip's wheels are for, so a repository's zip installs there
HOMES = ("/root", "/tmp")
BLENDERS = ("/root/.config/blender", "/root/.cache/thumbnails")  # where Blender itself writes: settings, thumbnails
OURS = ("blobgan", "onnxruntime", "flatbuffers", "protobuf", "packaging")
EXTENSION = ["blender", "--command", "extension"]


@pytest.fixture(scope="module")
def repository() -> Path:
    """A release's repository, as it would lie on a shared disk."""
    place = OUT / "repository"
    release.repository(place, place / "without-engine")
    return place


@pytest.fixture(scope="module", params=suites())
def machine(request: pytest.FixtureRequest, repository: Path) -> dict[str, Any]:
    """Every step, one after the other on one machine with no network: what each found, by its name."""
    suite, own = request.param, request.param == DRAWS_ITSELF
    out = OUT / f"{suite}-installed"
    platforms = ("linux-x64",) if own else ()
    (older,) = build_zip.build(*platforms, output=OUT / "older", named=OLDER)
    (newer,) = build_zip.build(*platforms, output=OUT / "newer")

    def inside(what: str) -> list[str]:
        script = str(INSIDE / "installed.py")
        return ["blender", "-b", "--python-exit-code", "1", "--python", script, "--", what, str(out)]

    left = ["find", *HOMES, "-xdev", "-type", "f"]
    lines = {
        "make": inside("make"),
        "update": [*inside("update"), str(newer)],
        "check": inside("check"),
        "twenty": inside("twenty"),
        "remove": [*EXTENSION, "remove", "blobgan_blender"],
        "left": left,
    }
    if own:
        address = (repository / "index.json").as_uri()
        lines |= {
            "add": [*EXTENSION, "repo-add", "--name", "BlobGAN", "--url", address, "blobgan"],
            "install": ["blender", "--online-mode", *EXTENSION[1:], "install", "--sync", "--enable", "blobgan_blender"],
            "draw": inside("draw"),
        }
    script = OUT / f"{suite}-installed.json"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(json.dumps(lines), encoding="utf-8")
    try:
        facts = run.run(suite, older, script, out, worker_python=not own)
    except folder.WindowError as error:
        pytest.exit(str(error), returncode=1)
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in out.glob("*.json")}
    return found | facts | {"out": out, "suite": suite}


def test_every_step_ends_well(machine: dict[str, Any]) -> None:
    assert machine["install"] == 0
    assert set(machine["exit codes"].values()) == {0}, machine["exit codes"]


def test_an_upgrade_in_a_running_blender_takes_over_at_once(machine: dict[str, Any]) -> None:
    found = machine["update"]
    assert found["versions"] == [f'version = "{OLDER}"', f'version = "{build_zip.version()}"']
    assert found["fresh"]
    assert found["worker_ended"]
    assert found["moved"] != found["picture"] == machine["make"]["picture"]


def test_an_upgrade_keeps_scenes_preferences_and_models(machine: dict[str, Any]) -> None:
    before, after = machine["make"], machine["check"]
    assert after["version"] == f'version = "{build_zip.version()}"'
    assert after["python"] == "/nowhere/python"
    assert after["model"] == before["model"]
    assert after["reopened"] == after["picture"] == before["picture"]


def test_twenty_times_leave_nothing(machine: dict[str, Any]) -> None:
    found = machine["twenty"]
    before = found["before"] | {"worker started": True}
    assert len(found["disabled"]) == 20
    assert all(state == before for state in found["disabled"])
    assert all(state == found["enabled"][0] for state in found["enabled"])
    assert before["classes"] == before["operators"] == []
    assert before["properties"] == [False, False, False]
    assert found["enabled"][0]["classes"]


def test_uninstalling_leaves_nothing_but_the_artists_own_models(machine: dict[str, Any]) -> None:
    found = {Path(line) for line in (machine["out"] / "left.log").read_text(encoding="utf-8").splitlines()}
    debian = folder.place(machine["suite"])
    before = {Path("/", path.relative_to(debian)) for home in HOMES for path in (debian / home[1:]).rglob("*")}
    blenders = {
        path for path in found if str(path).startswith(BLENDERS) and not any(map(str(path).lower().count, OURS))
    }
    left = found - before - blenders
    model = Path(machine["make"]["model"])
    # What was copied lies among the system's temporary files, as Blender's own clipboard does.
    clipboard = Path("/tmp/blobgan_appearance_root.npz")
    assert left == {model, model.with_suffix(".json"), model.with_suffix(".onnx"), clipboard}


def test_a_repository_added_as_an_artist_would_installs_and_draws(machine: dict[str, Any]) -> None:
    if "draw" not in machine["exit codes"]:
        pytest.skip("a repository's zips are for Blender's own Pythons")
    assert machine["draw"]["module"] == "bl_ext.blobgan.blobgan_blender"
    assert machine["draw"]["deviation"] > 10


def test_the_repositorys_index_names_each_zip_with_its_hash(repository: Path) -> None:
    listed = json.loads((repository / "index.json").read_text(encoding="utf-8"))["data"]
    found = {entry["archive_url"]: entry["archive_hash"] for entry in listed}
    zips = sorted(repository.glob("*.zip"))
    assert len(zips) == len(build_zip.PLATFORMS)
    assert found == {f"./{path.name}": f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in zips}
    assert {entry["version"] for entry in listed} == {build_zip.version()}
