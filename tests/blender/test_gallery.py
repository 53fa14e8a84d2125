"""The gallery: rooms to choose from, each the one that its seed makes, progressive, and used with one press."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import PATIENCE, blobs_here, drawn, new_room, reading_of, same, select, settle, shown

from blobgan_blender import gallery, runtime
from blobgan_blender.core import edits
from blobgan_blender.core.errors import BlobGANError
from blobgan_blender.core.layout import Layout


@pytest.fixture(autouse=True)
def empty_gallery() -> None:
    gallery.forget()
    bpy.context.window_manager.blobgan.gallery_truncation = 0.4


def variants(**options: object) -> list[gallery.Variant]:
    assert bpy.ops.blobgan.show_variants(**options) == {"FINISHED"}
    return gallery.variants()


def equal(first: Layout[np.ndarray], second: Layout[np.ndarray]) -> bool:
    """But for the background's size, which has no effect, and rounding."""
    sizes = np.allclose(first.sizes[:, 1:], second.sizes[:, 1:], atol=1e-5)
    others = set(Layout.FIELDS) - {"sizes"}
    return sizes and all(np.allclose(getattr(first, name), getattr(second, name), atol=1e-5) for name in others)


def test_each_picture_is_that_of_its_seed(canvas: Object) -> None:
    found = variants(first=30, count=3)
    assert [variant.name for variant in found] == ["30", "31", "32"]
    for variant in found:
        layout = runtime.sample(replace(runtime.source_of(canvas), seed=int(variant.name))).result()
        assert equal(variant.layout, layout)
        assert same(variant.rgb, drawn(layout))
    assert not same(found[0].rgb, found[1].rgb)


def test_the_thumbnails_hold_the_pictures(canvas: Object) -> None:
    (found,) = variants(first=30, count=1)
    item = gallery._previews["0"]
    assert tuple(item.image_size) == (64, 64)
    pixels = np.array(item.image_pixels_float).reshape(64, 64, 4)[::-1, :, :3]
    assert np.abs(pixels * 255 - found.rgb).max() <= 1


def test_they_come_one_by_one(canvas: Object) -> None:
    source = runtime.source_of(canvas)
    gallery.show("", [gallery.Variant(f"{seed}", replace(source, seed=seed)) for seed in range(6)], 0)
    counts = [gallery.missing()]
    until = time.monotonic() + PATIENCE
    while gallery.pump():
        assert time.monotonic() < until
        if gallery.missing() != counts[-1]:
            counts.append(gallery.missing())
        time.sleep(0.001)
    assert len(counts) > 3
    assert gallery.missing() == 0


def test_a_room_that_has_not_come_cannot_be_used(canvas: Object) -> None:
    gallery.show("", [gallery.Variant("7", runtime.source_of(canvas))], 0)
    with pytest.raises(RuntimeError, match="“7” has not come yet"):
        bpy.ops.blobgan.use_variant(variant=0)
    with pytest.raises(BlobGANError, match="has 1 rooms, no number 5"):
        gallery.variant(5)


def test_using_one_is_resampling_to_its_seed(canvas: Object) -> None:
    variants(first=30, count=2)
    settle()
    bpy.ops.ed.undo_push(message="before")
    before = shown()
    assert bpy.ops.blobgan.use_variant("EXEC_DEFAULT", True, variant=1) == {"FINISHED"}
    settle()
    used, picture = reading_of().layout, shown()
    assert canvas.blobgan.seed == 31
    bpy.ops.blobgan.resample(seed=31, truncation=0.4)
    settle()
    assert equal(used, reading_of().layout)
    assert same(picture, shown())
    bpy.ops.ed.undo()
    settle()
    assert same(before, shown())


def test_more_like_this_is_like_it_and_reset_finds_it_again(canvas: Object) -> None:
    variants(first=30, count=2)
    near = variants(of="NEAR", variant=1, count=2)
    far = runtime.sample(replace(runtime.source_of(canvas), seed=99)).result()
    own = runtime.sample(replace(runtime.source_of(canvas), seed=31)).result()
    for variant in near:
        assert np.abs(variant.layout.xs - own.xs).mean() < np.abs(far.xs - own.xs).mean()
        assert not equal(variant.layout, own)
    nearer = variants(of="NEAR", variant=0, count=1)[0]
    assert nearer.source.variation == (1, 1)
    bpy.ops.blobgan.use_variant(variant=0)
    wanted = reading_of().layout
    blobs_here()[0].location.x += 0.3
    bpy.ops.blobgan.reset_layout()
    assert equal(reading_of().layout, wanted)
    assert equal(wanted, nearer.layout)
    bpy.ops.blobgan.resample(seed=4)
    assert runtime.source_of(canvas).variation == ()


def test_the_truncation_slider_is_live(canvas: Object) -> None:
    first = variants(first=30, count=2)
    bpy.context.window_manager.blobgan.gallery_truncation = 0.9
    assert gallery.missing() == 2
    gallery.finish()
    now = gallery.variants()
    assert [variant.source.truncation for variant in now] == pytest.approx([0.9, 0.9])
    # Nearer to the average room, and so to each other.
    apart = [np.abs(pair[0].layout.xs - pair[1].layout.xs).mean() for pair in (first, now)]
    assert apart[1] < apart[0] / 2


def test_favourites_stay_with_the_scene(canvas: Object, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no favourites of the model “small”"):
        bpy.ops.blobgan.show_variants(of="FAVOURITES")
    variants(first=30, count=3)
    bpy.ops.blobgan.favourite_variant(variant=1)
    variants(of="NEAR", variant=2, count=1)
    bpy.ops.blobgan.favourite_variant(variant=0)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "room.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "room.blend"))
    assert gallery.variants() == []
    kept = variants(of="FAVOURITES")
    assert [(each.source.seed, each.source.variation) for each in kept] == [(31, ()), (32, (1,))]
    bpy.ops.blobgan.favourite_variant(variant=0)
    assert len(bpy.context.scene.blobgan.favourites) == 1


def test_an_appearance_from_a_room_of_the_gallery(canvas: Object) -> None:
    layout = reading_of().layout
    other = variants(first=30, count=2)[1].layout
    select(blobs_here()[1], blobs_here()[3])
    bpy.ops.blobgan.take_from_variant(variant=1, parts="STYLE")
    wanted = edits.restyle(layout, [1, 3], other.features[0, [2, 4]], other.spatial_style[0, [2, 4]], "STYLE")
    assert equal(reading_of().layout, wanted)
    select(canvas)
    bpy.ops.blobgan.take_from_variant(variant=1)
    assert equal(reading_of().layout, edits.restyle_background(wanted, other.features[0, 0], other.spatial_style[0, 0]))


def test_rooms_of_another_model_are_refused(canvas: Object, bundled_model: Path) -> None:
    variants(first=30, count=1)
    new_room(bundled_model)
    before = reading_of().signature
    for use in (bpy.ops.blobgan.use_variant, bpy.ops.blobgan.take_from_variant):
        with pytest.raises(RuntimeError, match="Press Seeds under Variants"):
            use(variant=0)
    with pytest.raises(RuntimeError, match="rooms of another model"):
        bpy.ops.blobgan.show_variants(of="NEAR", variant=0)
    assert reading_of().signature == before


def test_without_a_gallery_the_button_is_grey(canvas: Object) -> None:
    assert not bpy.ops.blobgan.use_variant.poll()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert not bpy.ops.blobgan.show_variants.poll()


def test_another_truncation_begins_anew_after_a_failure(canvas: Object, own_worker: None) -> None:
    gallery.show("Seeds", [gallery.Variant("1", replace(runtime.source_of(canvas), weights=Path("/absent")))], 0)
    with pytest.raises(BlobGANError):
        gallery.finish()
    assert gallery.problem()
    gallery.truncate(0.7)
    assert not gallery.problem()
    assert gallery.missing() == 1
