"""Passes beside the picture: mattes named after empties, the blob map, the index, a Cryptomatte that Blender reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bpy.types import Object
from exr import Exr, read_exr
from studio import blobs_here, compositor, duplicate, reading_of, same, shown

from blobgan_blender import runtime
from blobgan_blender.core.cryptomatte import id_of, ids_of
from blobgan_blender.core.palette import palette
from blobgan_blender.render import frame
from blobgan_blender.scene.picture import LINEAR, linear_pixels


@pytest.fixture
def passes(canvas: Object) -> Any:
    """A room whose view layer has every pass."""
    view_layer = bpy.context.view_layer
    settings = view_layer.blobgan
    settings.use_pass_blob_map = settings.use_pass_blob_index = settings.use_pass_mattes = True
    view_layer.use_pass_cryptomatte_object = True
    return settings


def multilayer(path: Path, **options: Any) -> Exr:
    """F12 of the window's scene into a multilayer OpenEXR file of 32 bits."""
    settings = bpy.context.scene.render.image_settings
    if hasattr(settings, "media_type"):  # Blender 5
        settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format, settings.color_depth, settings.exr_codec = "OPEN_EXR_MULTILAYER", "32", "NONE"
    bpy.context.scene.render.filepath = str(path)
    assert bpy.ops.render.render(write_still=True, **options) == {"FINISHED"}
    return read_exr(path)


def mattes(**options: Any) -> Any:
    """What the worker says of the canvas as it stands, and the blobs' names in that order."""
    reading, canvas = reading_of(), bpy.context.scene.blobgan.canvas
    made = runtime.worker().mattes(
        runtime.model_of(canvas),
        reading.layout,
        numbers=np.array(reading.orders),
        ids=ids_of(reading.names),
        mattes=True,
        **options,
    )
    return reading.names, made.result()


def test_a_file_holds_the_picture_and_every_pass(passes: Any, tmp_path: Path) -> None:
    blobs_here()[1].location.z += 0.5  # in front of all others; its name and number stay
    bpy.ops.blobgan.update_picture()
    file = multilayer(tmp_path / "all.exr")
    assert same(file.stack("Combined", "RGBA")[::-1].reshape(-1), linear_pixels(shown()))
    names, made = mattes(index=True, blob_map=True, levels=3)
    assert names[-1] == "Blob 1"
    for name, matte in zip(names, made.mattes, strict=True):
        assert same(file.of(name), matte)
    assert same(file.of("Blob Index"), made.index)
    assert same(file.stack("Blob Map", "RGB"), LINEAR[made.blob_map])
    for level in range(3):
        assert same(file.stack(f"CryptoObject{level:02}", "rgba"), made.cryptomatte[level])


def test_mattes_are_what_is_seen_of_each_blob(passes: Any) -> None:
    names, made = mattes(index=True, levels=1, blob_map=True)
    assert made.mattes.min() >= 0
    background = 1 - made.mattes.sum(axis=0)
    assert background.min() > -1e-6
    winner = np.argmax(np.concatenate([background[None], made.mattes]), axis=0)
    orders = [0, *(1 + bpy.data.objects[name].blobgan.order for name in names)]
    assert same(made.index, np.array(orders, np.float32)[winner])
    assert same(made.cryptomatte[0, ..., 1], made.mattes.max(axis=0))
    where = np.unravel_index(made.mattes[2].argmax(), winner.shape)
    color = palette(len(names))[1 + bpy.data.objects[names[2]].blobgan.order] * 255
    assert np.abs(made.blob_map[where] - color).max() < 90  # others shine through at a blob's edge


def test_mattes_follow_an_animation_and_hidden_blobs_are_black(passes: Any, tmp_path: Path) -> None:
    blob = blobs_here()[2]
    blob.keyframe_insert("hide_render", frame=1)
    blob.hide_render = True
    blob.keyframe_insert("hide_render", frame=2)
    bpy.context.scene.frame_set(1)
    assert multilayer(tmp_path / "one.exr").of("Blob 2").any()
    bpy.context.scene.frame_set(2)
    assert not multilayer(tmp_path / "two.exr").of("Blob 2").any()


def test_names_that_files_cannot_hold_get_others(passes: Any, tmp_path: Path) -> None:
    first, second, third, *_ = blobs_here()
    first.name, second.name, third.name = "Ä" * 30 + "l", "Ä" * 30 + "r", "Depth"
    (clone,) = duplicate(third)
    clone.location.x += 0.3
    file = multilayer(tmp_path / "names.exr")
    found = {key.split(".")[1] for key in file.channels if key.endswith((".X", ".V"))} - {"Blob Index"}
    assert len(found) == len(blobs_here())
    assert {"Depth~2", "Depth_001"} <= found
    assert len([name for name in found if name.startswith("ÄÄÄ")]) == 2
    assert file.strings[next(key for key in file.strings if key.endswith("/manifest"))].count("Ä" * 30) == 2


def test_the_header_names_the_cryptomatte_in_every_frame(passes: Any, tmp_path: Path) -> None:
    multilayer(tmp_path / "still.exr")
    scene = bpy.context.scene
    scene.frame_end, scene.render.filepath = 3, f"{tmp_path}/"
    bpy.ops.render.render(animation=True)
    for path in tmp_path.iterdir():
        strings = read_exr(path).strings
        manifest = next(value for key, value in strings.items() if key.endswith("/manifest"))
        assert f'"Blob 3":"{id_of("Blob 3"):08x}"' in manifest
        assert "ViewLayer.CryptoObject" in strings.values()


def test_no_pass_but_the_picture_unless_wanted(canvas: Object, tmp_path: Path) -> None:
    assert {key.split(".")[1] for key in multilayer(tmp_path / "plain.exr").channels} == {"Combined"}


def test_passes_at_another_size_and_in_a_region(passes: Any, tmp_path: Path) -> None:
    render = bpy.context.scene.render
    render.resolution_percentage = 200
    whole = multilayer(tmp_path / "whole.exr")
    names, made = mattes(size=(128, 128), index=True)
    assert same(whole.of(names[0]), made.mattes[0])
    assert made.mattes.min() >= 0
    render.use_border = render.use_crop_to_border = True
    render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = 0.25, 0.7, 0.1, 0.8
    piece = multilayer(tmp_path / "piece.exr")
    for key, channel in piece.channels.items():
        assert same(channel, whole.channels[key][128 - int(0.8 * 128) : 128 - int(0.1 * 128), 32 : int(0.7 * 128)])


def test_a_large_frame_is_asked_for_in_bands(passes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six levels of a Cryptomatte did not fit into one message above some 3300 pixels."""
    bpy.context.view_layer.pass_cryptomatte_depth = 6
    render = bpy.context.scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = 150, 100, 100
    render.use_border = True
    render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = 0.1, 0.7, 0.2, 0.9
    monkeypatch.setattr(frame, "_BAND", 1 << 40)
    whole = multilayer(tmp_path / "whole.exr")
    monkeypatch.setattr(frame, "_BAND", 100_000)  # 17 rows of 71 pixels
    bands = multilayer(tmp_path / "bands.exr")
    assert any(channel.any() for key, channel in whole.channels.items() if "CryptoObject02" in key)
    assert whole.channels.keys() == bands.channels.keys()
    assert all(same(channel, bands.channels[key]) for key, channel in whole.channels.items())


def test_two_view_layers_are_each_their_own(passes: Any, tmp_path: Path) -> None:
    scene = bpy.context.scene
    other = scene.view_layers.new("Other")
    blob = blobs_here()[0]
    blob.hide_set(True, view_layer=other)
    other.blobgan.use_pass_mattes = True
    channels = multilayer(tmp_path / "two.exr").channels
    own = {key: channel for key, channel in channels.items() if "Combined" in key}
    assert len(own) == 8
    first, second = (np.stack([own[f"{name}.Combined.{c}"] for c in "RGB"]) for name in ("ViewLayer", "Other"))
    assert not same(first, second)
    assert not channels[next(key for key in channels if key.startswith("Other.Blob 0."))].any()
    assert channels[next(key for key in channels if key.startswith("ViewLayer.Blob 0."))].any()


def composite(make_node: Any) -> None:
    """The scene's compositor: the Matte of one Cryptomatte node instead of the picture."""
    tree, output = compositor()
    node = tree.nodes.new("CompositorNodeCryptomatteV2")
    make_node(node)
    tree.links.new(node.outputs["Matte"], output.inputs[0])


def test_blenders_cryptomatte_node_reads_the_render(passes: Any, tmp_path: Path) -> None:
    wanted = ["Blob 3", "Blob 1"]

    def set_up(node: Any) -> None:
        node.source, node.scene = "RENDER", bpy.context.scene
        node.layer_name = "ViewLayer.CryptoObject"
        node.matte_id = ",".join(wanted)

    composite(set_up)
    found = multilayer(tmp_path / "composited.exr")
    names, made = mattes()
    expected = sum(made.mattes[names.index(name)] for name in wanted)
    composited = next(c for key, c in found.channels.items() if key.startswith("Composite") and key.endswith("R"))
    np.testing.assert_allclose(composited, expected, atol=1e-6)


def test_blenders_cryptomatte_node_reads_the_file(passes: Any, tmp_path: Path) -> None:
    multilayer(tmp_path / "source.exr")
    names, made = mattes()
    image = bpy.data.images.load(str(tmp_path / "source.exr"))

    def set_up(node: Any) -> None:
        node.source, node.image = "IMAGE", image
        node.layer_name = "ViewLayer.CryptoObject"
        node.matte_id = "Blob 3"

    composite(set_up)
    found = multilayer(tmp_path / "composited.exr")
    composited = next(c for key, c in found.channels.items() if key.startswith("Composite") and key.endswith("R"))
    np.testing.assert_allclose(composited, made.mattes[names.index("Blob 3")], atol=1e-6)
