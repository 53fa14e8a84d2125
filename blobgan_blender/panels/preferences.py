"""What the preferences show below their own fields: PyTorch, what goes on in the background, the model library."""

from __future__ import annotations

from typing import Any

from bpy.types import Context, UILayout

from .. import preferences


def append() -> None:
    """Have them drawn."""
    preferences.sections.append(_draw)


def remove() -> None:
    """Not any more."""
    preferences.sections.remove(_draw)


def _draw(context: Context, layout: UILayout, own: Any) -> None:
    from .background import draw_background  # not when the extension is enabled
    from .environment import draw_environment
    from .library import draw_library

    draw_environment(layout, own)
    draw_background(context, layout)
    draw_library(context, layout, own)
