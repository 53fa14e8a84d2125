"""How other processes are got rid of, on every system."""

from __future__ import annotations

import os
import subprocess

import pytest

from blobgan_blender.core.spawn import detached, signal_group


@pytest.mark.parametrize("refusal", [ProcessLookupError, PermissionError])
def test_a_process_that_is_over_before_it_is_signalled(monkeypatch: pytest.MonkeyPatch, refusal: type[OSError]) -> None:
    """Of a group that holds only a zombie: Linux says nothing, other systems that there is none, macOS forbids it."""

    def as_elsewhere(group: int, _signal: int) -> None:
        os.waitid(os.P_PID, group, os.WEXITED | os.WNOWAIT)  # it is a zombie from here on
        raise refusal

    with subprocess.Popen(["true"], **detached()) as process:
        monkeypatch.setattr(os, "killpg", as_elsewhere)
        signal_group(process, "SIGKILL")
    assert process.returncode == 0
