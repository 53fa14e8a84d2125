"""A canvas in a scene that Cycles renders: each frame shows its own layout's picture, or is not written at all.

Eevee needs a GPU: tests/gui.
"""

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
    new_room,
    read_image,
    render_frames,
    render_still,
    same,
    settle,
    shown,
)

from blobgan_blender import runtime
from blobgan_blender.library.search import ModelRef
from blobgan_blender.render import refusal


@pytest.fixture
def filmed(canvas: Object) -> Object:
    """A room on a canvas that fills Cycles' frame pixel for pixel, one blob crossing it in frames 1 to 4."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.device = 1, False, "CPU"
    scene.cycles.pixel_filter_type = "BOX"
    scene.cycles.filter_width = 0.01
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    blob = blobs_here()[0]
    blob.keyframe_insert("location", index=0, frame=1)
    blob.location.x += 0.7
    blob.keyframe_insert("location", index=0, frame=4)
    scene.frame_set(1)
    settle()
    return canvas


def distance(found: np.ndarray, expected: np.ndarray) -> float:
    """How far a frame of Cycles is from a picture: its samples fall somewhere within each pixel, not in its middle."""
    return float(np.abs(found.astype(int) - expected).mean())


def check_frames(files: list[Path]) -> None:
    """Each frame is nearer to its own picture than to any other frame's."""
    pictures = []
    for frame in range(1, 1 + len(files)):
        bpy.context.scene.frame_set(frame)
        pictures.append(drawn())
    for own, file in enumerate(files):
        distances = [distance(read_image(file), picture) for picture in pictures]
        assert int(np.argmin(distances)) == own
        assert distances[own] < 1


@pytest.mark.parametrize("persistent_data", [False, True])
def test_every_frame_of_cycles_shows_its_own_picture(filmed: Object, tmp_path: Path, persistent_data: bool) -> None:
    render = bpy.context.scene.render
    render.use_persistent_data = persistent_data
    before = shown()
    files = render_frames(tmp_path, 1, 4)
    assert render.use_persistent_data is persistent_data
    check_frames(files)
    bpy.context.scene.frame_set(1)
    settle()
    assert same(shown(), before)


def test_two_canvases_are_both_right(filmed: Object, small_model: Path, tmp_path: Path) -> None:
    scene = bpy.context.scene
    new_room(small_model, seed=3, target="CURRENT")
    other = next(item for item in scene.objects if item.blobgan.role == "CANVAS" and item != filmed)
    scene.render.resolution_x = 128
    scene.camera.data.ortho_scale = 4
    other.location.x = filmed.location.x + 2
    scene.camera.location.x = 1
    settle()
    frame = render_still(tmp_path / "both.png")
    assert distance(frame[:, :64], drawn(canvas=filmed)) < 1
    assert distance(frame[:, 64:], drawn(canvas=other)) < 1


def test_a_canvas_that_is_not_live_stays_as_it_is(filmed: Object, tmp_path: Path) -> None:
    filmed.blobgan.live = False
    before = shown()
    files = render_frames(tmp_path, 1, 2)
    assert same(read_image(files[0]), read_image(files[1]))
    assert same(shown(), before)


@pytest.mark.parametrize("name", ["PNG", "OPEN_EXR_MULTILAYER"])
def test_a_frame_without_its_picture_is_not_written(
    filmed: Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    settings = bpy.context.scene.render.image_settings
    if hasattr(settings, "media_type"):  # Blender 5
        settings.media_type = "MULTI_LAYER_IMAGE" if "MULTI" in name else "IMAGE"
    settings.file_format = name
    third = tmp_path / ("0003.png" if name == "PNG" else "0003.exr")
    third.write_text("an older frame")
    found = runtime.model_of(filmed)

    def lost(canvas: Object) -> ModelRef:
        scene = canvas.users_scene[0]
        return found if scene.frame_current < 3 else ModelRef(tmp_path / "gone.safetensors", found.sha256[::-1])

    monkeypatch.setattr(runtime, "model_of", lost)
    with pytest.raises(RuntimeError, match="cannot save|rror writing"):
        render_frames(tmp_path, 1, 4)
    assert [file.stem for file in sorted(tmp_path.iterdir())] == ["0001", "0002", "0003"]
    assert third.read_text() == "an older frame"


def test_an_image_that_was_deleted_is_said_and_not_made_in_a_render(filmed: Object, tmp_path: Path) -> None:
    bpy.data.images.remove(canvas_here().blobgan.image)
    with pytest.raises(RuntimeError, match="cannot save"):
        render_frames(tmp_path, 1, 2)
    assert not list(tmp_path.iterdir())


def test_a_folder_at_the_frames_own_path_is_left_alone(filmed: Object, tmp_path: Path) -> None:
    """With File Extensions off and a path that ends in a slash, a still's path is the folder of the frames."""
    scene, folder = bpy.context.scene, tmp_path / "frames"
    folder.mkdir()
    (folder / "kept.txt").write_text("of another machine of the farm")
    scene.render.use_file_extension, scene.render.filepath = False, f"{folder}/"
    refusal.refuse(scene, "a test")
    (folder / "written-meanwhile.txt").write_text("by another machine of the farm")
    refusal.clear_away()
    assert sorted(path.name for path in folder.iterdir()) == ["kept.txt", "written-meanwhile.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]
