"""Auto-Complete: the pinned blobs stay, the rest of the room fits them, and it is the room that the function makes."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import blobs_here, drawn, duplicate, new_room, reading_of, same, select, settle, shown

from blobgan_blender import gallery
from blobgan_blender.core.completion import MET, completed
from blobgan_blender.scene.stacking import height


@pytest.fixture
def canvas(bundled_model) -> Object:
    gallery.forget()
    return new_room(bundled_model, seed=16)


def complete(count: int = 2) -> list[gallery.Variant]:
    assert bpy.ops.blobgan.auto_complete(seed=3, count=count) == {"FINISHED"}
    return gallery.variants()


def pin(*blobs: Object) -> None:
    for blob in blobs:
        blob.blobgan.pinned = True


def test_using_a_completion_is_the_function(canvas: Object) -> None:
    blobs = blobs_here()
    blobs[3].location.x += 0.2
    (clone,) = duplicate(blobs[6])
    clone.location.x -= 0.5
    pin(blobs[3], blobs[6], clone)
    settle()
    before = reading_of()
    rooms = complete()
    for room in rooms:
        for blob in (blobs[3], blobs[6]):
            place, index = before.names.index(blob.name), blob.blobgan.index
            assert abs(room.whole.xs[0, index] - before.layout.xs[0, place]) < MET
            assert abs(room.whole.ys[0, index] - before.layout.ys[0, place]) < MET
    assert reading_of().signature == before.signature  # nothing changes until one is chosen
    bpy.ops.ed.undo_push(message="before")
    pinned = [blobs[3], blobs[6], clone]
    depsgraph = bpy.context.evaluated_depsgraph_get()
    wanted = completed(
        rooms[1].whole,
        before.layout,
        [before.names.index(blob.name) for blob in pinned],
        [blob.blobgan.index for blob in pinned],
        [height(blob, depsgraph) for blob in pinned],
    )
    assert bpy.ops.blobgan.use_variant("EXEC_DEFAULT", True, variant=1) == {"FINISHED"}
    found = reading_of().layout
    assert found.blobs == len(blobs) + 1
    for name in ("xs", "ys", "covs", "features", "spatial_style"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), atol=2e-5, err_msg=name)
    np.testing.assert_allclose(found.sizes[:, 1:], wanted.sizes[:, 1:], atol=1e-4)
    settle()
    assert same(shown(), drawn())
    assert np.abs(shown().astype(int) - rooms[1].rgb).max() <= 2
    bpy.ops.ed.undo()
    settle()
    assert reading_of().signature == before.signature


def test_the_selected_are_kept_if_none_is_pinned(canvas: Object) -> None:
    blobs = blobs_here()
    select(blobs[3])
    before = reading_of().layout.xs[0, 3]
    assert complete(1)[0].pins == (blobs[3].name,)
    bpy.ops.blobgan.use_variant(variant=0)
    assert reading_of().layout.xs[0, 3] == before
    assert blobs_here() == blobs


def test_with_nothing_to_keep_it_is_grey(canvas: Object) -> None:
    select(canvas)
    assert not bpy.ops.blobgan.auto_complete.poll()


def test_hidden_pins_are_refused(canvas: Object) -> None:
    blob = blobs_here()[3]
    pin(blob)
    blob.hide_set(True)
    with pytest.raises(RuntimeError, match="The pinned blobs are hidden"):
        bpy.ops.blobgan.auto_complete(count=1)


def test_pins_deleted_since_are_refused(canvas: Object) -> None:
    blob = blobs_here()[3]
    pin(blob)
    complete(1)
    name, left = blob.name, len(blobs_here()) - 1
    bpy.data.objects.remove(blob)
    for press in ("EXEC_DEFAULT", "INVOKE_DEFAULT"):
        with pytest.raises(
            RuntimeError, match=rf"“Canvas” has not all the blobs that this room keeps \({name}\)"
        ) as refusal:
            bpy.ops.blobgan.use_variant(press, variant=0)
        assert "Traceback" not in str(refusal.value)
    assert len(blobs_here()) == left


def test_a_truncation_without_choice_is_refused(canvas: Object) -> None:
    pin(blobs_here()[3])
    with pytest.raises(RuntimeError, match=r"truncation in \[0, 1\)"):
        bpy.ops.blobgan.auto_complete(truncation=1.0)
