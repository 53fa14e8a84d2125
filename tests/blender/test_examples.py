"""The example scenes: each is small, opens, and renders a frame by its engine that shows what it is about."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from studio import drawn, read_image, render_still, same, settle

from scripts import examples

MOST_BYTES = 300_000
BY_NAME = {example.name: example for example in examples.EXAMPLES}


def opened(name: str, folder: Path) -> bpy.types.Scene:
    """Made in a file of its own, and opened from there."""
    path = examples.save(BY_NAME[name], folder)
    assert path.stat().st_size < MOST_BYTES
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return bpy.context.scene


def test_there_are_a_few_and_the_documentation_has_each() -> None:
    page = (examples.ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    assert len(BY_NAME) >= 4
    assert all(f"## {name}.blend\n" in page for name in BY_NAME)


@pytest.mark.parametrize("name", [name for name in BY_NAME if name != "picture-on-the-wall"])
def test_an_animation_renders_another_picture_where_it_has_moved(name: str, tmp_path: Path) -> None:
    scene = opened(name, tmp_path)
    assert scene.render.engine == "BLOBGAN"
    assert scene.render.filepath == f"//{name}/"
    pictures = []
    for frame in (scene.frame_start, BY_NAME[name].frame):
        scene.frame_set(frame)
        settle()
        pictures.append(render_still(tmp_path / f"{frame}.png"))
        assert same(pictures[-1], drawn())
    first, later = (picture.astype(int) for picture in pictures)
    assert first.std() > 20
    assert np.abs(first - later).max() > 60


def test_the_picture_on_the_wall_changes_and_the_wall_does_not(tmp_path: Path) -> None:
    scene = opened("picture-on-the-wall", tmp_path)
    assert scene.render.engine == "CYCLES"
    scene.render.resolution_percentage, scene.cycles.samples = 25, 4
    pictures = []
    for frame in (scene.frame_start, scene.frame_end):
        scene.frame_set(frame)
        path = tmp_path / f"{frame}.png"
        render_still(path)
        pictures.append(read_image(path).astype(float))
    changed = np.abs(pictures[0] - pictures[1]).mean(axis=2)
    height, width = changed.shape
    inside = changed[height // 4 : height // 2, width // 4 : width // 2]
    wall = changed[:, int(0.7 * width) :][: height // 2]
    assert pictures[0].std() > 20
    assert inside.max() > 30 > 5 > wall.mean()
