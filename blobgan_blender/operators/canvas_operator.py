"""Operators on the active canvas that are over at once: grey without one, and a refusal is a sentence."""

from __future__ import annotations

from collections.abc import Iterable

import bpy
from bpy.types import Context, Object

from ..core.errors import BlobGANError
from ..scene.canvas import active_canvas
from ..scene.writable import render_runs, why_read_only


def needs_canvas(operator: type[bpy.types.Operator], context: Context) -> bool:
    """For `poll`: whether there is a canvas; if not, the grey button says so."""
    if active_canvas(context.scene, context.view_layer) is None:
        operator.poll_message_set("Select a canvas or one of its blobs, or press New BlobGAN Scene")
        return False
    return True


def needs_calm(operator: type[bpy.types.Operator]) -> bool:
    """For `poll`: whether no render runs, so that data may be taken away; if one does, the grey button says so."""
    if render_runs():
        operator.poll_message_set("A render is running: wait for its end, or press ESC over its picture")
        return False
    return True


def may_change(operator: type[bpy.types.Operator], items: Iterable[Object]) -> bool:
    """For `poll`: whether these blobs and canvases can be changed now; if not, the grey button says why."""
    if not needs_calm(operator):
        return False
    reason = why_read_only(items)
    if reason:
        operator.poll_message_set(reason)
    return not reason


def may_change_canvas(operator: type[bpy.types.Operator], context: Context) -> bool:
    """For `poll`: whether there is a canvas, and it can be changed; if not, the grey button says why."""
    return needs_canvas(operator, context) and may_change(operator, [active_canvas(context.scene, context.view_layer)])


class CanvasOperator(bpy.types.Operator):
    """`run` does it, or raises a `BlobGANError`, which is reported."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas."""
        return needs_canvas(cls, context)

    def run(self, context: Context) -> str:
        """Do it; returns what was done, for the status bar."""
        raise NotImplementedError

    def execute(self, context: Context) -> set[str]:
        """Run and report."""
        try:
            said = self.run(context)
        except BlobGANError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, said)
        return {"FINISHED"}
