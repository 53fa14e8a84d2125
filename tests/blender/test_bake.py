"""Bake Animation and Unbake: files that are the canvas's frames, and a scene that renders without a worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import blobs_here, drawn, read_image, render_frames, same, settle, shown

from blobgan_blender import runtime
from blobgan_blender.core.errors import BlobGANError
from blobgan_blender.render.bake import Bake
from blobgan_blender.worker.client import Worker


@pytest.fixture
def moving(canvas: Object) -> Object:
    """A room in which one blob crosses the picture in frames 3 to 8."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 3, 8
    blob = blobs_here()[0]
    blob.keyframe_insert("location", index=0, frame=3)
    blob.location.x += 0.7
    blob.keyframe_insert("location", index=0, frame=8)
    scene.frame_set(5)
    settle()
    return canvas


def bake(folder: Path, **more: Any) -> None:
    assert bpy.ops.blobgan.bake_animation(directory=str(folder), **more) == {"FINISHED"}


def texture(canvas: Object) -> bpy.types.ShaderNodeTexImage:
    """The canvas's texture node."""
    return next(node for node in canvas.material_slots[0].material.node_tree.nodes if node.type == "TEX_IMAGE")


def test_the_files_are_the_canvass_frames(moving: Object, tmp_path: Path) -> None:
    before = shown()
    bake(tmp_path / "frames")
    files = sorted((tmp_path / "frames").iterdir())
    assert [file.name for file in files] == [f"{frame:04}.png" for frame in range(3, 9)]
    assert bpy.context.scene.frame_current == 5
    assert same(shown(), before)
    for frame, file in enumerate(files, 3):
        bpy.context.scene.frame_set(frame)
        assert same(read_image(file), drawn())


def test_cycles_renders_baked_frames_without_a_worker(
    moving: Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bake(tmp_path / "frames")
    monkeypatch.setattr(Worker, "render", lambda *_, **__: pytest.fail("the worker was asked"))
    scene = bpy.context.scene
    scene.render.engine, scene.render.use_persistent_data = "CYCLES", True
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 0.01
    baked = [read_image(file).astype(int) for file in sorted((tmp_path / "frames").iterdir())]
    for own, file in enumerate(render_frames(tmp_path / "cycles", 3, 8)):
        distances = [np.abs(read_image(file) - picture).mean() for picture in baked]
        assert int(np.argmin(distances)) == own
        assert distances[own] < 1


def test_only_what_is_missing_or_changed_is_baked_again(moving: Object, tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    bake(folder)
    (folder / "0004.png").unlink()
    (folder / "0006.png").write_bytes(b"half a file")
    times = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    bake(folder)
    changed = {file.name for file in folder.iterdir() if times.get(file.name) != file.stat().st_mtime_ns}
    assert changed == {"0004.png", "0006.png"}
    blobs_here()[1].location.x += 0.2
    bake(folder)
    assert all(times.get(file.name) != file.stat().st_mtime_ns for file in folder.iterdir())


def test_unbake_is_live_again(moving: Object, tmp_path: Path) -> None:
    assert not bpy.ops.blobgan.unbake.poll()
    bake(tmp_path / "frames")
    assert texture(moving).image.source == "SEQUENCE"
    assert not moving.blobgan.live
    assert bpy.ops.blobgan.unbake() == {"FINISHED"}
    assert texture(moving).image == moving.blobgan.image
    assert [image.source for image in bpy.data.images if image.name.startswith("Canvas")] == ["GENERATED"]
    blobs_here()[2].location.x += 0.3
    settle()
    assert same(shown(), drawn())


def test_frames_go_beside_the_blend(moving: Object, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="Save it, or name a folder"):
        bpy.ops.blobgan.bake_animation()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "room.blend"))
    assert bpy.ops.blobgan.bake_animation(frame_start=4, frame_end=5) == {"FINISHED"}
    assert len(list((tmp_path / "room_blobgan" / "Canvas").iterdir())) == 2
    assert texture(moving).image.filepath.startswith("//")


def test_a_screens_own_material_shows_the_baked_frames_too(moving: Object, tmp_path: Path) -> None:
    screen = bpy.data.materials.new("Screen")
    if screen.node_tree is None:
        screen.use_nodes = True
    node = screen.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = moving.blobgan.image
    bake(tmp_path / "frames")
    assert node.image == texture(moving).image != moving.blobgan.image


def test_what_cannot_be_baked_is_said_and_leaves_the_canvas_live(moving: Object, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for words, options in (
        ("cannot be made", {"directory": str(tmp_path / "file" / "frames")}),
        ("end after that", {"directory": str(tmp_path), "frame_start": 5, "frame_end": 4}),
    ):
        with pytest.raises(RuntimeError, match=words):
            bpy.ops.blobgan.bake_animation(**options)
    runtime.forget_models()
    moving.blobgan.model_sha256, model = "ab" * 32, moving.blobgan.model_sha256
    with pytest.raises(RuntimeError, match="press the folder beside the model's name"):
        bake(tmp_path / "frames")
    moving.blobgan.model_sha256 = model
    assert moving.blobgan.live
    assert bpy.context.scene.frame_current == 5
    assert texture(moving).image == moving.blobgan.image


def test_a_full_disk_leaves_whole_frames_only(moving: Object, small_disk: Path) -> None:
    bpy.context.scene.frame_end = 60
    with pytest.raises(RuntimeError, match="cannot be written"):
        bake(small_disk)
    files = sorted(small_disk.iterdir())
    assert len(files) > 5
    for file in files:
        assert read_image(file).shape == (64, 64, 3)


def test_canvases_of_like_names_have_folders_of_their_own(moving: Object, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    for name in ("Wand ä", "Wand ö"):
        moving.name = name
        assert bpy.ops.blobgan.bake_animation() == {"FINISHED"}
        bpy.ops.blobgan.unbake()
    assert sorted(path.name for path in (tmp_path / "film_blobgan").iterdir()) == ["Wand ä", "Wand ö"]


def test_a_canvas_that_a_script_takes_away_meanwhile_is_said(moving: Object, tmp_path: Path) -> None:
    work = Bake(bpy.context.scene, bpy.context.view_layer, moving, tmp_path / "frames", 3, 8)
    assert work.step(wait=True)
    bpy.data.objects.remove(moving)
    with pytest.raises(BlobGANError, match="bake again"):
        list(iter(lambda: work.step(wait=True), False))
    work.close()
