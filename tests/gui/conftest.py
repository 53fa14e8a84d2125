"""Brings the window up once for each Blender, and shows what happened in it at the end of the run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from scripts import build_zip
from scripts.window import folder, run

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "out" / "gui"
INSIDE = Path(__file__).resolve().parent / "inside"
BARE = "-without-torch"  # a machine on which nothing was installed but Blender and the zip


class Window(dict[str, Any]):
    """Facts of the session (`session.json`) and of the scenario (`results.json`)."""

    def __missing__(self, name: str) -> None:
        pytest.fail(f"The scenario did not get as far as '{name}'.", pytrace=False)


def suites() -> list[str]:
    """Debian 13's Blender always, another where its folder has been made; `BLOBGAN_WINDOW_SUITES` names others."""
    named = os.environ.get("BLOBGAN_WINDOW_SUITES", "").split()
    return named or [folder.SUITES[0], *(suite for suite in folder.SUITES[1:] if folder.place(suite).is_dir())]


@pytest.fixture(scope="session")
def archives() -> dict[str, Path]:
    """The extension's zips as Blender's own command builds them from this checkout, by suite.

    Debian's unstable builds Blender with a newer Python than the wheels are for: it gets the zip without them.
    """
    return dict(zip(folder.SUITES, (*build_zip.build("linux-x64"), *build_zip.build()), strict=True))


def sessions() -> list[str]:
    """The suites with torch, and the first without."""
    return [*suites(), *(f"{suite}{BARE}" for suite in suites() if suite == folder.SUITES[0])]


@pytest.fixture(scope="session", params=sessions())
def window(request: pytest.FixtureRequest, archives: dict[str, Path]) -> Window:
    """A whole session in one Blender's window: the main job, with torch and without."""
    suite = request.param.removesuffix(BARE)
    return session(suite, archives, "drag.py", OUT / request.param, worker_python=suite == request.param)


@pytest.fixture(scope="session", params=suites())
def edits_window(request: pytest.FixtureRequest, archives: dict[str, Path]) -> Window:
    """Another session: the edits."""
    return session(request.param, archives, "edits.py", OUT / f"{request.param}-edits")


def session(suite: str, archives: dict[str, Path], scenario: str, out: Path, *, worker_python: bool = True) -> Window:
    """Play a scenario of `inside` in a Blender's window."""
    try:
        facts = run.run(suite, archives[suite], INSIDE / scenario, out, worker_python=worker_python)
    except folder.WindowError as error:
        pytest.exit(str(error), returncode=1)
    results = out / "results.json"
    notes = json.loads(results.read_text(encoding="utf-8")) if results.is_file() else {}
    return Window(facts | notes | {"out": out})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    kinds = ("", BARE, "-edits", "-rendered", "-assets", "-stepping", "-library", "-set-up")
    for results in (OUT / f"{suite}{kind}" / "results.json" for suite in suites() for kind in kinds):
        if not results.is_file():
            continue
        terminalreporter.section(f"window: {results.parent.relative_to(ROOT)} (screenshots, logs)")
        for name, value in json.loads(results.read_text(encoding="utf-8")).items():
            terminalreporter.write_line(f"{name}: {value}")
