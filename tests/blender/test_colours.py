"""Colours: what the network drew is what the canvas holds and what lands on disk, and the artist's view is theirs."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import drawn, new_room, render_still, same, shown

from blobgan_blender.scene.output import output_exact_colors, previews_exact_colors, writes_exact_colors
from blobgan_blender.scene.picture import LINEAR, linear_pixels, show


def test_the_images_pixels_are_the_workers_codes(canvas: Object) -> None:
    image = canvas.blobgan.image
    pixels = np.empty(64 * 64 * 4, np.float32)
    image.pixels.foreach_get(pixels)
    linear = pixels.reshape(64, 64, 4)[::-1, :, :3].astype(np.float64)
    display = np.where(linear < 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)
    codes = display * 255
    assert np.abs(codes - np.rint(codes)).max() < 1e-3
    assert same(np.rint(codes).astype(np.uint8), drawn())


def test_every_code_survives_the_image(canvas: Object) -> None:
    codes = np.arange(64 * 64 * 3, dtype=np.int64).reshape(64, 64, 3).astype(np.uint8)
    show(canvas, codes)
    assert same(shown(), codes)


def test_every_code_survives_the_way_to_disk(canvas: Object, tmp_path: Path) -> None:
    """An image saved through the scene's output settings, as a render is."""
    codes = np.arange(64 * 64 * 3, dtype=np.int64).reshape(64, 64, 3).astype(np.uint8)
    show(canvas, codes)
    canvas.blobgan.image.save_render(str(tmp_path / "codes.png"), scene=bpy.context.scene)
    from studio import read_image

    assert same(read_image(tmp_path / "codes.png"), codes)


def test_linear_values_are_those_of_the_srgb_curve() -> None:
    assert LINEAR[0] == 0
    assert LINEAR[255] == 1
    assert LINEAR[128] == pytest.approx(0.21586, abs=1e-5)
    assert (np.diff(LINEAR) > 0).all()


def test_pixels_start_at_the_bottom_row() -> None:
    rgb = np.zeros((2, 1, 3), np.uint8)
    rgb[0] = 255  # the top row
    assert linear_pixels(rgb).tolist() == [0, 0, 0, 1, 1, 1, 1, 1]


def view_of(scene: bpy.types.Scene) -> dict[str, object]:
    """The artist's view settings."""
    view = scene.view_settings
    names = ("view_transform", "look", "exposure", "gamma", "use_curve_mapping")
    return {name: getattr(view, name) for name in names} | {"display": scene.display_settings.display_device}


def test_a_new_scene_leaves_the_artists_view_transform_alone(small_model: Path) -> None:
    artist = bpy.context.scene
    artist.view_settings.view_transform, artist.view_settings.exposure = "Filmic", 0.5
    before = view_of(artist)
    new_room(small_model, target="CURRENT")
    assert view_of(artist) == before
    bpy.ops.blobgan.exact_output()
    assert view_of(artist) == before


def test_a_scene_that_a_canvas_is_added_to_keeps_its_output(small_model: Path) -> None:
    scene = bpy.context.scene
    assert scene.render.image_settings.color_management == "FOLLOW_SCENE"
    scene.render.dither_intensity = 0.5
    new_room(small_model, target="CURRENT", exact_colors=True)
    assert bpy.context.scene == scene
    assert scene.render.image_settings.color_management == "FOLLOW_SCENE"
    assert scene.render.dither_intensity == 0.5


def test_a_scene_of_its_own_has_blenders_view_transform(small_model: Path) -> None:
    default = view_of(bpy.data.scenes.new("as Blender makes them"))
    new_room(small_model)
    assert view_of(bpy.context.scene) == default


def test_the_output_has_a_view_of_its_own(canvas: Object) -> None:
    settings = bpy.context.scene.render.image_settings
    assert settings.color_management == "OVERRIDE"
    assert settings.view_settings.view_transform == "Standard"
    assert writes_exact_colors(bpy.context.scene)


def test_f12_is_exact_under_any_view_transform(canvas: Object, tmp_path: Path) -> None:
    for name in ("AgX", "Filmic", "Raw"):
        bpy.context.scene.view_settings.view_transform = name
        assert same(render_still(tmp_path / f"{name}.png"), shown())


def test_without_exact_colors_the_output_is_left_alone(small_model: Path, tmp_path: Path) -> None:
    new_room(small_model, exact_colors=False)
    scene = bpy.context.scene
    assert scene.render.image_settings.color_management == "FOLLOW_SCENE"
    assert scene.render.dither_intensity == 1.0
    assert not writes_exact_colors(scene)


def test_exact_output_does_what_the_option_does(small_model: Path, tmp_path: Path) -> None:
    new_room(small_model, exact_colors=False)
    assert not same(render_still(tmp_path / "view.png"), shown())
    assert bpy.ops.blobgan.exact_output() == {"FINISHED"}
    assert writes_exact_colors(bpy.context.scene)
    assert same(render_still(tmp_path / "exact.png"), shown())


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        ("view", "view_transform", "Filmic"),
        ("view", "exposure", 0.5),
        ("view", "gamma", 1.2),
        ("view", "use_curve_mapping", True),
        ("render", "dither_intensity", 1.0),
    ],
)
def test_what_spoils_the_colours_is_noticed(canvas: Object, owner: str, name: str, value: object) -> None:
    scene = bpy.context.scene
    setattr(scene.render if owner == "render" else scene.render.image_settings.view_settings, name, value)
    assert not writes_exact_colors(scene)
    output_exact_colors(scene)
    assert writes_exact_colors(scene)


def test_standard_for_the_whole_scene_is_exact_too(small_model: Path, tmp_path: Path) -> None:
    new_room(small_model, exact_colors=False)
    scene = bpy.context.scene
    scene.view_settings.view_transform, scene.render.dither_intensity = "Standard", 0.0
    assert writes_exact_colors(scene)
    assert same(render_still(tmp_path / "standard.png"), shown())


def test_material_preview_is_exact_under_standard_only(canvas: Object) -> None:
    scene = bpy.context.scene
    scene.view_settings.view_transform = "AgX"
    assert not previews_exact_colors(scene)
    scene.view_settings.view_transform = "Standard"
    assert previews_exact_colors(scene)


def test_white_balance_changes_files(canvas: Object, tmp_path: Path) -> None:
    scene = bpy.context.scene
    if not hasattr(scene.view_settings, "use_white_balance"):
        pytest.skip("from Blender 4.3 on")
    output_exact_colors(scene)
    assert writes_exact_colors(scene)
    view = scene.render.image_settings.view_settings
    view.use_white_balance, view.white_balance_temperature = True, 3000
    assert not writes_exact_colors(scene)
    assert not same(render_still(tmp_path / "warm.png"), shown())
    output_exact_colors(scene)
    assert same(render_still(tmp_path / "exact.png"), shown())
