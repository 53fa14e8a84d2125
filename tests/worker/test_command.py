"""Commands of `blobgan` in another Python, and how their ends are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blobgan_blender.core.errors import BlobGANError
from blobgan_blender.worker import command
from blobgan_blender.worker.interpreter import Interpreter


def test_a_process_that_is_over_before_it_has_read_its_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    def started_and_over(*arguments: Any) -> Any:
        process = honest(*arguments)
        process.wait()
        return process

    honest = command._start
    monkeypatch.setattr(command, "_start", started_and_over)
    with pytest.raises(BlobGANError, match=r"“blobgan convert” broke off \(exit code 1\)"):
        command.run_command(Interpreter(Path("/bin/false")), ["convert"], lambda: False)
