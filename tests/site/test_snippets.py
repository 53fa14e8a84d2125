"""The Python of the documentation that needs no Blender runs as it stands there. What needs one: tests/blender."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def snippets(page: str) -> list[str]:
    """The Python blocks of a page."""
    return re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_package_is_used_as_the_page_says(tmp_path: Path) -> None:
    (code,) = [snippet for snippet in snippets("python-api.md") if "import bpy" not in snippet]
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=100)
    picture = np.asarray(Image.open(tmp_path / "room.png"))
    assert picture.shape == (128, 128, 3)
    assert picture.std() > 20
