"""Which room: seeds, truncation, other models; and keyframes that no resample may drop silently."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import (
    blobs_here,
    canvas_here,
    drawn,
    duplicate,
    new_room,
    read_image,
    reading_of,
    render_frames,
    same,
    select,
    settle,
    shown,
)

from blobgan_blender import runtime
from blobgan_blender.core.layout import Layout
from blobgan_blender.library.card import read_card
from blobgan_blender.scene.canvas import canvases


def sampled(seed: int, truncation: float) -> Layout[np.ndarray]:
    """What the layout network of the canvas's model makes of a seed."""
    ref = runtime.model_of(canvas_here())
    return runtime.worker().sample(ref, seed=seed, truncation=truncation).result()


def assert_is(found: Layout[np.ndarray], wanted: Layout[np.ndarray]) -> None:
    """The same room, but for the round trip through the empties; the background's size has no effect."""
    for name, array in found.arrays().items():
        expected = wanted.arrays()[name]
        if name == "sizes":
            array, expected = array[:, 1:], expected[:, 1:]
        np.testing.assert_allclose(array, expected, atol=1e-5, err_msg=name)


def key(blob: Object) -> None:
    """Keyframe a blob across the picture."""
    blob.keyframe_insert("location", frame=1)
    blob.location.x += 0.5
    blob.keyframe_insert("location", frame=10)
    bpy.context.scene.frame_set(1)


def test_a_new_room_is_the_one_of_its_seed(canvas: Object) -> None:
    assert_is(reading_of().layout, sampled(1, 0.4))
    assert (canvas.blobgan.seed, canvas.blobgan.truncation) == (1, pytest.approx(0.4))


def test_the_bundled_models_room_is_the_one_of_its_seed() -> None:
    bpy.ops.blobgan.new_scene(seed=3)
    assert_is(reading_of().layout, sampled(3, 0.4))
    assert same(shown(), drawn())


def test_the_same_seed_is_the_same_picture(small_model: Path) -> None:
    first = shown(new_room(small_model, seed=5))
    assert same(first, shown(new_room(small_model, seed=5)))


def test_another_seed_is_another_picture(small_model: Path) -> None:
    assert not same(shown(new_room(small_model, seed=5)), shown(new_room(small_model, seed=6)))


def test_full_truncation_is_always_the_same_room(small_model: Path) -> None:
    layouts = []
    for seed in (5, 6):
        new_room(small_model, seed=seed, truncation=1.0)
        layouts.append(reading_of().layout)
    assert_is(*layouts)


def test_truncation_pulls_towards_the_average_room(small_model: Path) -> None:
    def distance(truncation: float) -> float:
        new_room(small_model, seed=5, truncation=truncation)
        found = reading_of().layout
        new_room(small_model, seed=5, truncation=1.0)
        return float(np.abs(found.features - reading_of().layout.features).mean())

    assert distance(0.0) > distance(0.5) > distance(1.0) == 0


def test_resample_is_what_new_scene_would_have_made(canvas: Object, small_model: Path) -> None:
    bpy.ops.blobgan.resample(seed=9, truncation=0.2)
    resampled, layout = shown(), reading_of().layout
    new_room(small_model, seed=9, truncation=0.2)
    assert same(resampled, shown())
    assert_is(layout, reading_of().layout)


def test_resample_keeps_the_empties_and_their_names(canvas: Object) -> None:
    blobs_here()[2].name = "bed"
    uids = [blob.session_uid for blob in blobs_here()]
    bpy.ops.blobgan.resample(seed=9)
    assert [blob.session_uid for blob in blobs_here()] == uids
    assert blobs_here()[2].name == "bed"
    assert canvas.blobgan.seed == 9


def test_resample_of_parented_and_turned_blobs_places_them_all_the_same(canvas: Object) -> None:
    handle = bpy.data.objects.new("Handle", None)
    bpy.context.scene.collection.objects.link(handle)
    handle.location, handle.rotation_euler = (3, 1, 0), (0.2, 0.1, 0.7)
    first, second, third, *_ = blobs_here()
    first.parent = handle
    second.rotation_mode, second.delta_location.x = "QUATERNION", 0.3
    third.parent = None
    canvas.location, canvas.rotation_euler = (2, 3, 4), (0.3, 0.5, 0.7)
    bpy.context.view_layer.update()
    bpy.ops.blobgan.resample(seed=9)
    wanted, found = sampled(9, 0.4), reading_of().layout
    np.testing.assert_allclose(found.xs, wanted.xs, atol=1e-5)
    np.testing.assert_allclose(found.ys, wanted.ys, atol=1e-5)
    np.testing.assert_allclose(found.covs, wanted.covs, atol=1e-5)
    np.testing.assert_allclose(found.sizes[:, 1:], wanted.sizes[:, 1:], atol=1e-4)


@pytest.mark.parametrize("operator", ["reset_layout", "reset_blob"])
def test_reset_places_blobs_that_hang_on_each_other(canvas: Object, operator: str) -> None:
    """Each on the one before it in one order or the other; the first of all moves, and all others with it."""
    wanted, blobs = reading_of(), blobs_here()
    for child, parent in ((1, 0), (2, 1), (3, 4)):
        blobs[child].parent = blobs[parent]
        blobs[child].matrix_parent_inverse = blobs[parent].matrix_world.inverted()
    blobs[0].location.x += 0.5
    blobs[0].rotation_euler.z += 0.6
    blobs[4].scale *= 1.5
    select(*(blobs if operator == "reset_blob" else [canvas]))
    assert getattr(bpy.ops.blobgan, operator)() == {"FINISHED"}
    assert_is(reading_of().layout, wanted.layout)
    assert [blobs[child].parent for child in (1, 2, 3)] == [blobs[parent] for parent in (0, 1, 4)]


def test_reset_undoes_every_edit(canvas: Object) -> None:
    before, layout = shown(), reading_of().layout
    blobs = blobs_here()
    duplicate(blobs[0])
    blobs[1].location.x += 1
    blobs[2].scale *= 3
    blobs[3].rotation_euler.x += 1
    blobs[4].location.z = -1
    settle()
    assert bpy.ops.blobgan.reset_layout() == {"FINISHED"}
    assert_is(reading_of().layout, layout)
    assert same(shown(), before)


def test_reset_brings_removed_blobs_back_and_lets_clones_go(canvas: Object) -> None:
    blobs = blobs_here()
    duplicate(blobs[0], blobs[1])
    select(blobs[2], blobs[0])  # an original whose clone stays
    bpy.ops.blobgan.remove_blob()
    bpy.ops.blobgan.reset_layout()
    assert [blob.blobgan.index for blob in blobs_here()] == [0, 1, 2, 3, 4]
    assert_is(reading_of().layout, sampled(1, 0.4))


def test_reset_restores_a_lost_appearance(canvas: Object) -> None:
    before, blob = shown(), blobs_here()[2]
    del blob["blobgan_phi"]
    blob["blobgan_psi"] = [1, 2, 3]
    bpy.ops.blobgan.reset_layout()
    assert same(shown(), before)


def test_load_model_draws_the_same_seed_by_another_model(canvas: Object, bundled_model: Path) -> None:
    assert bpy.ops.blobgan.load_model(filepath=str(bundled_model)) == {"FINISHED"}
    loaded = shown()
    architecture = read_card(bundled_model).architecture
    assert loaded.shape == (architecture.resolution, architecture.resolution, 3)
    assert len(blobs_here()) == architecture.blobs
    new_room(bundled_model, seed=1)
    assert same(loaded, shown())


def test_load_model_of_fewer_blobs_removes_the_rest(bundled_model: Path, small_model: Path) -> None:
    canvas = new_room(bundled_model)
    bpy.ops.blobgan.load_model(filepath=str(small_model))
    assert len(blobs_here()) == 5
    assert shown().shape == (64, 64, 3)
    assert canvas.blobgan.model_name == "small"
    assert same(shown(), drawn())


def test_load_model_shows_its_picture_in_the_material(canvas: Object, bundled_model: Path) -> None:
    bpy.ops.blobgan.load_model(filepath=str(bundled_model))
    nodes = canvas.active_material.node_tree.nodes
    assert [node.image for node in nodes if node.type == "TEX_IMAGE"] == [canvas.blobgan.image]


@pytest.mark.parametrize("operator", ["resample", "reset_layout", "load_model"])
def test_keyframes_are_never_dropped_silently(canvas: Object, operator: str) -> None:
    key(blobs_here()[2])
    settle()
    before = shown()
    with pytest.raises(RuntimeError, match="1 blobs carry keyframes or drivers .*Choose New Canvas"):
        getattr(bpy.ops.blobgan, operator)()
    assert blobs_here()[2].animation_data.action is not None
    assert same(shown(), before)
    assert len(canvases(bpy.context.view_layer)) == 1


def test_keyframes_in_an_excluded_collection_are_never_dropped_silently(canvas: Object) -> None:
    blob = blobs_here()[2]
    key(blob)
    away = bpy.data.collections.new("Away")
    bpy.context.scene.collection.children.link(away)
    canvas.users_collection[0].objects.unlink(blob)
    away.objects.link(blob)
    bpy.context.view_layer.layer_collection.children["Away"].exclude = True
    place = blob.location.copy()
    with pytest.raises(RuntimeError, match="1 blobs carry keyframes"):
        bpy.ops.blobgan.resample(seed=9)
    assert blob.location == place


def test_an_unlinked_blob_comes_back_though_it_is_in_the_file_still(canvas: Object) -> None:
    blob, before = blobs_here()[2], reading_of().signature
    canvas.users_collection[0].objects.unlink(blob)
    assert blob.name in bpy.data.objects
    bpy.ops.blobgan.reset_layout()
    assert reading_of().signature == before


def test_drivers_are_never_dropped_silently(canvas: Object) -> None:
    blobs_here()[2].driver_add("location", 0)
    with pytest.raises(RuntimeError, match="carry keyframes or drivers"):
        bpy.ops.blobgan.resample(seed=9)
    assert len(blobs_here()[2].animation_data.drivers) == 1


def test_resample_of_keyed_blobs_to_a_new_canvas_leaves_the_keys(canvas: Object, tmp_path: Path) -> None:
    key(blobs_here()[2])
    settle()
    before = shown()
    assert bpy.ops.blobgan.resample(seed=9, keyed="NEW") == {"FINISHED"}
    other = bpy.context.view_layer.objects.active
    assert other in canvases(bpy.context.view_layer)
    assert other != canvas
    assert other.blobgan.seed == 9
    assert canvas.blobgan.seed == 1
    assert same(shown(canvas), before)
    assert blobs_here(canvas)[2].animation_data.action is not None
    assert same(shown(other), drawn(canvas=other))


def test_resample_that_removes_keys(canvas: Object, small_model: Path) -> None:
    key(blobs_here()[2])
    assert bpy.ops.blobgan.resample(seed=9, keyed="REMOVE") == {"FINISHED"}
    assert blobs_here()[2].animation_data is None
    by_operator = shown()
    bpy.context.scene.frame_set(10)
    settle()
    assert same(shown(), by_operator)
    assert same(shown(new_room(small_model, seed=9)), by_operator)


def test_reset_that_removes_keys_of_clones_too(canvas: Object) -> None:
    before = shown()
    (clone,) = duplicate(blobs_here()[2])
    key(clone)
    bpy.ops.blobgan.reset_layout(keyed="REMOVE")
    assert same(shown(), before)
    assert len(blobs_here()) == 5


def test_an_unkeyed_room_is_resampled_in_place_whatever_the_answer(canvas: Object) -> None:
    bpy.ops.blobgan.resample(seed=9, keyed="NEW")
    assert len(canvases(bpy.context.view_layer)) == 1


def test_a_fixed_noise_seed_means_no_flicker(canvas: Object, tmp_path: Path) -> None:
    files = render_frames(tmp_path, 1, 3)
    assert same(*(read_image(file) for file in files))


def test_the_fine_texture_stays_when_the_room_is_resampled(canvas: Object) -> None:
    canvas.blobgan.noise_seed = 3
    bpy.ops.blobgan.resample(seed=9)
    assert canvas.blobgan.noise_seed == 3
    assert same(shown(), drawn())


def test_a_new_scene_after_a_canvas_was_added_is_a_new_scene(canvas: Object, small_model: Path) -> None:
    """Blender remembers an operator's properties, and takes them for those that are not given."""
    bpy.ops.blobgan.new_scene("EXEC_DEFAULT", True, model=str(small_model), target="CURRENT")
    scenes = len(bpy.data.scenes)
    bpy.ops.blobgan.new_scene("EXEC_DEFAULT", True)
    assert len(bpy.data.scenes) == scenes + 1
    assert bpy.context.scene.blobgan.canvas.blobgan.model_name != canvas.blobgan.model_name
