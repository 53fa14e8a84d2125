"""What goes on in the background, a way out of it, and how the last piece of it ended: for panels and preferences."""

from __future__ import annotations

from bpy.types import Context, UILayout

from .. import background
from .text import wrapped


def draw_background(context: Context, layout: UILayout) -> None:
    """Nothing at all where nothing went on."""
    going_on, outcome = background.going_on(), background.outcome()
    if going_on is not None:
        title, fraction, doing = going_on
        row = layout.row(align=True)
        row.progress(factor=fraction, text=f"{title}: {doing}" if doing else title)
        row.operator("blobgan.cancel_background", text="", icon="X")
    elif outcome is not None:
        box = layout.box()
        box.alert = outcome.failed
        wrapped(context, box, outcome.text, "ERROR" if outcome.failed else "INFO")
