"""Frames that cannot be made: a message, an error that ends `blender -b` with 1, and no wrong file, in any format.

A worker that is killed: test_processes.py.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
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
    assert not render_fails(tmp_path / "frames", "press Load Model")


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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(in_format: str, small_disk: Path) -> None:
    files = render_fails(small_disk, "disk of .* is full", last=40)
    assert 1 <= len(files) < 40
    for file in files:
        check_whole(file)
