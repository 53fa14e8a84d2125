"""What Blender's pipeline does with a frame, it does with one of this engine as with one of Cycles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bpy.types import Object
from PIL import Image
from studio import (
    blobs_here,
    compositor,
    drawn,
    other_blender,
    ran,
    read_image,
    render_frames,
    render_still,
    same,
    settle,
    shown,
)

ENGINES = ["BLOBGAN", "CYCLES"]


@pytest.fixture
def crossed(canvas: Object) -> Object:
    """A room that one blob crosses in frames 1 to 5, rendered small and quickly by whichever engine."""
    scene = bpy.context.scene
    blob = blobs_here()[0]
    blob.keyframe_insert("location", index=0, frame=1)
    blob.location.x += 0.7
    blob.keyframe_insert("location", index=0, frame=5)
    scene.frame_set(1)
    settle()
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    return canvas


def by_each_engine(folder: Path, render: Any) -> list[Any]:
    """What `render(folder)` returns for each engine, this one first."""
    found = []
    for engine in ENGINES:
        bpy.context.scene.render.engine = engine
        (folder / engine).mkdir()
        found.append(render(folder / engine))
    return found


def test_placeholders_and_overwrite(crossed: Object, tmp_path: Path) -> None:
    render = bpy.context.scene.render
    render.use_placeholder, render.use_overwrite = True, False

    def with_two_there(folder: Path) -> dict[str, int]:
        (folder / "0002.png").touch()  # another machine's placeholder
        (folder / "0004.png").write_bytes(b"older")
        files = render_frames(folder, 1, 5)
        return {file.name: min(file.stat().st_size, 6) for file in files}

    ours, theirs = by_each_engine(tmp_path, with_two_there)
    assert ours == theirs == {"0001.png": 6, "0002.png": 0, "0003.png": 6, "0004.png": 5, "0005.png": 6}


def test_a_placeholder_stands_while_its_frame_renders(crossed: Object, tmp_path: Path) -> None:
    bpy.context.scene.render.use_placeholder = True

    def sizes(folder: Path) -> list[int]:
        seen: list[int] = []
        note = lambda scene, *_: seen.append(Path(scene.render.frame_path()).stat().st_size)  # noqa: E731
        bpy.app.handlers.render_pre.append(note)
        try:
            render_frames(folder, 1, 2)
        finally:
            bpy.app.handlers.render_pre.remove(note)
        return seen

    ours, theirs = by_each_engine(tmp_path, sizes)
    assert ours == theirs == [0, 0]


@pytest.mark.parametrize("pattern", ["shot_##_end", "####", "plain"])
def test_frames_get_the_names_that_cycles_gives(crossed: Object, tmp_path: Path, pattern: str) -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.frame_step = 2, 6, 3

    def names(folder: Path) -> list[str]:
        scene.render.filepath = str(folder / pattern)
        bpy.ops.render.render(animation=True)
        return sorted(file.name for file in folder.iterdir())

    ours, theirs = by_each_engine(tmp_path, names)
    assert ours == theirs
    assert len(ours) == 2


def test_the_header_says_what_cycles_says(crossed: Object, tmp_path: Path) -> None:
    def words(folder: Path) -> dict[str, str]:
        render_still(folder / "still.png")
        with Image.open(folder / "still.png") as image:
            image.load()
            return dict(image.text)

    ours, theirs = by_each_engine(tmp_path, words)
    differ = {key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)}
    assert {"Frame", "Scene", "Camera", "RenderTime"} <= ours.keys()
    taken = ("Date", "RenderTime", "Memory")  # what each took is its own
    strange = {key: (ours.get(key), theirs.get(key)) for key in differ if key not in taken}
    assert not {key: both for key, both in strange.items() if not key.startswith("cycles.")}


def test_a_stamp_is_burnt_into_the_same_pixels(crossed: Object, tmp_path: Path) -> None:
    render = bpy.context.scene.render
    render.use_stamp = True
    render.stamp_background = (0.0, 0.0, 0.0, 1.0)
    for name in ("date", "time", "render_time", "memory", "hostname", "filename", "camera", "scene"):
        setattr(render, f"use_stamp_{name}", False)
    assert render.use_stamp_frame
    ours, theirs = by_each_engine(tmp_path, lambda folder: render_still(folder / "stamped.png"))
    changed = (ours != shown()).any(axis=2)
    assert 20 < changed.sum() < 0.9 * changed.size
    rows, columns = np.nonzero((ours == 0).all(axis=2) & changed)
    assert len(rows) > 10
    assert same(ours[rows, columns], theirs[rows, columns])


def test_a_film_holds_the_frames(crossed: Object, tmp_path: Path) -> None:
    scene = bpy.context.scene
    pictures = []
    for frame in range(1, 6):
        scene.frame_set(frame)
        pictures.append(drawn())
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):  # Blender 5
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"
    film = scene.render.ffmpeg
    film.format, film.codec, film.constant_rate_factor, film.gopsize = "MPEG4", "H264", "PERC_LOSSLESS", 1
    (file,) = render_frames(tmp_path, 1, 5)
    assert file.suffix == ".mp4"
    (tmp_path / "read").mkdir()
    # By a Blender that knows nothing of us: its own sequencer shows the film frame by frame.
    code, output, errors = ran(other_blender(READ_FILM, file, tmp_path / "read"))
    assert code == 0, errors + output
    assert f"film of 5 frames at {scene.render.fps} a second, (64, 64)" in output
    read = [read_image(path).astype(int) for path in sorted((tmp_path / "read").iterdir())]
    assert len(read) == 5
    for own, found in enumerate(read):
        distances = [np.abs(blurred(found) - blurred(picture)).mean() for picture in pictures]
        assert int(np.argmin(distances)) == own
        assert distances[own] < 6


def blurred(rgb: np.ndarray) -> np.ndarray:
    """Means of 8 × 8 pixels: a film keeps a quarter of the colours, which in random weights' pictures are noise."""
    return rgb.reshape(8, 8, 8, 8, 3).mean(axis=(1, 3))


READ_FILM = """
    scene = bpy.context.scene
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    assert strips.new_movie("film", sys.argv[1], 1, 1).frame_final_duration == 5
    clip = bpy.data.movieclips.load(sys.argv[1])
    print(f"film of {clip.frame_duration} frames at {clip.fps:g} a second, {tuple(clip.size)}", flush=True)
    render = scene.render
    render.resolution_x = render.resolution_y = 64
    render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    scene.render.dither_intensity = 0
    scene.frame_start, scene.frame_end, render.filepath = 1, 5, sys.argv[2] + "/"
    bpy.ops.render.render(animation=True)
"""


def test_the_compositor_works_on_the_picture(crossed: Object, tmp_path: Path) -> None:
    tree, output = compositor()
    layers, flip = tree.nodes.new("CompositorNodeRLayers"), tree.nodes.new("CompositorNodeFlip")
    if hasattr(flip, "axis"):
        flip.axis = "X"
    else:  # Blender 5
        flip.inputs["Flip X"].default_value = True
    tree.links.new(layers.outputs["Image"], flip.inputs[0])
    tree.links.new(flip.outputs[0], output.inputs[0])
    assert same(render_still(tmp_path / "flipped.png"), shown()[:, ::-1])


def test_the_console_says_how_far_an_animation_is_and_what_is_there_takes_no_time(
    crossed: Object, tmp_path: Path
) -> None:
    for frame in (1, 2):
        (tmp_path / f"{frame:04}.png").write_bytes(b"there")
    code, output, errors = ran(
        other_blender(
            """
            new_room(sys.argv[1])
            scene = bpy.context.scene
            scene.frame_end, scene.render.filepath, scene.render.use_overwrite = 5, sys.argv[2] + "/", False
            bpy.ops.render.render(animation=True)
            """,
            bpy.path.abspath(crossed.blobgan.model_file),
            tmp_path,
        )
    )
    assert code == 0, errors
    assert [words in output for words in ("2 of 5 frames", "3 of 5 frames, 0:0", "4 of 5 frames, 0:0")] == [True] * 3
    assert "2 of 5 frames, " not in output  # nothing was drawn yet by which to tell
