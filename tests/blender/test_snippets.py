"""The Python of the documentation that runs inside Blender runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from studio import ROOT, other_blender, ran, read_image

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SAVED = 'bpy.ops.wm.save_as_mainfile(filepath=sys.argv[1] + "/room.blend")\n'  # `//frames` is beside a file


@pytest.mark.parametrize(("page", "frames"), [("python-api.md", 0), ("animating.md", 24)])
def test_a_script_does_what_the_page_says(page: str, frames: int, tmp_path: Path) -> None:
    found = [code for code in BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8")) if "import bpy" in code]
    assert len(found) == 1
    code, _, errors = ran(other_blender(SAVED + found[0], tmp_path))
    assert code == 0, errors
    files = sorted((tmp_path / "frames").glob("*.png"))
    assert len(files) == frames
    if files:
        assert (read_image(files[0]) != read_image(files[-1])).any()
