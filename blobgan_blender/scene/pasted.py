"""Blobs that Ctrl-V brought: they become blobs of the canvas that stands here, and the one they came with goes.

Ctrl-C of a blob copies all that it refers to, its canvas too. Whether an artist wanted the canvas as well is not to be
seen in what arrives, for Blender selects all of it. So every canvas carries with it whether it was selected when it was
last looked at: a pasted one that was not merely came along.

What has been decided is remembered by session uids, which survive undo and redo: a redo that brings the canvas back
without what was done to it here is met with the same decision.
"""

from __future__ import annotations

import bpy
from bpy.types import Object, Scene, ViewLayer

from ..core.canvas_space import STACK_STEP
from ..core.edits import check_width
from ..core.errors import BlobGANError
from .appearance import read_appearance
from .blobs import blobs_of
from .canvas import active_canvas, canvases
from .stacking import height, set_height
from .writable import check_writable, why_read_only

_PASTE = "VIEW3D_OT_pastebuffer"

_known: set[int] | None = None  # session uids of the canvases that stay; None: whatever is in the file
_came_along: set[int] = set()  # of those that went
_worked_on: dict[int, int] = {}  # by scene, which canvas buttons meant last: Blender 5 makes active what it pastes


def forget() -> None:
    """Another file was opened: its canvases stay."""
    global _known
    _known = None
    _came_along.clear()
    _worked_on.clear()


def settle_pasted(scene: Scene, view_layer: ViewLayer) -> list[Object]:
    """Hang blobs that were pasted on the canvas that an artist works on, and remove the canvases that came with them.

    They keep their places on the canvas and lie in front of the others there. Where that cannot be (no other canvas,
    one of another model, one that is read-only), they keep the canvas that they brought. Notes on all canvases, for a
    later Ctrl-C, whether they are selected.

    Returns:
        The blobs that changed canvas.
    """
    global _known
    if _known is None:
        _known = {item.session_uid for item in bpy.data.objects if item.blobgan.role == "CANVAS"}
    moved: list[Object] = []
    here = {canvas.session_uid: canvas for canvas in canvases(view_layer)}
    target = here.get(_worked_on.get(scene.session_uid, 0))
    for canvas in here.values():
        if canvas.session_uid not in _known:
            blobs = _brought(canvas, view_layer)
            if blobs and target is not None and _all_fit(blobs, target):
                _came_along.add(canvas.session_uid)
                _move(blobs, canvas, target, view_layer)
                moved += blobs
                continue
            _known.add(canvas.session_uid)
        _note_selection(canvas, view_layer)
    active = active_canvas(scene, view_layer)
    _worked_on[scene.session_uid] = active.session_uid if active is not None else 0
    return moved


def _note_selection(canvas: Object, view_layer: ViewLayer) -> None:
    selected = canvas.select_get(view_layer=view_layer)
    if canvas.blobgan.chosen != selected and not why_read_only([canvas]):
        canvas.blobgan.chosen = selected


def _brought(canvas: Object, view_layer: ViewLayer) -> list[Object]:
    """The blobs for whose sake a canvas was pasted; none if it was wanted itself, or came in another way."""
    operators = bpy.context.window_manager.operators
    pasted = bool(operators) and operators[-1].bl_idname == _PASTE
    if canvas.session_uid in _came_along or (pasted and not canvas.blobgan.chosen):
        return blobs_of(canvas, view_layer.objects)
    return []


def _all_fit(blobs: list[Object], target: Object) -> bool:
    try:
        check_writable([*blobs, target])
        widths = [len(vector) for vector in read_appearance(target)]
        for blob in blobs:
            check_width(*read_appearance(blob), *widths)
    except BlobGANError:
        return False
    return True


def _move(blobs: list[Object], canvas: Object, target: Object, view_layer: ViewLayer) -> None:
    view_layer.update()
    depsgraph = view_layer.depsgraph
    others = blobs_of(target, view_layer.objects)
    top = max((height(blob, depsgraph) for blob in others), default=0.0)
    order = max((blob.blobgan.order for blob in others), default=-1)
    for step, blob in enumerate(sorted(blobs, key=lambda blob: (height(blob, depsgraph), blob.blobgan.order)), 1):
        set_height(blob, top + step * STACK_STEP, depsgraph)
        blob.blobgan.order = order + step
    for collection in canvas.users_collection:
        collection.objects.unlink(canvas)  # or the target would come to stand there too
    canvas.user_remap(target)  # parents, constraints and drivers as well
    if view_layer.objects.active is None:
        view_layer.objects.active = blobs[-1]
    _remove(canvas)


def _remove(canvas: Object) -> None:
    """A canvas, and of what it shows all that nothing else does."""
    mesh, image = canvas.data, canvas.blobgan.image
    materials = [material for material in mesh.materials if material is not None]
    bpy.data.objects.remove(canvas)
    for data in (mesh, *materials, image):
        if data is not None and data.users == 0:
            bpy.data.batch_remove([data])
