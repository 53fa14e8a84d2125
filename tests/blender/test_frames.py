"""Frames on disk, by Blender's own pipeline: bit for bit the canvas's picture, in any order, or no file at all."""

from __future__ import annotations

import itertools
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy.types import Object
from PIL import Image
from studio import (
    blobs_here,
    drawn,
    new_room,
    other_blender,
    ran,
    read_image,
    reading_of,
    render_frames,
    render_still,
    same,
    settle,
    shown,
)

from blobgan_blender import runtime
from blobgan_blender.core.filters import FILTERS
from blobgan_blender.render.framing import frame_size
from blobgan_blender.scene.keyframes import fcurves
from blobgan_blender.scene.picture import linear_pixels


@pytest.fixture
def keyed(canvas: Object) -> Object:
    """A room in which one blob crosses the picture in frames 1 to 5, and another grows."""
    first, second, *_ = blobs_here()
    for blob, path, index in ((first, "location", 0), (second, "scale", 1)):
        blob.keyframe_insert(path, frame=1)
        getattr(blob, path)[index] += 0.6
        blob.keyframe_insert(path, frame=5)
    bpy.context.scene.frame_set(1)
    settle()
    return canvas


def set_format(name: str, depth: str = "8", mode: str = "RGB") -> None:
    """The scene's file format."""
    settings = bpy.context.scene.render.image_settings
    if hasattr(settings, "media_type"):  # Blender 5
        settings.media_type = "MULTI_LAYER_IMAGE" if name == "OPEN_EXR_MULTILAYER" else "IMAGE"
    settings.file_format = name
    settings.color_depth = depth
    if name != "OPEN_EXR_MULTILAYER":
        settings.color_mode = mode


def test_f12_writes_the_canvas_bit_for_bit(canvas: Object, tmp_path: Path) -> None:
    assert same(render_still(tmp_path / "f12.png"), shown())


def test_f12_of_the_bundled_model_writes_the_canvas_bit_for_bit(tmp_path: Path) -> None:
    bpy.ops.blobgan.new_scene(seed=4)
    assert same(render_still(tmp_path / "f12.png"), shown())


def test_f12_renders_the_blobs_as_they_stand_and_not_as_they_were_last_drawn(canvas: Object, tmp_path: Path) -> None:
    canvas.blobgan.live = False
    blobs_here()[1].location.x += 0.4
    before = shown()
    rendered = render_still(tmp_path / "f12.png")
    assert not same(rendered, before)
    assert same(rendered, drawn())
    assert same(shown(), before)


def test_an_animations_frames_are_their_own_layouts(keyed: Object, tmp_path: Path) -> None:
    files = render_frames(tmp_path, 1, 5)
    assert [file.name for file in files] == [f"{frame:04}.png" for frame in range(1, 6)]
    for frame, file in enumerate(files, 1):
        bpy.context.scene.frame_set(frame)
        assert same(read_image(file), drawn())


def test_an_animation_leaves_the_canvas_as_it_was(keyed: Object, tmp_path: Path) -> None:
    before = shown()
    render_frames(tmp_path, 1, 5)
    settle()
    assert same(shown(), before)


def test_frame_step_and_subframes(keyed: Object, tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.frame_step = 2
    assert [file.name for file in render_frames(tmp_path, 1, 5)] == ["0001.png", "0003.png", "0005.png"]


def test_frames_in_any_order_and_process_are_the_same(keyed: Object, tmp_path: Path, small_model: Path) -> None:
    """48 frames here, against four Blenders with a quarter each, shuffled: a farm."""
    for blob in blobs_here()[:2]:
        for fcurve in fcurves(blob):
            fcurve.keyframe_points[1].co.x = 48
    (tmp_path / "here").mkdir()
    here = render_frames(tmp_path / "here", 1, 48)
    blend = tmp_path / "room.blend"
    for file in (small_model, small_model.with_suffix(".json")):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    frames = np.random.RandomState(0).permutation(np.arange(1, 49))
    farm = [other_blender(CHUNK, blend, tmp_path / "there", *frames[worker::4]) for worker in range(4)]
    for process in farm:
        code, output, errors = ran(process)
        assert code == 0, errors + output
    pictures = [read_image(file) for file in here]
    assert len(pictures) == 48
    assert all(not same(*pair) for pair in itertools.pairwise(pictures))
    for file, picture in zip(here, pictures, strict=True):
        assert same(picture, read_image(tmp_path / "there" / file.name))


CHUNK = """
    bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
    scene = bpy.context.scene
    for frame in map(int, sys.argv[3:]):
        scene.frame_start = scene.frame_end = frame
        scene.render.filepath = sys.argv[2] + "/"
        bpy.ops.render.render(animation=True)
"""


def test_sixteen_bit_png_holds_the_same_colours(canvas: Object, tmp_path: Path) -> None:
    set_format("PNG", "16")
    bpy.context.scene.render.filepath = str(tmp_path / "deep.png")
    bpy.ops.render.render(write_still=True)
    loaded = bpy.data.images.load(str(tmp_path / "deep.png"))
    loaded.colorspace_settings.name = "Non-Color"
    pixels = np.empty(len(loaded.pixels), np.float32)
    loaded.pixels.foreach_get(pixels)
    found = pixels.reshape(64, 64, 4)[::-1, :, :3] * 255
    np.testing.assert_allclose(found, shown(), atol=0.01)


@pytest.mark.parametrize("name", ["OPEN_EXR", "OPEN_EXR_MULTILAYER"])
def test_exr_holds_the_linear_values(canvas: Object, tmp_path: Path, name: str) -> None:
    set_format(name, "32")
    bpy.context.scene.render.filepath = str(tmp_path / "linear.exr")
    bpy.ops.render.render(write_still=True)
    assert (tmp_path / "linear.exr").stat().st_size > 64 * 64 * 3
    if name == "OPEN_EXR":
        loaded = bpy.data.images.load(str(tmp_path / "linear.exr"))
        pixels = np.empty(len(loaded.pixels), np.float32)
        loaded.pixels.foreach_get(pixels)
        assert same(pixels, linear_pixels(shown()))


def test_a_larger_render_is_the_picture_resampled(canvas: Object, tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 128
    large = render_still(tmp_path / "large.png")
    assert large.shape == (128, 128, 3)
    shrunk = np.asarray(Image.fromarray(large).resize((64, 64), Image.Resampling.BOX), np.int16)
    assert np.abs(shrunk - shown()).mean() < 20  # of 255, for the noisy pictures of random weights


def test_the_percentage_counts(canvas: Object, tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 128
    scene.render.resolution_percentage = 50
    assert same(render_still(tmp_path / "half.png"), shown())


def test_every_percentage_gives_the_frame_that_blender_gives() -> None:
    """Floating-point sizes would leave some frames a row short."""
    render = bpy.context.scene.render
    for side in (100, 128, 1080):
        for percentage in range(1, 101):
            render.resolution_x, render.resolution_y, render.resolution_percentage = side, side, percentage
            assert frame_size(render) == (side * percentage // 100,) * 2


def test_a_percentage_that_floats_would_round_down(canvas: Object, tmp_path: Path) -> None:
    render = bpy.context.scene.render
    render.resolution_x = render.resolution_y = 100
    render.resolution_percentage = 29
    picture = render_still(tmp_path / "29.png")
    assert picture.shape == (29, 29, 3)
    assert picture[0].any()
    assert picture[:, -1].any()


@pytest.mark.parametrize(("width", "height"), [(96, 64), (64, 96), (65, 64)])
def test_a_frame_that_is_not_square_holds_the_picture_in_its_middle(
    canvas: Object, tmp_path: Path, width: int, height: int
) -> None:
    render = bpy.context.scene.render
    render.resolution_x, render.resolution_y = width, height
    frame = render_still(tmp_path / "wide.png")
    assert frame.shape == (height, width, 3)
    left, top = (width - 64) // 2, (height - 64 + 1) // 2
    assert same(frame[top : top + 64, left : left + 64], shown())


def test_what_the_picture_does_not_cover_is_transparent(canvas: Object, tmp_path: Path) -> None:
    render = bpy.context.scene.render
    render.resolution_x = 96
    set_format("PNG", mode="RGBA")
    render.filepath = str(tmp_path / "wide.png")
    bpy.ops.render.render(write_still=True)
    with Image.open(tmp_path / "wide.png") as image:
        alpha = np.asarray(image)[..., 3]
    assert (alpha[:, 16:80] == 255).all()
    assert not alpha[:, :16].any()
    assert not alpha[:, 80:].any()


def test_a_render_of_another_scene_than_the_windows(canvas: Object, tmp_path: Path, small_model: Path) -> None:
    first = bpy.context.scene
    wanted = shown(canvas)
    new_room(small_model, seed=2)
    first.render.filepath = str(tmp_path / "first.png")
    bpy.ops.render.render(write_still=True, scene=first.name)
    assert same(read_image(tmp_path / "first.png"), wanted)


def test_a_room_in_which_all_blobs_were_removed_renders(canvas: Object, tmp_path: Path) -> None:
    for blob in blobs_here():
        bpy.data.objects.remove(blob)
    assert same(render_still(tmp_path / "empty.png"), drawn())
    assert reading_of().layout.blobs == 0


def test_eevee_is_not_what_renders_a_new_scene(canvas: Object) -> None:
    assert bpy.context.scene.render.engine == "BLOBGAN"


REGIONS = [(0.0, 0.5, 0.0, 1.0), (0.3, 0.7, 0.21, 0.77), (0.0, 0.1, 0.0, 0.1), (0.9, 1.0, 0.4, 0.6)]


@pytest.mark.parametrize("crop", [False, True])
@pytest.mark.parametrize("region", REGIONS)
def test_a_render_region_is_a_piece_of_the_frame(
    canvas: Object, tmp_path: Path, region: tuple[float, float, float, float], crop: bool
) -> None:
    render = bpy.context.scene.render
    render.resolution_x, render.resolution_y = 113, 71
    whole = render_still(tmp_path / "whole.png")
    left, right, bottom, top = region
    render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = region
    render.use_border, render.use_crop_to_border = True, crop
    found = render_still(tmp_path / "region.png")
    # Blender keeps these numbers in single precision and rounds down.
    left, right = int(np.float32(left) * np.float32(113)), int(np.float32(right) * np.float32(113))
    low, high = 71 - int(np.float32(top) * np.float32(71)), 71 - int(np.float32(bottom) * np.float32(71))
    if crop:
        assert same(found, whole[low:high, left:right])
    else:
        expected = np.zeros_like(whole)
        expected[low:high, left:right] = whole[low:high, left:right]
        assert same(found, expected)


@pytest.mark.parametrize("name", FILTERS)
def test_the_filter_is_the_artists_choice(canvas: Object, tmp_path: Path, name: str) -> None:
    scene = bpy.context.scene
    scene.blobgan.resampling, scene.render.resolution_percentage = name, 150
    job = runtime.worker().render(
        runtime.model_of(canvas), reading_of().layout, noise_seed=0, size=(96, 96), filter_name=name
    )
    assert same(render_still(tmp_path / "resized.png"), job.result().rgb)


def test_a_marker_cuts_to_the_canvas_of_its_camera(canvas: Object, tmp_path: Path, small_model: Path) -> None:
    scene = bpy.context.scene
    other = new_room(small_model, seed=2, target="CURRENT")
    other = next(item for item in scene.objects if item.blobgan.role == "CANVAS" and item != canvas)
    cameras = {item.parent: item for item in scene.objects if item.type == "CAMERA"}
    for frame, which in ((2, other), (4, canvas)):
        scene.timeline_markers.new("Cut", frame=frame).camera = cameras[which]
    files = render_frames(tmp_path, 1, 5)
    wanted = [other, other, other, canvas, canvas]
    assert not same(drawn(canvas=other), drawn(canvas=canvas))
    for file, which in zip(files, wanted, strict=True):
        assert same(read_image(file), drawn(canvas=which))
