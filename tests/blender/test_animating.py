"""What can be keyframed beside transforms: opacity, morphs of blobs and of the background, a walk between rooms."""

from __future__ import annotations

import itertools

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import blobs_here, drawn, followed, new_room, reading_of, same, select, settle, shown

from blobgan_blender.core.ellipse import softplus
from blobgan_blender.core.morph import along
from blobgan_blender.scene.appearance import read_appearance, stages
from blobgan_blender.scene.blobs import blobs_of
from blobgan_blender.scene.keyframes import fcurves


def test_opacity_fades_a_blob_out_and_the_picture_follows(canvas: Object) -> None:
    blob, before = blobs_here()[1], shown()
    blob.blobgan.opacity = 0.5
    assert followed(before)
    blob.blobgan.opacity = 0.0
    settle()
    faded = shown().astype(int)
    blob.blobgan.opacity = 1.0
    settle()
    assert same(shown(), before)
    blob.hide_set(True)
    settle()
    assert np.abs(faded - shown()).max() <= 1


def test_a_keyframed_opacity_is_that_of_the_frame(canvas: Object) -> None:
    blob = blobs_here()[0]
    blob.keyframe_insert("blobgan.opacity", frame=1)
    blob.blobgan.opacity = 0.2
    blob.keyframe_insert("blobgan.opacity", frame=11)
    shares = []
    for frame in (1, 6, 11):
        bpy.context.scene.frame_set(frame)
        reading = reading_of()
        shares.append(softplus(reading.layout.sizes[0, 1 + reading.names.index(blob.name)]))
    np.testing.assert_allclose(np.array(shares) / shares[0], [1, 0.6, 0.2], rtol=1e-4)


def features_of(blob: Object) -> np.ndarray:
    """φ of a blob as it stands."""
    reading = reading_of()
    return reading.layout.features[0, 1 + reading.names.index(blob.name)]


def test_a_blob_morphs_to_the_active_ones_appearance(canvas: Object) -> None:
    first, second, third, *_ = blobs_here()
    own, other = read_appearance(first)[0], read_appearance(third)[0]
    before = shown()
    select(first, second, third)
    assert bpy.ops.blobgan.morph_to_active() == {"FINISHED"}
    settle()
    assert same(shown(), before)
    first.blobgan.morph = 0.5
    assert followed(before)
    half = features_of(first)
    assert same(half, along(np.stack([own, other]), 0.5, spherical=True))
    assert np.square(half).mean() == pytest.approx(np.square(own).mean(), rel=1e-3)
    first.blobgan.morph = 1.0
    assert same(features_of(first), other)
    assert same(features_of(second), read_appearance(second)[0])
    assert bpy.ops.blobgan.clear_morph() == {"FINISHED"}
    assert same(features_of(first), own)


def test_a_clone_morphs_as_its_original(canvas: Object) -> None:
    first, second, *_ = blobs_here()
    select(first, second)
    bpy.ops.blobgan.morph_to_active()
    first.blobgan.morph = 0.3
    clone = first.copy()
    canvas.users_collection[0].objects.link(clone)
    assert same(features_of(clone), features_of(first))


def test_the_background_morphs_to_another_canvass(canvas: Object, small_model: object) -> None:
    scene = bpy.context.scene
    new_room(small_model, seed=2, target="CURRENT")
    other = next(item for item in scene.objects if item.blobgan.role == "CANVAS" and item != canvas)
    settle()
    before = shown(canvas)
    select(canvas, other)
    assert bpy.ops.blobgan.morph_to_active() == {"FINISHED"}
    canvas.blobgan.morph = 1.0
    settle()
    assert not same(shown(canvas), before)
    assert same(reading_of(canvas).layout.features[0, 0], read_appearance(other)[0])
    assert same(shown(canvas), drawn(canvas=canvas))


def test_morphs_need_two_of_a_kind(canvas: Object) -> None:
    select(blobs_here()[0])
    assert not bpy.ops.blobgan.morph_to_active.poll()
    select(canvas, blobs_here()[0])
    assert not bpy.ops.blobgan.morph_to_active.poll()
    assert not bpy.ops.blobgan.clear_morph.poll()


def test_resetting_forgets_morphs_and_fades(canvas: Object) -> None:
    before = shown()
    first, second, *_ = blobs_here()
    select(first, second)
    bpy.ops.blobgan.morph_to_active()
    first.blobgan.morph, first.blobgan.opacity = 0.7, 0.3
    select(canvas)
    assert bpy.ops.blobgan.reset_layout() == {"FINISHED"}
    settle()
    assert same(shown(), before)
    assert not stages(first)


def test_a_latent_walk_passes_through_its_rooms(canvas: Object, small_model: object) -> None:
    start, scene = shown(), bpy.context.scene
    assert bpy.ops.blobgan.latent_walk(seed=7, keyframes=3, frame_start=10, frame_end=30) == {"FINISHED"}
    settle()
    assert same(shown(), start)
    scene.frame_set(30)
    walked = reading_of()
    scene.frame_set(20)
    assert not same(drawn(), start)
    pictures = []
    for frame in range(10, 31):
        scene.frame_set(frame)
        pictures.append(drawn().astype(int))
    steps = [np.abs(b - a).mean() for a, b in itertools.pairwise(pictures)]
    assert max(steps) < 0.5 * np.abs(pictures[-1] - pictures[0]).mean()  # no jump
    end = new_room(small_model, seed=7)
    expected = reading_of(end)
    for name, tolerance in (("xs", 1e-5), ("ys", 1e-5), ("sizes", 1e-4), ("covs", 1e-4), ("features", 1e-5)):
        found, wanted = getattr(walked.layout, name), getattr(expected.layout, name)
        np.testing.assert_allclose(found, wanted, atol=tolerance)


def test_a_walk_of_parented_and_excluded_blobs_passes_through_the_same_rooms(canvas: Object) -> None:
    """Parents: an empty, another blob, the canvas with an inverse; and what is excluded shifts no other's walk."""
    bpy.ops.blobgan.latent_walk(seed=7, keyframes=2, frame_start=1, frame_end=9)
    bpy.context.scene.frame_set(9)
    wanted = reading_of()
    bpy.ops.blobgan.reset_layout(keyed="REMOVE")
    first, second, third, fourth, fifth = blobs_here()
    handle = bpy.data.objects.new("Handle", None)
    bpy.context.scene.collection.objects.link(handle)
    handle.location, handle.rotation_euler = (3, 1, 0), (0.2, 0.1, 0.7)
    canvas.location.x = 0.4
    bpy.context.view_layer.update()
    first.parent, second.parent = handle, fourth
    fifth.matrix_parent_inverse = canvas.matrix_world.inverted()
    away = bpy.data.collections.new("Away")
    bpy.context.scene.collection.children.link(away)
    canvas.users_collection[0].objects.unlink(third)
    away.objects.link(third)
    bpy.context.view_layer.layer_collection.children["Away"].exclude = True
    assert bpy.ops.blobgan.latent_walk(seed=7, keyframes=2, frame_start=1, frame_end=9) == {"FINISHED"}
    bpy.context.view_layer.layer_collection.children["Away"].exclude = False
    bpy.context.scene.frame_set(9)
    assert reading_of().names == wanted.names
    for name, array in wanted.layout.arrays().items():
        np.testing.assert_allclose(getattr(reading_of().layout, name), array, atol=1e-4, err_msg=name)


def test_a_walk_begins_at_a_room_like_another(canvas: Object) -> None:
    plain = shown()
    canvas.blobgan.variation = "5"
    bpy.ops.blobgan.reset_layout()
    start = shown()
    assert not same(start, plain)
    bpy.ops.blobgan.latent_walk(seed=7, keyframes=2, frame_start=1, frame_end=9)
    settle()
    assert same(shown(), start)


def test_a_second_walk_asks_about_the_first(canvas: Object) -> None:
    bpy.ops.blobgan.latent_walk(seed=2, keyframes=2, frame_start=1, frame_end=9)
    with pytest.raises(RuntimeError, match="Remove Keys"):
        bpy.ops.blobgan.latent_walk(seed=3, keyframes=3, frame_start=1, frame_end=20)
    bpy.ops.blobgan.latent_walk(seed=3, keyframes=3, frame_start=1, frame_end=21, keyed="REMOVE")
    for owner in (canvas, *blobs_of(canvas, bpy.data.objects)):
        (curve,) = [curve for curve in fcurves(owner) if curve.data_path == "blobgan.morph"]
        assert [tuple(point.co) for point in curve.keyframe_points] == [(1, 0), (11, 0.5), (21, 1)]
        assert {point.interpolation for point in curve.keyframe_points} == {"LINEAR"}


def test_a_walk_that_does_not_fit_is_refused(canvas: Object) -> None:
    with pytest.raises(RuntimeError, match="do not fit into frames 1 to 3"):
        bpy.ops.blobgan.latent_walk(seed=2, keyframes=5, frame_start=1, frame_end=3)


def test_of_an_action_of_two_objects_each_has_its_own_curves(canvas: Object) -> None:
    first, second = blobs_here()[:2]
    if not hasattr(first.animation_data_create(), "action_slot"):
        pytest.skip("from Blender 4.4 on")
    first.keyframe_insert("location", index=0, frame=1)
    second.animation_data_create().action = first.animation_data.action
    second.animation_data.action_slot = first.animation_data.action.slots.new("OBJECT", second.name)
    second.keyframe_insert("location", index=1, frame=1)
    assert [curve.array_index for curve in fcurves(first)] == [0]
    assert [curve.array_index for curve in fcurves(second)] == [1]
