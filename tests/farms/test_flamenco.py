"""The Flamenco job type in Node: what is tested stands in flamenco.test.mjs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_the_job_type_compiles_jobs() -> None:
    script = Path(__file__).with_name("flamenco.test.mjs")
    done = subprocess.run(["node", "--test", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
