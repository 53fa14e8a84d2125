"""Render Training Set: the scene's marked objects in ever new arrangements, as pictures with masks."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.types import Context

from ..core.errors import BlobGANError
from .canvas_operator import needs_calm
from .stepping import SteppingOperator


class BLOBGAN_OT_render_training_set(SteppingOperator):
    """Render pictures in which the marked objects vary, with masks, for `blobgan train`; goes on where it stopped"""

    bl_idname = "blobgan.render_training_set"
    bl_label = "Render Training Set"
    bl_options = {"REGISTER"}  # the scene is left as it was: nothing to undo
    again = "Render Training Set goes on from there"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a marked object, and Blender to itself."""
        if not any(thing.blobgan.training.marked for thing in context.scene.objects):
            cls.poll_message_set("Tick “In Training Set” of the objects that should vary")
            return False
        return needs_calm(cls)

    def begin(self, context: Context) -> None:
        """Read the marks, and look what is there."""
        from ..datasets.own_scene import TrainingSet  # not when the extension is enabled: 30 ms that few need

        settings = context.scene.blobgan.training
        self._work = TrainingSet(
            *(context.scene, context.view_layer, _folder(context)),
            *(settings.count, settings.seed, settings.resolution),
        )
        self._doing = "Training set"

    def step(self, wait: bool) -> bool:
        """A picture: nothing else can be done meanwhile."""
        return self._work.step()

    def finish(self, context: Context) -> set[str]:
        """Say what was made."""
        pace, folder = self._work.pace, self._work.folder.root
        self.report({"INFO"}, f"Rendered {pace.done} pictures into {folder}; {pace.skipped} were there already")
        return {"FINISHED"}


def _folder(context: Context) -> Path:
    named = context.scene.blobgan.training.folder
    if not named:
        raise BlobGANError("The training set has no folder. Name one in the panel Training Set.")
    if named.startswith("//") and not bpy.data.filepath:
        raise BlobGANError(
            f"The folder {named} lies beside the .blend, and this file has none yet. Save it, or name a whole path."
        )
    return Path(bpy.path.abspath(named))
