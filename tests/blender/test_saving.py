"""Pictures, maps and layouts as files; and files that are refused with a word, nothing changed."""

from __future__ import annotations

import json
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import blobs_here, canvas_here, drawn, new_room, read_image, reading_of, same, select, settle, shown

from blobgan_blender.core import edits
from blobgan_blender.core.blob_map import blob_map
from blobgan_blender.core.layout import Layout
from blobgan_blender.core.palette import palette
from blobgan_blender.library.layout_file import read_layout, write_layout
from blobgan_blender.scene import picture
from blobgan_blender.scene.appearance import read_appearance
from blobgan_blender.scene.keyframes import key_morph


def test_the_saved_picture_is_the_canvass(canvas: Object, tmp_path: Path) -> None:
    blobs_here()[2].location.x += 0.3
    bpy.ops.blobgan.save_picture(filepath=str(tmp_path / "room"))
    settle()
    assert same(read_image(tmp_path / "room.png"), shown())
    bpy.ops.blobgan.save_picture(filepath=str(tmp_path / "large.png"), side=200)
    assert read_image(tmp_path / "large.png").shape == (200, 200, 3)


def test_the_saved_map_is_the_functions(canvas: Object, tmp_path: Path) -> None:
    select(blobs_here()[0])
    bpy.ops.blobgan.reorder_blob(to="FRONT")  # its colour goes with it
    reading = reading_of()
    assert reading.names[-1] == "Blob 0"
    bpy.ops.blobgan.save_picture(filepath=str(tmp_path / "map.png"), kind="MAP", side=64)
    colors = palette(5)[[0, 2, 3, 4, 5, 1]]
    assert same(read_image(tmp_path / "map.png"), blob_map(reading.layout, colors, 64, 64))
    bpy.ops.blobgan.save_picture(filepath=str(tmp_path / "labels.png"), kind="LABELS")
    labels = read_image(tmp_path / "labels.png")
    assert labels.shape == (512, 512, 3)
    assert (labels == 255).all(axis=2).any()


def test_the_map_as_an_image_of_blenders(canvas: Object, tmp_path: Path) -> None:
    bpy.ops.blobgan.blob_map_image(side=64)
    image = bpy.data.images["Canvas Blob Map"]
    pixels = np.array(image.pixels).reshape(64, 64, 4)[::-1, :, :3]
    wanted = blob_map(reading_of().layout, palette(5), 64, 64)
    assert np.abs(pixels - picture.LINEAR[wanted]).max() < 1e-6
    bpy.ops.blobgan.blob_map_image(side=32)
    assert [item.name for item in bpy.data.images if "Blob Map" in item.name] == ["Canvas Blob Map"]


@pytest.mark.parametrize("name", ["room.npz", "room.json"])
def test_a_layout_goes_into_a_file_and_back(canvas: Object, tmp_path: Path, name: str, small_model: Path) -> None:
    blobs_here()[2].location.x += 0.3
    blobs_here()[1].rotation_euler.z += 0.5
    bpy.ops.object.select_all(action="DESELECT")
    before = reading_of().layout
    assert bpy.ops.blobgan.save_layout(filepath=str(tmp_path / name)) == {"FINISHED"}
    assert same(read_layout(tmp_path / name).xs, before.xs)
    new_room(small_model, seed=9)
    settle()
    bpy.ops.ed.undo_push(message="before")
    other = reading_of().signature
    assert bpy.ops.blobgan.load_layout("EXEC_DEFAULT", True, filepath=str(tmp_path / name)) == {"FINISHED"}
    settle()
    found = reading_of().layout
    for field in Layout.FIELDS:
        np.testing.assert_allclose(getattr(found, field), getattr(before, field), atol=2e-5, err_msg=field)
    assert same(shown(), drawn())
    bpy.ops.ed.undo()
    settle()
    assert reading_of().signature == other


def test_a_layout_of_other_many_blobs_fits_the_model(canvas: Object, tmp_path: Path) -> None:
    layout = edits.clone(edits.clone(reading_of().layout, [0, 1, 2, 3, 4], dx=0.1), [0, 3])
    write_layout(tmp_path / "many.npz", layout)
    bpy.ops.blobgan.load_layout(filepath=str(tmp_path / "many.npz"))
    assert len(blobs_here()) == 12
    np.testing.assert_allclose(reading_of().layout.xs, layout.xs, atol=1e-5)


def bad_layouts(layout: Layout[np.ndarray]) -> dict[str, tuple[Layout[np.ndarray], str]]:
    def changed(**fields: np.ndarray) -> Layout[np.ndarray]:
        return Layout(**{**layout.arrays(), **fields})

    holed = layout.ys.copy()
    holed[0, 1] = np.nan
    return {
        "NaN": (changed(ys=holed), "holds values that are not finite"),
        "none": (edits.empty_room(layout), "holds no blobs. For the background alone press Empty Room"),
        "200": (edits.take(layout, [0, 1, 2, 3, 4] * 40), "holds 200 blobs, and a canvas at most 100"),
        "flat": (changed(covs=layout.covs * 0), "no ellipse"),
        "another model's": (changed(features=layout.features[..., :7]), "belongs to another model"),
    }


def write_as_it_is(path: Path, layout: Layout[np.ndarray]) -> None:
    """As another program would: nothing looked at."""
    if path.suffix == ".json":
        path.write_text(json.dumps({name: array.tolist() for name, array in layout.arrays().items()}))
    else:
        np.savez(path, **layout.arrays())


@pytest.mark.parametrize("kind", ["NaN", "none", "200", "flat", "another model's"])
@pytest.mark.parametrize("ending", [".npz", ".json"])
def test_bad_layouts_are_refused(canvas: Object, tmp_path: Path, kind: str, ending: str) -> None:
    layout, words = bad_layouts(reading_of().layout)[kind]
    write_as_it_is(tmp_path / f"bad{ending}", layout)
    before = reading_of().signature
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.blobgan.load_layout(filepath=str(tmp_path / f"bad{ending}"))
    assert reading_of().signature == before
    assert canvas_here() == canvas


def test_a_layout_that_is_not_finite_is_not_saved(canvas: Object, tmp_path: Path) -> None:
    blobs_here()[2]["blobgan_phi"][3] = float("nan")
    with pytest.raises(RuntimeError, match="not finite. Undo, or reset the blob that moved last"):
        bpy.ops.blobgan.save_layout(filepath=str(tmp_path / "room.npz"))
    assert not list(tmp_path.iterdir())


def test_missing_files_and_places_are_said(canvas: Object, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="cannot be read"):
        bpy.ops.blobgan.load_layout(filepath=str(tmp_path / "none.npz"))
    with pytest.raises(RuntimeError, match="choose one that ends in .npz or .json"):
        bpy.ops.blobgan.load_layout()
    with pytest.raises(RuntimeError, match="written as .npz or .json"):
        bpy.ops.blobgan.save_layout(filepath=str(tmp_path / "room.txt"))
    write_layout(tmp_path / "one.npz", reading_of().layout)
    with pytest.raises(RuntimeError, match="holds 1 layouts, no number 3"):
        bpy.ops.blobgan.load_layout(filepath=str(tmp_path / "one.npz"), number=3)


def test_keyframes_are_not_overwritten_silently(canvas: Object, tmp_path: Path) -> None:
    write_layout(tmp_path / "one.npz", edits.move(reading_of().layout, [0], 0.2, 0))
    blobs_here()[0].keyframe_insert("location")
    with pytest.raises(RuntimeError, match="1 blobs carry keyframes .*Add a canvas"):
        bpy.ops.blobgan.load_layout(filepath=str(tmp_path / "one.npz"))
    assert bpy.ops.blobgan.load_layout(filepath=str(tmp_path / "one.npz"), keyed="REMOVE") == {"FINISHED"}


def test_they_are_grey_without_a_canvas() -> None:
    for name in ("save_picture", "save_layout", "load_layout", "blob_map_image", "empty_room"):
        assert not getattr(bpy.ops.blobgan, name).poll()


def test_a_file_that_was_written_is_not_proposed_again(canvas: Object, tmp_path: Path) -> None:
    """Blender remembers an operator's properties, and takes them for those that are not given."""
    written = tmp_path / "room.png"
    bpy.ops.blobgan.save_picture("EXEC_DEFAULT", True, filepath=str(written))
    before = written.read_bytes()
    with pytest.raises(RuntimeError):
        bpy.ops.blobgan.save_picture("EXEC_DEFAULT", True, kind="MAP")
    assert written.read_bytes() == before


def test_a_loaded_layouts_background_is_the_files(canvas: Object, tmp_path: Path) -> None:
    write_layout(tmp_path / "one.npz", reading_of().layout)
    wanted = shown()
    stages = np.stack([read_appearance(canvas)[0] * -1]), np.stack([read_appearance(canvas)[1] * -1])
    key_morph(canvas, (1, 10), *stages)
    bpy.context.scene.frame_set(10)
    settle()
    assert not same(drawn(), wanted)
    bpy.ops.blobgan.load_layout(filepath=str(tmp_path / "one.npz"))
    settle()
    assert same(drawn(), wanted)
