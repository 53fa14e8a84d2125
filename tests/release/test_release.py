"""What a release is made of: its notes, its sums, and an index by Blender's own command. Installing it: tests/gui."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tomllib
from pathlib import Path

import pytest

from scripts import build_zip, release

CHANGELOG = """# Changelog

Words.

## 0.2.0 (unreleased)

- Newer.

## 0.1.0

Older.

- And more.
"""


def test_the_notes_are_that_versions_section() -> None:
    assert release.notes(CHANGELOG, "0.2.0") == "- Newer.\n"
    assert release.notes(CHANGELOG, "0.1.0") == "Older.\n\n- And more.\n"


@pytest.mark.parametrize(("changelog", "version"), [(CHANGELOG, "0.3.0"), (CHANGELOG, "0.1"), ("## 1.0.0\n", "1.0.0")])
def test_a_version_that_the_changelog_does_not_know_is_no_release(changelog: str, version: str) -> None:
    with pytest.raises(SystemExit, match=f"nothing of {version}"):
        release.notes(changelog, version)


def test_this_version_has_notes() -> None:
    assert release.notes(release.CHANGELOG.read_text(encoding="utf-8"), build_zip.version())


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((build_zip.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["hatch"]["version"]["path"] == "blobgan_blender/blender_manifest.toml"


def test_sums_are_those_that_sha256sum_checks(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "one.zip").write_bytes(b"one")
    (tmp_path / "inner" / "two words.txt").write_bytes(b"two")
    release.write_sums(tmp_path)
    release.write_sums(tmp_path)  # not of itself
    check = ["sha256sum", "--check", "--strict", release.SUMS]
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    assert len((tmp_path / release.SUMS).read_text().splitlines()) == 2
    (tmp_path / "one.zip").write_bytes(b"0ne")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("named", [None, "0.0.9"])
def test_blenders_index_names_the_zip_with_its_hash_and_version(named: str | None, tmp_path: Path) -> None:
    (archive,) = build_zip.build(output=tmp_path, named=named)
    release.index(tmp_path)
    (entry,) = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))["data"]
    assert entry["id"] == "blobgan_blender"
    assert entry["version"] == (named or build_zip.version())
    assert entry["archive_url"] == f"./{archive.name}"
    assert entry["archive_hash"] == f"sha256:{hashlib.sha256(archive.read_bytes()).hexdigest()}"
    assert archive.name in (tmp_path / "index.html").read_text(encoding="utf-8")
