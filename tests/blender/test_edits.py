"""Each edit by its operator is the same edit by its function: on several blobs, and undone by Ctrl-Z."""

from __future__ import annotations

from collections.abc import Callable
from math import radians
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import blobs_here, canvas_here, drawn, duplicate, new_room, reading_of, same, select, settle, shown

from blobgan_blender import runtime
from blobgan_blender.core import edits
from blobgan_blender.core.canvas_space import placements
from blobgan_blender.core.errors import LayoutError
from blobgan_blender.core.layout import Layout
from blobgan_blender.scene import appearance_file
from blobgan_blender.scene.appearance import PHI, read_appearance, write_appearance

NumpyLayout = Layout[np.ndarray]
Edit = Callable[..., set[str]]


@pytest.fixture(autouse=True)
def own_clipboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copied appearances of the tests stay among the tests."""
    monkeypatch.setattr(appearance_file, "copy_place", lambda: tmp_path / "copied.npz")


def places(*blobs: Object) -> list[int]:
    names = reading_of().names
    return [names.index(blob.name) for blob in blobs]


def close(found: NumpyLayout, wanted: NumpyLayout) -> bool:
    """Equal but for the rounding of a round trip through matrices; appearances bit for bit."""
    found.check()
    assert found.blobs == wanted.blobs
    for name in ("xs", "ys", "covs", "sizes"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), atol=2e-5, rtol=2e-5, err_msg=name)
    return same(found.features, wanted.features) and same(found.spatial_style, wanted.spatial_style)


def sampled(seed: int, truncation: float = 0.4) -> NumpyLayout:
    """A room of the canvas's model."""
    return runtime.sample(runtime.source_of(canvas_here(), seed, truncation)).result()


def undoes(wanted: NumpyLayout) -> bool:
    """Whether one Ctrl-Z gives a layout, and its picture, back."""
    bpy.ops.ed.undo()
    settle()
    return close(reading_of().layout, wanted) and same(shown(), drawn(wanted))


def start() -> NumpyLayout:
    settle()
    bpy.ops.ed.undo_push(message="before")
    return reading_of().layout


OP = ("EXEC_DEFAULT", True)


# Blender's own habits


def test_grab_scale_rotate_and_stretch_equal_their_functions(canvas: Object) -> None:
    layout, ab_norm = reading_of().layout, canvas.blobgan.ab_norm
    blobs = blobs_here()[1:3]
    for blob in blobs:
        blob.location.x += 0.3
        blob.location.y += 0.1
    layout = edits.move(layout, [1, 2], 0.15, -0.05)
    assert close(reading_of().layout, layout)
    for blob in blobs:
        blob.scale *= 1.3
    layout = edits.resize(layout, [1, 2], 1.3, ab_norm)
    assert close(reading_of().layout, layout)
    for blob in blobs:
        blob.rotation_euler.z += radians(40)
    layout = edits.rotate(layout, [1, 2], radians(40), ab_norm)
    assert close(reading_of().layout, layout)
    for blob in blobs:
        blob.scale.x *= 1.7
    layout = edits.reshape(layout, [1, 2], 1.7, 1.0, ab_norm)
    assert close(reading_of().layout, layout)


def test_delete_hide_and_duplicate_equal_their_functions(canvas: Object) -> None:
    layout = reading_of().layout
    blobs = blobs_here()
    blobs[3].hide_set(True)
    layout = edits.remove(layout, [3])
    assert close(reading_of().layout, layout)
    select(*blobs[:2])
    bpy.ops.object.delete()
    layout = edits.remove(layout, [0, 1])
    assert close(reading_of().layout, layout)
    for copy in duplicate(*blobs_here()):
        if not copy.hide_get():
            copy.location.x += 0.2
    settle()
    assert close(reading_of().layout, edits.clone(layout, [0, 1], dx=0.1))


def test_a_linked_duplicate_is_a_clone(canvas: Object) -> None:
    layout = reading_of().layout
    select(blobs_here()[2])
    bpy.ops.object.duplicate(linked=True)
    settle()
    assert close(reading_of().layout, edits.clone(layout, [2]))


# Appearances


@pytest.mark.parametrize("parts", edits.PARTS)
def test_copy_and_paste(canvas: Object, parts: str) -> None:
    layout, blobs = start(), blobs_here()
    select(blobs[3])
    assert bpy.ops.blobgan.copy_appearance() == {"FINISHED"}
    phi, psi = read_appearance(blobs[3])
    select(blobs[0], blobs[1])
    assert bpy.ops.blobgan.paste_appearance(*OP, parts=parts) == {"FINISHED"}
    assert close(reading_of().layout, edits.restyle(layout, [0, 1], phi, psi, parts))
    settle()
    assert same(shown(), drawn())
    assert undoes(layout)


def test_paste_half_way(canvas: Object) -> None:
    layout, blobs = reading_of().layout, blobs_here()
    select(blobs[3])
    bpy.ops.blobgan.copy_appearance()
    select(blobs[0])
    bpy.ops.blobgan.paste_appearance(amount=0.5)
    assert close(reading_of().layout, edits.restyle(layout, [0], *read_appearance(blobs[3]), amount=0.5))


def test_paste_into_another_file(canvas: Object, small_model: Path) -> None:
    select(blobs_here()[3])
    bpy.ops.blobgan.copy_appearance()
    copied = read_appearance(blobs_here()[3])
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    new_room(small_model, seed=8)
    select(blobs_here()[0])
    assert bpy.ops.blobgan.paste_appearance() == {"FINISHED"}
    assert all(same(a, b) for a, b in zip(read_appearance(blobs_here()[0]), copied, strict=True))


def test_paste_onto_the_canvas_changes_the_background(canvas: Object) -> None:
    layout = reading_of().layout
    select(blobs_here()[3])
    bpy.ops.blobgan.copy_appearance()
    select(canvas)
    bpy.ops.blobgan.paste_appearance()
    assert close(reading_of().layout, edits.restyle_background(layout, *read_appearance(blobs_here()[3])))


def test_the_selected_take_the_appearance_of_the_active_one(canvas: Object) -> None:
    layout, blobs = start(), blobs_here()
    select(blobs[0], blobs[1], blobs[4])
    assert bpy.ops.blobgan.take_appearance(*OP, parts="STYLE") == {"FINISHED"}
    assert close(reading_of().layout, edits.restyle(layout, [0, 1], *read_appearance(blobs[4]), "STYLE"))
    assert undoes(layout)


@pytest.mark.parametrize("parts", edits.PARTS)
def test_swap(canvas: Object, parts: str) -> None:
    layout, blobs = start(), blobs_here()
    select(blobs[1], blobs[4])
    assert bpy.ops.blobgan.swap_appearance(*OP, parts=parts) == {"FINISHED"}
    assert close(reading_of().layout, edits.swap(layout, 1, 4, parts))
    assert undoes(layout)


def test_random_appearance_is_that_of_the_same_blob_in_another_room(canvas: Object) -> None:
    layout, blobs = start(), blobs_here()
    select(blobs[1], blobs[4])
    assert bpy.ops.blobgan.random_appearance(*OP, seed=77, parts="STYLE", amount=0.75) == {"FINISHED"}
    other = sampled(77)
    wanted = edits.restyle(layout, [1, 4], other.features[0, [2, 5]], other.spatial_style[0, [2, 5]], "STYLE", 0.75)
    assert close(reading_of().layout, wanted)
    assert undoes(layout)


def test_restyle_background_takes_that_of_another_room(canvas: Object) -> None:
    layout = start()
    assert bpy.ops.blobgan.restyle_background(*OP, seed=78, truncation=0.1) == {"FINISHED"}
    other = sampled(78, 0.1)
    wanted = edits.restyle_background(layout, other.features[0, 0], other.spatial_style[0, 0])
    assert close(reading_of().layout, wanted)
    assert undoes(layout)


# Stacking, the empty room, reset


@pytest.mark.parametrize("to", ["FRONT", "FORWARD", "BACKWARD", "BACK"])
def test_reorder(canvas: Object, to: str) -> None:
    layout, blobs = start(), blobs_here()
    select(blobs[1], blobs[3])
    assert bpy.ops.blobgan.reorder_blob(*OP, to=to) == {"FINISHED"}
    assert close(reading_of().layout, edits.reorder(layout, [1, 3], to))
    assert undoes(layout)


def test_reorder_on_a_canvas_that_stands_elsewhere_and_with_another_parent(canvas: Object) -> None:
    canvas.location, canvas.rotation_euler, canvas.scale = (3, 1, 2), (0.4, 1.2, 0.3), (2, 2, 2)
    handle = bpy.data.objects.new("Handle", None)
    bpy.context.scene.collection.objects.link(handle)
    handle.location.y = 5
    bpy.context.view_layer.update()
    blob = blobs_here()[0]
    world = blob.matrix_world.copy()
    blob.parent = handle
    blob.matrix_world = world
    layout = reading_of().layout
    select(blob)
    bpy.ops.blobgan.reorder_blob(to="FRONT")
    assert close(reading_of().layout, edits.reorder(layout, [0], "FRONT"))


def test_stacked_at_one_height_they_still_move_by_one_place(canvas: Object) -> None:
    for blob in blobs_here():
        blob.location.z = 0.01
    layout = reading_of().layout
    select(blobs_here()[2])
    bpy.ops.blobgan.reorder_blob(to="FORWARD")
    assert close(reading_of().layout, edits.reorder(layout, [2], "FORWARD"))


def test_an_empty_room_and_back(canvas: Object) -> None:
    hidden = blobs_here()[1]
    hidden.hide_viewport = True
    layout = start()
    assert bpy.ops.blobgan.empty_room(*OP) == {"FINISHED"}
    assert close(reading_of().layout, edits.empty_room(layout))
    settle()
    assert same(shown(), drawn(edits.empty_room(layout)))
    bpy.ops.blobgan.empty_room()
    assert close(reading_of().layout, layout)
    assert hidden.hide_viewport  # the artist's own choice


def test_one_undo_brings_the_furniture_back(canvas: Object) -> None:
    layout = start()
    bpy.ops.blobgan.empty_room(*OP)
    settle()
    assert undoes(layout)


def test_reset_blob_resets_the_selected_ones_only(canvas: Object) -> None:
    original = reading_of().layout
    for blob in blobs_here():
        blob.location.x += 0.2
        write_appearance(blob, *read_appearance(blobs_here()[0]))
    edited = start()
    select(blobs_here()[1], blobs_here()[3])
    assert bpy.ops.blobgan.reset_blob(*OP) == {"FINISHED"}
    wanted = edited.map(np.copy)
    for row in (1, 3):
        for name in Layout.FIELDS:
            column = row + (name in ("sizes", "features", "spatial_style"))
            getattr(wanted, name)[:, column] = getattr(original, name)[:, column]
    assert close(reading_of().layout, wanted)
    assert undoes(edited)


# Refusals: a word, and nothing changed


def refused(operator: Callable[[], object], words: str) -> bool:
    before = reading_of().signature
    with pytest.raises(RuntimeError, match=words):
        operator()
    return reading_of().signature == before


EDITS_OF_BLOBS = ["paste_appearance", "take_appearance", "swap_appearance", "random_appearance", "reorder_blob"]


@pytest.mark.parametrize("name", [*EDITS_OF_BLOBS, "reset_blob", "copy_appearance"])
def test_nothing_selected_or_no_blob_is_refused(canvas: Object, name: str) -> None:
    lamp = bpy.data.objects.new("Empty", None)
    bpy.context.scene.collection.objects.link(lamp)
    select(lamp)
    assert refused(getattr(bpy.ops.blobgan, name), "poll|context")
    bpy.context.view_layer.objects.active = None
    lamp.select_set(False)
    assert refused(getattr(bpy.ops.blobgan, name), "poll|context")


def test_swapping_three_is_refused(canvas: Object) -> None:
    select(*blobs_here()[:3])
    assert not bpy.ops.blobgan.swap_appearance.poll()


def test_taking_from_itself_is_refused(canvas: Object) -> None:
    select(blobs_here()[0])
    assert refused(bpy.ops.blobgan.take_appearance, "Only “Blob 0” is selected")


def test_pasting_before_copying_is_refused(canvas: Object) -> None:
    select(blobs_here()[0])
    assert refused(bpy.ops.blobgan.paste_appearance, "No appearance has been copied yet")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nonsense", b"\x80\x04K\x01."])
def test_a_damaged_copy_is_refused(canvas: Object, content: bytes) -> None:
    appearance_file.copy_place().write_bytes(content)
    select(blobs_here()[0])
    assert refused(bpy.ops.blobgan.paste_appearance, "cannot be read")


def test_an_appearance_of_another_model_is_refused(canvas: Object, bundled_model: Path) -> None:
    select(blobs_here()[0])
    bpy.ops.blobgan.copy_appearance()
    new_room(bundled_model)
    select(*blobs_here()[:2])
    assert refused(bpy.ops.blobgan.paste_appearance, "belongs to another model: it has 64 \\+ 32 numbers")


def test_one_blob_that_cannot_take_it_keeps_all_as_they_are(canvas: Object) -> None:
    blobs = blobs_here()
    select(blobs[0])
    bpy.ops.blobgan.copy_appearance()
    del blobs[4][PHI]
    before = read_appearance(blobs[1])
    select(blobs[1], blobs[4])
    with pytest.raises(RuntimeError, match="“Blob 4” has lost its appearance"):
        bpy.ops.blobgan.paste_appearance()
    assert all(same(a, b) for a, b in zip(read_appearance(blobs[1]), before, strict=True))


def test_a_blob_of_a_layout_file_has_no_counterpart(canvas: Object) -> None:
    blob = blobs_here()[0]
    blob.blobgan.index = 40
    select(blob)
    assert refused(lambda: bpy.ops.blobgan.random_appearance(seed=3), "came from a layout file")
    assert refused(bpy.ops.blobgan.reset_blob, "came from a layout file")


def test_the_function_refuses_what_the_operator_refuses(canvas: Object) -> None:
    with pytest.raises(LayoutError, match="belongs to another model"):
        edits.restyle(reading_of().layout, [0], np.ones(3), np.ones(3))


def test_placements_of_the_reset_are_those_of_a_new_room(canvas: Object) -> None:
    layout = reading_of().layout
    wanted = placements(layout.xs[0], layout.ys[0], layout.sizes[0, 1:], layout.covs[0], canvas.blobgan.ab_norm)
    select(*blobs_here())
    bpy.ops.blobgan.reset_blob()
    for blob, place in zip(blobs_here(), wanted, strict=True):
        assert tuple(blob.scale) == pytest.approx(place.scale, rel=1e-4)
