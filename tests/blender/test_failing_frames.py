"""Frames that cannot be made: a message, an error that ends `blender -b` with 1, and no wrong file, in any format.

A worker that is killed: test_processes.py.
"""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from bpy.types import Object
from exr import read_exr
from studio import read_image
from test_frames import set_format

FORMATS = ["PNG", "OPEN_EXR_MULTILAYER"]


@pytest.fixture(params=FORMATS)
def in_format(request: pytest.FixtureRequest, canvas: Object) -> str:
    """A room that is rendered into files of this format, without compression."""
    set_format(request.param, "8" if request.param == "PNG" else "32", mode="RGBA")
    bpy.context.scene.render.image_settings.exr_codec = "NONE"
    return request.param


def render_fails(folder: Path, match: str, last: int = 12) -> list[Path]:
    """Ctrl-F12 raises; the files that there are."""
    scene = bpy.context.scene
    scene.frame_end, scene.render.filepath = last, f"{folder}/"
    with pytest.raises(RuntimeError, match=match):
        bpy.ops.render.render(animation=True)
    return sorted(folder.iterdir()) if folder.is_dir() else []


def check_whole(file: Path) -> None:
    """The file holds a picture, and one that is not empty."""
    if file.suffix == ".png":
        assert read_image(file).any()
    else:
        assert all(channel.any() for channel in read_exr(file).channels.values())


def test_a_missing_model(in_format: str, canvas: Object, tmp_path: Path) -> None:
    canvas.blobgan.model_sha256 = "ab" * 32
    assert not render_fails(tmp_path / "frames", "press the folder beside the model's name")


def test_a_canvas_deleted_at_frame_ten(in_format: str, tmp_path: Path) -> None:
    def delete(scene: bpy.types.Scene, *_: object) -> None:
        if scene.frame_current == 10 and "Canvas" in bpy.data.objects:
            bpy.data.objects.remove(bpy.data.objects["Canvas"])

    bpy.app.handlers.frame_change_post.append(delete)
    try:
        files = render_fails(tmp_path / "frames", "no canvas to render")
    finally:
        bpy.app.handlers.frame_change_post.remove(delete)
    assert [int(file.stem) for file in files] == list(range(1, 10))
    check_whole(files[-1])


def test_an_output_path_under_a_file(in_format: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert not render_fails(tmp_path / "file" / "frames", "cannot save|rror writing")
    assert (tmp_path / "file").read_text() == "not a folder"


def test_a_full_disk(in_format: str, small_disk: Path) -> None:
    files = render_fails(small_disk, "disk of .* is full", last=40)
    assert 1 <= len(files) < 40
    for file in files:
        check_whole(file)


def test_what_is_missing_is_rendered_once_the_cause_is_gone(in_format: str, canvas: Object, tmp_path: Path) -> None:
    def lose(scene: bpy.types.Scene, *_: object) -> None:
        if scene.frame_current == 4:
            canvas.blobgan.role = "NONE"

    bpy.app.handlers.frame_change_post.append(lose)
    try:
        files = render_fails(tmp_path / "frames", "no canvas to render", last=6)
    finally:
        bpy.app.handlers.frame_change_post.remove(lose)
    assert [int(file.stem) for file in files] == [1, 2, 3]
    times = [file.stat().st_mtime_ns for file in files]
    canvas.blobgan.role = "CANVAS"
    bpy.context.scene.render.use_overwrite = False
    assert bpy.ops.render.render(animation=True) == {"FINISHED"}
    assert [file.stat().st_mtime_ns for file in files] == times
    assert [int(file.stem) for file in sorted(files[0].parent.iterdir())] == list(range(1, 7))
