"""Bake Animation: the canvas's frames as files, so that the scene renders anywhere, with no worker."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.props import IntProperty, StringProperty
from bpy.types import Context, Object

from ..core.errors import BlobGANError
from ..render.bake import Bake, show_baked, show_live
from ..scene.canvas import active_canvas
from .canvas_operator import may_change_canvas
from .stepping import SteppingOperator


class BLOBGAN_OT_bake_animation(SteppingOperator):
    """Write the canvas's frames to disk and show them in its place; frames that are there and right are kept"""

    bl_idname = "blobgan.bake_animation"
    bl_label = "Bake Animation"
    # No step of its own in undo: with one, Blender 4.3 and 5.2 showed every frame but the first as a missing texture.
    # *Unbake* is the way back.
    bl_options = {"REGISTER"}
    again = "bake again to go on from there"

    directory: StringProperty(  # type: ignore[valid-type]
        name="Folder", description="Where the frames go; empty for a folder beside the .blend", subtype="DIR_PATH"
    )
    frame_start: IntProperty(  # type: ignore[valid-type]
        name="Start", description="First frame; -1 for the scene's", default=-1, min=-1
    )
    frame_end: IntProperty(  # type: ignore[valid-type]
        name="End", description="Last frame; -1 for the scene's", default=-1, min=-1
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a canvas that can be changed."""
        return may_change_canvas(cls, context)

    def begin(self, context: Context) -> None:
        """Show the live picture, and look what is there."""
        scene, canvas = context.scene, active_canvas(context.scene, context.view_layer)
        self._canvas_name, self._doing = canvas.name, f"Baking {canvas.name}"
        self._first = scene.frame_start if self.frame_start < 0 else self.frame_start
        self._last = scene.frame_end if self.frame_end < 0 else self.frame_end
        self._folder = self._where()
        show_live(canvas)
        self._work = Bake(scene, context.view_layer, canvas, self._folder, self._first, self._last)

    def step(self, wait: bool) -> bool:
        """A frame, or a look at those under way."""
        return self._work.step(wait=wait)

    def _where(self) -> Path:
        if self.directory:
            return Path(bpy.path.abspath(self.directory))
        if not bpy.data.filepath:
            raise BlobGANError(
                "The frames go beside the .blend, and this file has none yet. Save it, or name a folder."
            )
        from ..library.shelf import file_name  # not when the extension is enabled

        blend = Path(bpy.data.filepath)
        return blend.parent / f"{blend.stem}_blobgan" / file_name(self._canvas_name)

    def finish(self, context: Context) -> set[str]:
        """The frames take the picture's place."""
        canvas: Object | None = bpy.data.objects.get(self._canvas_name)
        if canvas is None:
            raise BlobGANError("The canvas was deleted meanwhile. Its frames are on disk.")
        show_baked(context.scene, canvas, self._folder, self._first, self._last)
        pace = self._work.pace
        self.report({"INFO"}, f"Baked {pace.done} frames into {self._folder}; {pace.skipped} were there already")
        return {"FINISHED"}
