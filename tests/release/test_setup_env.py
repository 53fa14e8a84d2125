"""An environment is what its Python can do, not what a file beside it says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts import setup_env


def test_an_environment_whose_python_is_gone_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(setup_env.ROOT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(setup_env, "ROOT", tmp_path)
    environment = setup_env.ENVIRONMENTS["docs"]
    python = tmp_path / environment.folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(tmp_path / "removed" / "python3")
    stamp = tmp_path / environment.folder / ".pins"
    stamp.write_text(setup_env.pins_hash(None, environment))
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # as far as a machine without a network comes
    with pytest.raises(setup_env.SetupError, match="pip could not install"):
        setup_env.make("docs")
    assert setup_env.version_of(str(python)) in environment.pythons
    assert not stamp.exists()
