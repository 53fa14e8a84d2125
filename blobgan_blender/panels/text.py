"""Sentences in a narrow panel."""

from __future__ import annotations

import textwrap
from typing import Any

from bpy.types import Context, UILayout

_CHARACTER = 7.0  # pixels of an average character at a UI scale of 1


def wrapped(context: Context, layout: UILayout, sentence: str, icon: Any = "NONE") -> None:
    """Draw a sentence over as many lines as the region needs, the icon before the first."""
    width = context.region.width if context.region is not None else 300
    characters = max(20, int((width - 60) / (_CHARACTER * context.preferences.system.ui_scale)))
    column = layout.column(align=True)
    for number, line in enumerate(textwrap.wrap(sentence, characters)):
        column.label(text=line, icon=icon if number == 0 else ("NONE" if icon == "NONE" else "BLANK1"))
