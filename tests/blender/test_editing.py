"""What an artist does to an empty, the picture shows: and it is the picture of the layout that the empties mean."""

from __future__ import annotations

from math import radians

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import blobs_here, drawn, duplicate, followed, pump_until, reading_of, same, select, settle, shown

from blobgan_blender import live
from blobgan_blender.core.ellipse import owned
from blobgan_blender.scene.appearance import PHI, read_appearance
from blobgan_blender.scene.blobs import FAINT, FAINT_AREA, WAKE_AREA, WAKE_SIZE, faint_size, wake_size


def test_a_new_scene_shows_the_picture_of_its_layout(canvas: Object) -> None:
    assert same(shown(), drawn())
    assert len(np.unique(shown())) > 50  # a picture, no flat grey


def test_new_scene_puts_an_empty_on_every_blob(canvas: Object) -> None:
    assert [blob.blobgan.index for blob in blobs_here()] == [0, 1, 2, 3, 4]
    assert {blob.type for blob in blobs_here()} == {"EMPTY"}


def test_moving_a_blob_moves_it_in_the_picture(canvas: Object) -> None:
    before, x = shown(), reading_of().layout.xs[0, 2]
    blobs_here()[2].location.x += 0.4
    assert followed(before)
    assert reading_of().layout.xs[0, 2] == pytest.approx(x + 0.2, abs=1e-6)


def test_up_on_the_canvas_is_up_in_the_picture(canvas: Object) -> None:
    before, y = shown(), reading_of().layout.ys[0, 2]
    blobs_here()[2].location.y += 0.4
    assert followed(before)
    assert reading_of().layout.ys[0, 2] == pytest.approx(y - 0.2, abs=1e-6)


def test_scaling_a_blob_changes_the_share_of_the_picture_that_it_owns(canvas: Object) -> None:
    before, share = shown(), np.logaddexp(0, reading_of().layout.sizes[0, 3])
    blobs_here()[2].scale *= 1.5
    assert followed(before)
    assert np.logaddexp(0, reading_of().layout.sizes[0, 3]) == pytest.approx(share * 1.5**2, rel=1e-5)


def test_scaling_along_one_axis_changes_the_shape(canvas: Object) -> None:
    before = shown()
    blobs_here()[2].scale.x *= 2
    assert followed(before)


def test_turning_a_blob_turns_its_covariance(canvas: Object) -> None:
    before, cov = shown(), reading_of().layout.covs[0, 2].astype(np.float64)
    blobs_here()[2].rotation_euler.z += radians(90)
    assert followed(before)
    quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
    np.testing.assert_allclose(reading_of().layout.covs[0, 2], quarter @ cov @ quarter.T, atol=1e-6)


def test_the_transform_operators_do_what_setting_the_values_does(canvas: Object) -> None:
    blob = blobs_here()[2]
    select(blob)
    bpy.ops.transform.translate(value=(0.3, -0.2, 0.0))
    settle()
    by_operator = shown()
    blob.location.x -= 0.3
    blob.location.y += 0.2
    settle()
    assert not same(by_operator, shown())
    blob.location.x += 0.3
    blob.location.y -= 0.2
    settle()
    assert same(by_operator, shown())


def test_a_blob_dragged_out_of_the_picture_is_gone_and_comes_back(canvas: Object) -> None:
    before, blob = shown(), blobs_here()[2]
    blob.location.x += 40
    assert followed(before)
    blob.location.x -= 40
    settle()
    assert np.abs(shown().astype(int) - before).max() <= 1  # 40 and back again is one rounding away


def test_delete_removes_the_blob_from_the_picture(canvas: Object) -> None:
    before, blob = shown(), blobs_here()[2]
    name = blob.name
    select(blob)
    bpy.ops.object.delete()
    assert followed(before)
    assert name not in reading_of().names
    assert reading_of().layout.blobs == 4


def test_remove_blob_does_what_deleting_the_object_does(canvas: Object) -> None:
    expected = reading_of().layout.map(lambda array: np.delete(array, array.shape[1] - 2, axis=1))
    select(blobs_here()[3])
    assert bpy.ops.blobgan.remove_blob() == {"FINISHED"}
    settle()
    assert same(shown(), drawn(expected))


def test_remove_blob_leaves_the_canvas_active(canvas: Object) -> None:
    select(*blobs_here()[1:3])
    bpy.ops.blobgan.remove_blob()
    assert bpy.context.view_layer.objects.active == canvas
    assert len(blobs_here()) == 3


def test_remove_blob_needs_a_selected_blob(canvas: Object) -> None:
    select(canvas)
    assert not bpy.ops.blobgan.remove_blob.poll()


def test_remove_blob_of_a_deleted_canvas(canvas: Object) -> None:
    blob = blobs_here()[0]
    select(canvas)
    bpy.ops.object.delete()
    select(blob)
    assert bpy.ops.blobgan.remove_blob() == {"FINISHED"}


def test_shift_d_clones_a_blob(canvas: Object) -> None:
    before, original = shown(), blobs_here()[2]
    (clone,) = duplicate(original)
    clone.location.x += 0.5
    assert followed(before)
    assert reading_of().layout.blobs == 6
    assert all(same(a, b) for a, b in zip(read_appearance(clone), read_appearance(original), strict=True))


def test_a_clone_gets_an_order_of_its_own_and_lies_in_front(canvas: Object) -> None:
    original = blobs_here()[2]
    (clone,) = duplicate(original)
    settle()
    orders = [blob.blobgan.order for blob in blobs_here()]
    assert sorted(set(orders)) == sorted(orders)
    assert clone.blobgan.order == max(orders)
    names = reading_of().names
    assert names.index(clone.name) == names.index(original.name) + 1


def test_each_of_many_clones_gets_an_order_of_its_own(canvas: Object) -> None:
    for _ in range(3):
        duplicate(*blobs_here())
    settle()
    orders = [blob.blobgan.order for blob in blobs_here()]
    assert len(orders) == len(set(orders)) == 40
    assert same(shown(), drawn())


def test_the_picture_of_clones_is_that_before_the_live_link_has_numbered_them(canvas: Object) -> None:
    blobs = blobs_here()
    for blob in blobs:
        blob.location.z = 0.01
    duplicate(blobs[1])
    bpy.ops.blobgan.update_picture()
    at_once = shown()
    settle()
    live.pictures_are_stale()
    settle()
    assert same(at_once, shown())


def test_a_scripted_edit_of_an_appearance_shows_after_a_tag(canvas: Object) -> None:
    before, blob = shown(), blobs_here()[2]
    blob[PHI][:] = np.array(blobs_here()[0][PHI])
    blob.update_tag()
    assert followed(before)


def test_another_noise_seed_shows_by_itself(canvas: Object) -> None:
    before = shown()
    canvas.blobgan.noise_seed = 7
    assert followed(before)


def test_update_picture_does_what_the_live_link_does(canvas: Object) -> None:
    before = shown()
    blobs_here()[1].location.x += 0.3
    assert bpy.ops.blobgan.update_picture() == {"FINISHED"}
    by_operator = shown()
    assert not same(before, by_operator)
    live.pictures_are_stale()
    settle()
    assert same(by_operator, shown())


def test_with_live_off_the_picture_waits_for_update_picture(canvas: Object) -> None:
    before = shown()
    canvas.blobgan.live = False
    blobs_here()[1].location.x += 0.3
    settle()
    assert same(before, shown())
    bpy.ops.blobgan.update_picture()
    assert not same(before, shown())
    assert same(shown(), drawn())


def test_live_switched_on_catches_up(canvas: Object) -> None:
    canvas.blobgan.live = False
    before = shown()
    blobs_here()[1].location.x += 0.3
    settle()
    canvas.blobgan.live = True
    assert followed(before)


def test_a_faint_blob_is_woken(canvas: Object) -> None:
    blob = blobs_here()[3]
    blob.scale *= 0.05
    settle()
    before = shown()
    assert bpy.ops.blobgan.wake_blob(blob=blob.name) == {"FINISHED"}
    assert followed(before)
    row = reading_of().names.index(blob.name)
    assert reading_of().layout.sizes[0, row + 1] == pytest.approx(wake_size(canvas.blobgan.ab_norm), abs=1e-4)


@pytest.mark.parametrize("ab_norm", [0.02, 0.006, 0.001])
def test_a_blob_just_woken_is_neither_faint_nor_a_dot(ab_norm: float) -> None:
    size, faint = wake_size(ab_norm), faint_size(ab_norm)
    assert size >= WAKE_SIZE > FAINT
    assert owned(size, ab_norm) >= WAKE_AREA * 0.999
    assert size > faint >= FAINT
    assert faint == FAINT or owned(faint, ab_norm) == pytest.approx(FAINT_AREA)


def test_waking_keeps_a_blobs_shape_angle_and_place(canvas: Object) -> None:
    blob = blobs_here()[3]
    before = reading_of().layout
    blob.scale *= 0.05
    bpy.ops.blobgan.wake_blob(blob=blob.name)
    after = reading_of()
    row = after.names.index(blob.name)
    assert row == 3  # as high in the stack as before
    np.testing.assert_allclose(after.layout.covs[0, row], before.covs[0, row], atol=1e-5)
    np.testing.assert_allclose(after.layout.xs[0, row], before.xs[0, row], atol=1e-5)


def test_waking_brings_a_blob_into_the_picture(canvas: Object) -> None:
    blob = blobs_here()[3]
    blob.location.x = 30
    bpy.ops.blobgan.wake_blob(blob=blob.name)
    row = reading_of().names.index(blob.name)
    assert reading_of().layout.xs[0, row] == pytest.approx(0.9, abs=1e-5)


def test_waking_shows_a_hidden_blob_where_it_stands(canvas: Object) -> None:
    blob = blobs_here()[3]
    blob.hide_viewport = blob.hide_render = True
    settle()
    blob.location.x = 0.4  # a hidden object's matrix is stale
    bpy.ops.blobgan.wake_blob(blob=blob.name)
    row = reading_of().names.index(blob.name)
    assert reading_of().layout.xs[0, row] == pytest.approx(0.7, abs=1e-5)


def test_waking_keeps_the_height_of_a_blob_with_another_parent(canvas: Object) -> None:
    handle = bpy.data.objects.new("Handle", None)
    bpy.context.scene.collection.objects.link(handle)
    handle.location.z = -3
    blob = blobs_here()[3]
    bpy.context.view_layer.update()
    world = blob.matrix_world.copy()
    blob.parent, blob.matrix_parent_inverse = handle, handle.matrix_world.inverted()
    blob.matrix_world = world
    blob.location.z += 3  # in the parent's space now
    blob.matrix_parent_inverse.identity()
    names = reading_of().names
    bpy.ops.blobgan.wake_blob(blob=blob.name)
    assert reading_of().names == names


def test_waking_selects_the_blob(canvas: Object) -> None:
    select(canvas)
    blob = blobs_here()[3]
    bpy.ops.blobgan.wake_blob(blob=blob.name)
    assert bpy.context.selected_objects == [blob]
    assert bpy.context.view_layer.objects.active == blob


def test_waking_something_else_is_refused(canvas: Object) -> None:
    with pytest.raises(RuntimeError, match="“Canvas” is not a blob of this scene"):
        bpy.ops.blobgan.wake_blob(blob=canvas.name)


def test_the_row_clicked_in_the_list_is_the_blob_selected(canvas: Object) -> None:
    blob = blobs_here()[3]
    canvas.blobgan.active_blob = bpy.context.scene.objects.find(blob.name)
    assert bpy.context.selected_objects == [blob]


def test_an_empty_room_has_a_picture(canvas: Object) -> None:
    before = shown()
    select(*blobs_here())
    bpy.ops.blobgan.remove_blob()
    assert followed(before)
    assert reading_of().layout.blobs == 0


def test_restart_worker_changes_nothing_in_the_scene(canvas: Object, own_worker: None) -> None:
    before, names = shown(), [blob.name for blob in blobs_here()]
    pictures = live.link(canvas).pictures
    assert bpy.ops.blobgan.restart_worker() == {"FINISHED"}
    pump_until(lambda: live.link(canvas).pictures > pictures)
    assert same(before, shown())
    assert names == [blob.name for blob in blobs_here()]
