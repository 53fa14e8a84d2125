"""What Blender tells the add-on of: each handler passes one word on and is done."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent
from bpy.types import Depsgraph, Scene

from . import gallery, live
from .render import in_scene, meanwhile, progress
from .scene import made_by, pasted
from .scene.assets import assets_of_marks
from .scene.picture import keep_in_file
from .scene.writable import render_runs
from .viewport import overlay, wipe


@persistent
def _changed(*_args: Any) -> None:
    live.mark()
    overlay.changed()


@persistent
def _undone(*_args: Any) -> None:
    # The evaluated data is still the old here; and an image's pixels are not part of undo.
    live.pictures_are_stale()
    made_by.undone()
    overlay.changed()


@persistent
def _loaded(*_args: Any) -> None:
    pasted.forget()
    live.forget()
    gallery.forget()
    wipe.forget()
    overlay.changed()


@persistent
def _saving(*_args: Any) -> None:
    made_by.write()
    if not render_runs():  # else by the next save
        assets_of_marks(bpy.data.objects)  # other files see what is saved now
    for canvas in bpy.data.objects:
        if canvas.blobgan.role == "CANVAS" and canvas.blobgan.image is not None:
            canvas.blobgan.shown = live.link(canvas).signature
            keep_in_file(canvas.blobgan.image)


@persistent
def _frame_changed(scene: Scene, depsgraph: Depsgraph | None = None) -> None:
    if live.held():
        in_scene.frame(scene, depsgraph)
    else:  # playback and a script's `frame_set` call no other handler
        _changed()


@persistent
def _render_begins(scene: Scene, *_args: Any) -> None:
    live.hold(rendering=True)
    progress.begin()
    meanwhile.forget()
    in_scene.begin(scene)


@persistent
def _render_ends(scene: Scene, *_args: Any) -> None:
    live.hold(rendering=False)
    if in_scene.end(scene):
        live.pictures_are_stale()
    if bpy.app.background:  # with a window this is the render's own thread: the live link's next turn writes it
        made_by.write()


_HANDLERS = (
    ("depsgraph_update_post", _changed),
    ("frame_change_post", _frame_changed),
    ("undo_post", _undone),
    ("redo_post", _undone),
    ("load_post", _loaded),
    ("save_pre", _saving),
    ("render_init", _render_begins),
    ("render_complete", _render_ends),
    ("render_cancel", _render_ends),
)


def register() -> None:
    """Add the handlers; all survive the loading of another file."""
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    """Take them back."""
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
