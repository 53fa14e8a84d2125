"""Bake Animation: the canvas's frames as files, so that the scene renders anywhere, with no worker."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import bpy
from bpy.props import IntProperty, StringProperty
from bpy.types import Context, Event, Object

from ..core.errors import BlobGANError
from ..render.bake import Bake, show_baked, show_live
from ..scene.canvas import active_canvas
from .canvas_operator import may_change_canvas

_TICK = 0.02  # seconds between turns of the window's timer
_BUDGET = 0.05  # seconds of work a turn, so that the window stays responsive
_CONSOLE = 5.0  # seconds between lines in the console


class BLOBGAN_OT_bake_animation(bpy.types.Operator):
    """Write the canvas's frames to disk and show them in its place; frames that are there and right are kept"""

    bl_idname = "blobgan.bake_animation"
    bl_label = "Bake Animation"
    # No step of its own in undo: with one, Blender 4.3 and 5.2 showed every frame but the first as a missing texture.
    # *Unbake* is the way back.
    bl_options = {"REGISTER"}

    directory: StringProperty(  # type: ignore[valid-type]
        name="Folder", description="Where the frames go; empty for a folder beside the .blend", subtype="DIR_PATH"
    )
    frame_start: IntProperty(  # type: ignore[valid-type]
        name="Start", description="First frame; -1 for the scene's", default=-1, min=-1
    )
    frame_end: IntProperty(  # type: ignore[valid-type]
        name="End", description="Last frame; -1 for the scene's", default=-1, min=-1
    )

    _bake: Bake
    _timer: Any = None

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas that can be changed."""
        return may_change_canvas(cls, context)

    def execute(self, context: Context) -> set[str]:
        """The whole job, blocking, with a line in the console now and then."""
        try:
            self._begin(context)
            said = time.monotonic()
            try:
                while self._bake.step(wait=True):
                    if time.monotonic() - said > _CONSOLE:
                        said = time.monotonic()
                        sys.stdout.write(f"Baking {self._canvas_name}: {self._bake.pace}\n")
            finally:
                self._bake.close()
            return self._finish(context)
        except BlobGANError as error:
            return self._refuse(error)

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: the window shows how far it is, and ESC ends it."""
        if bpy.app.background:
            return self.execute(context)
        try:
            self._begin(context)
        except BlobGANError as error:
            return self._refuse(error)
        manager = context.window_manager
        manager.progress_begin(0, self._bake.pace.total)
        self._timer = manager.event_timer_add(_TICK, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> set[str]:
        """Work for a moment. Nothing else passes: an edit now would be on a frame that is gone the next moment."""
        if event.type == "ESC":
            pace = self._bake.pace
            self._stop(context)
            self.report({"INFO"}, f"Stopped at {pace}; bake again to go on from there")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"RUNNING_MODAL"}
        try:
            until = time.monotonic() + _BUDGET
            more = True
            while more and time.monotonic() < until:
                more = self._bake.step(wait=False)
        except BlobGANError as error:
            self._stop(context)
            return self._refuse(error)
        pace = self._bake.pace
        context.window_manager.progress_update(pace.done + pace.skipped)
        context.workspace.status_text_set(f"Baking {self._canvas_name}: {pace}  (ESC to stop)")
        if more:
            return {"RUNNING_MODAL"}
        self._stop(context)
        return self._finish(context)

    def cancel(self, context: Context) -> None:
        """Blender ends the operator: another file is opened, or the window closes."""
        self._stop(context)

    def _begin(self, context: Context) -> None:
        scene, canvas = context.scene, active_canvas(context.scene, context.view_layer)
        self._canvas_name = canvas.name
        self._first = scene.frame_start if self.frame_start < 0 else self.frame_start
        self._last = scene.frame_end if self.frame_end < 0 else self.frame_end
        self._folder = self._where()
        show_live(canvas)
        self._bake = Bake(scene, context.view_layer, canvas, self._folder, self._first, self._last)

    def _where(self) -> Path:
        if self.directory:
            return Path(bpy.path.abspath(self.directory))
        if not bpy.data.filepath:
            raise BlobGANError(
                "The frames go beside the .blend, and this file has none yet. Save it, or name a folder."
            )
        blend = Path(bpy.data.filepath)
        return blend.parent / f"{blend.stem}_blobgan" / bpy.path.clean_name(self._canvas_name)

    def _finish(self, context: Context) -> set[str]:
        canvas: Object | None = bpy.data.objects.get(self._canvas_name)
        if canvas is None:
            raise BlobGANError("The canvas was deleted meanwhile. Its frames are on disk.")
        show_baked(context.scene, canvas, self._folder, self._first, self._last)
        pace = self._bake.pace
        self.report({"INFO"}, f"Baked {pace.done} frames into {self._folder}; {pace.skipped} were there already")
        return {"FINISHED"}

    def _stop(self, context: Context) -> None:
        self._bake.close()
        context.window_manager.progress_end()
        context.window_manager.event_timer_remove(self._timer)
        context.workspace.status_text_set(None)

    def _refuse(self, error: BlobGANError) -> set[str]:
        self.report({"ERROR"}, str(error))
        return {"CANCELLED"}
