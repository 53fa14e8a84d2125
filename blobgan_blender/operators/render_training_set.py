"""Render Training Set: the scene's marked objects in ever new arrangements, as pictures with masks."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import bpy
from bpy.types import Context, Event

from ..core.errors import BlobGANError
from ..core.progress import Pace

_TICK = 0.02  # seconds between turns of the window's timer
_CONSOLE = 5.0  # seconds between lines in the console


class BLOBGAN_OT_render_training_set(bpy.types.Operator):
    """Render pictures in which the marked objects vary, with masks, for `blobgan train`; goes on where it stopped"""

    bl_idname = "blobgan.render_training_set"
    bl_label = "Render Training Set"
    bl_options = {"REGISTER"}  # the scene is left as it was: nothing to undo

    _job: Any  # a datasets.own_scene.TrainingSet
    _timer: Any = None

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a marked object."""
        if not any(thing.blobgan.training.marked for thing in context.scene.objects):
            cls.poll_message_set("Tick “In Training Set” of the objects that should vary")
            return False
        return True

    def execute(self, context: Context) -> set[str]:
        """The whole job, blocking, with a line in the console now and then."""
        from ..datasets.own_scene import render_training_set  # not when the extension is enabled: 30 ms that few need

        settings, said = context.scene.blobgan.training, time.monotonic()

        def report(pace: Pace) -> None:
            nonlocal said
            if time.monotonic() - said > _CONSOLE:
                said = time.monotonic()
                sys.stdout.write(f"Training set: {pace}\n")
                sys.stdout.flush()

        try:
            folder = _folder(context)
            pace = render_training_set(
                *(context.scene, context.view_layer, folder, settings.count, settings.seed, settings.resolution),
                report,
            )
        except BlobGANError as error:
            return self._refuse(error)
        return self._finish(pace, folder)

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: the window shows how far it is, and ESC ends it after the picture in hand."""
        if bpy.app.background:
            return self.execute(context)
        from ..datasets.own_scene import TrainingSet  # as above

        settings = context.scene.blobgan.training
        try:
            self._job = TrainingSet(
                *(context.scene, context.view_layer, _folder(context)),
                *(settings.count, settings.seed, settings.resolution),
            )
        except BlobGANError as error:
            return self._refuse(error)
        manager = context.window_manager
        manager.progress_begin(0, self._job.pace.total)
        self._timer = manager.event_timer_add(_TICK, window=context.window)
        manager.modal_handler_add(self)
        context.workspace.status_text_set(f"Training set: {self._job.pace}  (ESC to stop)")
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> set[str]:
        """A picture a turn. Nothing else passes: what is marked must not change meanwhile."""
        if event.type == "ESC":
            pace = self._job.pace
            self._stop(context)
            self.report({"INFO"}, f"Stopped at {pace}; Render Training Set goes on from there")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"RUNNING_MODAL"}
        try:
            more = self._job.step()
        except BlobGANError as error:
            self._stop(context)
            return self._refuse(error)
        pace = self._job.pace
        context.window_manager.progress_update(pace.done + pace.skipped)
        context.workspace.status_text_set(f"Training set: {pace}  (ESC to stop)")
        if more:
            return {"RUNNING_MODAL"}
        self._stop(context)
        return self._finish(pace, self._job.folder.root)

    def cancel(self, context: Context) -> None:
        """Blender ends the operator: another file is opened, or the window closes."""
        self._stop(context)

    def _finish(self, pace: Pace, folder: Path) -> set[str]:
        self.report({"INFO"}, f"Rendered {pace.done} pictures into {folder}; {pace.skipped} were there already")
        return {"FINISHED"}

    def _stop(self, context: Context) -> None:
        self._job.close()
        context.window_manager.progress_end()
        context.window_manager.event_timer_remove(self._timer)
        context.workspace.status_text_set(None)

    def _refuse(self, error: BlobGANError) -> set[str]:
        self.report({"ERROR"}, str(error))
        return {"CANCELLED"}


def _folder(context: Context) -> Path:
    named = context.scene.blobgan.training.folder
    if not named:
        raise BlobGANError("The training set has no folder. Name one in the panel Training Set.")
    if named.startswith("//") and not bpy.data.filepath:
        raise BlobGANError(
            f"The folder {named} lies beside the .blend, and this file has none yet. Save it, or name a whole path."
        )
    return Path(bpy.path.abspath(named))
