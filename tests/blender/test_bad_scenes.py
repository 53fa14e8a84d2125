"""Scenes that mean no picture, or hardly one: a clear sentence, the old picture, and Blender goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import (
    blobs_here,
    drawn,
    followed,
    new_room,
    reading_of,
    render_still,
    same,
    select,
    settle,
    shown,
)

from blobgan_blender import live
from blobgan_blender.core.ellipse import SIZE_RANGE
from blobgan_blender.scene.appearance import write_appearance

NAN, INFINITE = float("nan"), float("inf")


def assert_refused(operator: Callable[..., object], words: str, **options: object) -> None:
    """An operator refuses with a sentence that says these words."""
    with pytest.raises(RuntimeError, match=words):
        operator(**options)


def assert_render_fails(folder: Path, words: str) -> None:
    """F12 and Ctrl-F12 fail with these words, and no file is written."""
    bpy.context.scene.render.filepath = str(folder / "frame")
    for animation in (False, True):
        with pytest.raises(RuntimeError, match=words):
            bpy.ops.render.render(write_still=not animation, animation=animation)
    assert not list(folder.glob("frame*"))


@pytest.mark.parametrize("operator", ["resample", "reset_layout", "load_model", "update_picture"])
def test_without_a_canvas_the_buttons_are_grey(operator: str) -> None:
    assert not getattr(bpy.ops.blobgan, operator).poll()


def test_without_a_canvas_a_render_fails(tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.render.engine = "BLOBGAN"
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    assert_render_fails(tmp_path, "has no canvas to render.*Press New BlobGAN Scene")


def test_a_deleted_canvas_leaves_its_blobs_and_no_error(canvas: Object, tmp_path: Path) -> None:
    select(canvas)
    bpy.ops.object.delete()
    settle()
    assert len([item for item in bpy.context.scene.objects if item.type == "EMPTY"]) == 5
    assert not bpy.ops.blobgan.update_picture.poll()
    assert_render_fails(tmp_path, "has no canvas to render")


def test_blobs_of_a_deleted_canvas_are_grey_to_verbs_and_deleted_without_harm(canvas: Object) -> None:
    name = blobs_here()[0].name
    select(canvas)
    bpy.ops.object.delete()
    with pytest.raises(RuntimeError, match="Select a canvas or one of its blobs"):
        bpy.ops.blobgan.wake_blob(blob=name)
    select(bpy.context.scene.objects[name])
    bpy.ops.object.delete()
    assert name not in bpy.context.scene.objects
    bpy.data.orphans_purge(do_recursive=True)
    settle()


def test_several_canvases_and_none_chosen_is_said(canvas: Object, small_model: Path, tmp_path: Path) -> None:
    new_room(small_model, target="CURRENT")
    bpy.context.scene.blobgan.canvas = None
    assert_render_fails(tmp_path, "choose one under Canvas")


def test_zero_blobs(canvas: Object) -> None:
    before = shown()
    for blob in blobs_here():
        bpy.data.objects.remove(blob)
    assert followed(before)
    assert live.link(canvas).problem == ""


@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e9, -1e9, 1e30, NAN, INFINITE], ids=str)
def test_a_blob_of_any_scale_is_clamped_and_named(canvas: Object, scale: float) -> None:
    blob = blobs_here()[2]
    blob.scale = (scale, scale, scale)
    settle()
    assert live.link(canvas).clamped == (blob.name,)
    assert live.link(canvas).problem == ""
    layout = reading_of().layout
    assert all(np.isfinite(array).all() for array in layout.arrays().values())
    assert SIZE_RANGE[0] <= layout.sizes[0, 3] <= SIZE_RANGE[1]
    assert same(shown(), drawn())


@pytest.mark.parametrize("axis", [0, 1])
def test_a_blob_scaled_flat_is_clamped_and_named(canvas: Object, axis: int) -> None:
    blob = blobs_here()[2]
    blob.scale[axis] = 0
    settle()
    assert live.link(canvas).clamped == (blob.name,)
    assert same(shown(), drawn())


@pytest.mark.parametrize("place", [1e9, -1e30, NAN, INFINITE], ids=str)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_blob_at_any_place_is_drawn(canvas: Object, place: float, axis: int) -> None:
    blobs_here()[2].location[axis] = place
    settle()
    assert live.link(canvas).problem == ""
    assert same(shown(), drawn())


def test_a_sound_scale_ends_the_clamping(canvas: Object) -> None:
    before, blob = shown(), blobs_here()[2]
    kept = blob.scale.copy()
    blob.scale = (0, 0, 0)
    settle()
    assert not same(shown(), before)
    blob.scale = kept
    settle()
    assert live.link(canvas).clamped == ()
    assert same(shown(), before)


@pytest.mark.parametrize("scale", [0.0, NAN], ids=str)
def test_a_canvas_of_no_size_is_no_error(canvas: Object, scale: float) -> None:
    canvas.scale = (scale, scale, scale)
    settle()
    assert live.link(canvas).problem == ""
    assert len(live.link(canvas).clamped) == 5


def test_everything_clamped_still_renders(canvas: Object, tmp_path: Path) -> None:
    for blob, scale in zip(blobs_here(), (0, NAN, INFINITE, 1e9, 1e-30), strict=True):
        blob.scale = (scale, scale, scale)
    assert same(render_still(tmp_path / "f12.png"), drawn())


def strip_appearance(blob: Object) -> None:
    del blob["blobgan_phi"]


def spoil_appearance(blob: Object) -> None:
    del blob["blobgan_psi"]
    blob["blobgan_psi"] = "a string"


def other_widths(blob: Object) -> None:
    write_appearance(blob, np.zeros(256, np.float32), np.zeros(256, np.float32))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (strip_appearance, r"“Blob 2” has lost its appearance \(blobgan_phi\). Undo, or press Reset"),
        (spoil_appearance, r"“Blob 2” has lost its appearance \(blobgan_psi\)"),
        (other_widths, r"“Blob 2” has the appearance of another model .*Delete it, or hide it"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_blob_that_does_not_fit_is_named_and_the_old_picture_kept(
    canvas: Object, tmp_path: Path, spoil: Callable[[Object], None], words: str
) -> None:
    import re

    before, blob = shown(), blobs_here()[2]
    spoil(blob)
    blob.location.x += 0.3
    settle()
    assert re.search(words, live.link(canvas).problem)
    assert same(shown(), before)
    assert_refused(bpy.ops.blobgan.update_picture, words)
    assert_render_fails(tmp_path, words)
    blob.hide_set(True)
    settle()
    assert live.link(canvas).problem == ""
    assert reading_of().layout.blobs == 4
    assert same(shown(), drawn())


def test_an_appearance_that_is_not_finite_is_named(canvas: Object) -> None:
    before, blob = shown(), blobs_here()[2]
    blob["blobgan_phi"][3] = NAN
    blob.update_tag()
    settle()
    assert live.link(canvas).problem
    assert same(shown(), before)


def test_a_blob_handed_over_from_another_models_canvas(canvas: Object, bundled_model: Path) -> None:
    new_room(bundled_model, target="CURRENT")
    before = shown(canvas)
    stranger = next(item for item in bpy.context.scene.objects if item.get("blobgan_phi") and item.name == "Blob 7")
    stranger.parent = stranger.blobgan.canvas = canvas
    settle()
    assert "“Blob 7” has the appearance of another model (256 + 256 numbers where “Canvas” has 64 + 32)" in (
        live.link(canvas).problem
    )
    assert same(shown(canvas), before)
    select(stranger)
    bpy.ops.blobgan.remove_blob()
    settle()
    assert live.link(canvas).problem == ""


def test_a_canvas_that_names_no_model(canvas: Object, tmp_path: Path) -> None:
    before = shown()
    canvas.blobgan.model_sha256, canvas.blobgan.model_name = "", ""
    blobs_here()[0].location.x += 0.3
    settle()
    assert "press the folder beside the model's name" in live.link(canvas).problem
    assert same(shown(), before)
    assert_render_fails(tmp_path, "press the folder beside the model's name")


def test_a_canvas_that_names_another_hash(canvas: Object, tmp_path: Path) -> None:
    before = shown()
    canvas.blobgan.model_sha256 = "ab" * 32
    blobs_here()[0].location.x += 0.3
    words = "The model “small” .abababababab….* that this scene was made with is not in"
    assert_refused(bpy.ops.blobgan.update_picture, words)
    assert_refused(bpy.ops.blobgan.resample, words)
    assert_refused(bpy.ops.blobgan.reset_layout, words)
    assert_render_fails(tmp_path, words)
    assert same(shown(), before)


@pytest.fixture
def copied(small_model: Path, tmp_path: Path) -> Path:
    """A model of the test's own, to be spoilt."""
    for file in (small_model, small_model.with_suffix(".json")):
        (tmp_path / f"spoilt{file.suffix}").write_bytes(file.read_bytes())
    return tmp_path / "spoilt.safetensors"


def truncated(model: Path) -> None:
    model.write_bytes(model.read_bytes()[:-1000])


def emptied(model: Path) -> None:
    model.write_bytes(b"")


def removed(model: Path) -> None:
    model.unlink()


def without_its_card(model: Path) -> None:
    model.with_suffix(".json").unlink()


def with_a_foreign_card(model: Path) -> None:
    model.with_suffix(".json").write_text('{"name": "something else"}')


def truncated_with_a_card_that_fits(model: Path) -> None:
    import hashlib

    truncated(model)
    card = json.loads(model.with_suffix(".json").read_text())
    card["sha256"] = hashlib.sha256(model.read_bytes()).hexdigest()
    model.with_suffix(".json").write_text(json.dumps(card))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (truncated, "does not match its card"),
        (emptied, "does not match its card"),
        (removed, "There is no model at"),
        (without_its_card, "The card spoilt.json beside the model cannot be read"),
        (with_a_foreign_card, "spoilt.json cannot be read"),
        (truncated_with_a_card_that_fits, "spoilt.safetensors is damaged"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_spoilt_model_is_refused(canvas: Object, copied: Path, spoil: Callable[[Path], None], words: str) -> None:
    before, scenes, objects = shown(), len(bpy.data.scenes), len(bpy.data.objects)
    spoil(copied)
    assert_refused(bpy.ops.blobgan.new_scene, words, model=str(copied))
    assert_refused(bpy.ops.blobgan.load_model, words, filepath=str(copied))
    assert (len(bpy.data.scenes), len(bpy.data.objects)) == (scenes, objects)
    assert same(shown(), before)
    assert canvas.blobgan.model_name == "small"


def test_an_official_checkpoint_is_told_how_to_be_converted(canvas: Object, official_checkpoint: Path) -> None:
    assert_refused(bpy.ops.blobgan.load_model, "blobgan convert", filepath=str(official_checkpoint))


def test_an_unwritable_folder_fails_the_render(canvas: Object, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    bpy.context.scene.render.filepath = str(tmp_path / "file" / "frame.png")
    with pytest.raises(RuntimeError, match="cannot save"):
        bpy.ops.render.render(write_still=True)
    settle()
    assert same(shown(), drawn())
