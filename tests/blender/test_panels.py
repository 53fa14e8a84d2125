"""The BlobGAN tab, drawn on paper: Blender draws no region without a window, so a stand-in layout notes what is drawn,
and checks against Blender that every operator, property and icon exists. The window tests show the real one."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import blobs_here, drawn, new_room, preferences, select, settle

from blobgan_blender import live, runtime
from blobgan_blender.operators.show_variants import BLOBGAN_OT_show_variants
from blobgan_blender.panels import (
    blob,
    blob_list,
    blob_map,
    edit,
    files,
    main,
    menu,
    pie,
    render_settings,
    training_set,
    variants,
    worker,
)
from blobgan_blender.preferences import BlobGANPreferences
from blobgan_blender.scene.appearance import PHI
from blobgan_blender.viewport import wipe

ICONS = set(bpy.types.UILayout.bl_rna.functions["prop"].parameters["icon"].enum_items.keys())


class Paper:
    """A layout that writes down what is drawn on it, in `words` and `buttons`."""

    def __init__(self, page: Paper | None = None) -> None:
        self.words: list[str] = page.words if page else []
        self.buttons: list[str] = page.buttons if page else []
        self.alert, self.active, self.enabled, self.scale_y = False, True, True, 1.0

    def row(self, **_options: Any) -> Paper:
        return Paper(self)

    column = box = grid_flow = menu_pie = split = row

    def separator(self) -> None:
        self.words.append("—")

    def template_icon(self, *, icon_value: int, scale: float) -> None:
        assert icon_value >= 0
        assert scale > 0

    def label(self, *, text: str = "", icon: str = "NONE") -> None:
        assert icon in ICONS
        self.words.append(text)

    def prop(self, data: Any, name: str, *, text: str | None = None, icon: str = "NONE", **_options: Any) -> None:
        assert name in data.bl_rna.properties
        assert icon in ICONS
        self.words.append(data.bl_rna.properties[name].name if text is None else text)

    def progress(self, *, factor: float, text: str) -> None:
        assert 0 <= factor <= 1
        self.words.append(text)

    def menu(self, idname: str, *, text: str | None = None, icon: str = "NONE") -> None:
        assert hasattr(bpy.types, idname)
        assert icon in ICONS

    def operator(
        self, idname: str, *, text: str | None = None, icon: str = "NONE", icon_value: int = 0, depress: bool = False
    ) -> Any:
        assert icon in ICONS
        assert icon_value >= 0
        module, name = idname.split(".")
        kind = getattr(getattr(bpy.ops, module), name).get_rna_type()  # KeyError: there is no such operator
        self.buttons.append(idname)
        self.words.append(kind.name if text is None else text)
        return Options(kind)

    def template_list(self, kind: str, _id: str, data: Any, name: str, active: Any, index: str, **_: Any) -> None:
        assert hasattr(bpy.types, kind)
        assert name in data.bl_rna.properties
        assert index in active.bl_rna.properties

    @property
    def text(self) -> str:
        return " ".join(self.words)


class Options:
    """What `operator` returns: only the operator's own properties can be set."""

    def __init__(self, kind: Any) -> None:
        object.__setattr__(self, "kind", kind)

    def __setattr__(self, name: str, _value: object) -> None:
        assert name in self.kind.properties


def draw(panel: Any) -> Paper:
    """A panel on paper."""
    page = Paper()
    panel.draw(types.SimpleNamespace(layout=page), on_paper())
    return page


def on_paper() -> Any:
    """The context of a region that is so wide that it has each sentence on one line."""
    context = bpy.context
    return types.SimpleNamespace(
        scene=context.scene,
        view_layer=context.view_layer,
        window_manager=context.window_manager,
        region=types.SimpleNamespace(width=5000),
        preferences=types.SimpleNamespace(system=types.SimpleNamespace(ui_scale=1.0)),  # 0 without a window
    )


OF_A_CANVAS = [
    main.BLOBGAN_PT_room,
    main.BLOBGAN_PT_output,
    blob_list.BLOBGAN_PT_blobs,
    edit.BLOBGAN_PT_edit,
    variants.BLOBGAN_PT_variants,
    blob_map.BLOBGAN_PT_map,
    files.BLOBGAN_PT_files,
]


def test_without_a_canvas_the_tab_offers_the_first_step() -> None:
    page = draw(main.BLOBGAN_PT_main)
    assert page.buttons == ["blobgan.new_scene"] * (2 + len(runtime.starting_rooms()))
    assert "Start with a room" in page.text


@pytest.mark.parametrize("panel", OF_A_CANVAS)
def test_panels_of_a_canvas_are_there_when_a_canvas_is(panel: Any, small_model: Path) -> None:
    assert not panel.poll(bpy.context)
    new_room(small_model)
    assert panel.poll(bpy.context)
    draw(panel)


def test_the_room_is_named(canvas: Object) -> None:
    page = draw(main.BLOBGAN_PT_room)
    assert "small, 64²" in page.text
    assert "Seed 1, truncation 0.40" in page.text
    assert {"blobgan.resample", "blobgan.reset_layout", "blobgan.load_model"} <= set(page.buttons)


def test_a_problem_is_said_in_the_tab(canvas: Object) -> None:
    canvas.blobgan.model_sha256 = "ab" * 32
    blobs_here()[0].location.x += 0.3
    settle()
    assert "press the folder beside the model's name" in draw(main.BLOBGAN_PT_main).text


def test_a_clamped_blob_is_named_in_the_tab(canvas: Object) -> None:
    blobs_here()[0].scale = (0, 0, 0)
    settle()
    assert "Blob 0" in draw(main.BLOBGAN_PT_main).text


def test_a_sound_room_has_no_complaint(canvas: Object) -> None:
    settle()
    assert draw(main.BLOBGAN_PT_main).words == ["Canvas", "Live", "", ""]


def test_the_output_says_whether_colours_are_exact(canvas: Object) -> None:
    assert "Files hold the model's colours" in draw(main.BLOBGAN_PT_output).text
    bpy.context.scene.render.image_settings.color_management = "FOLLOW_SCENE"
    bpy.context.scene.view_settings.view_transform = "AgX"
    page = draw(main.BLOBGAN_PT_output)
    assert "blobgan.exact_output" in page.buttons
    assert "Material Preview shows the canvas through AgX" in page.text


def test_the_output_names_the_engine_to_choose(canvas: Object) -> None:
    bpy.context.scene.render.engine = "CYCLES"
    assert "set the render engine to BlobGAN" in draw(main.BLOBGAN_PT_output).text


def test_an_empty_room_names_the_next_step(canvas: Object) -> None:
    select(*blobs_here())
    bpy.ops.blobgan.remove_blob()
    assert "Reset brings the model's blobs back" in draw(blob_list.BLOBGAN_PT_blobs).text


def test_the_worker_panel_before_any_worker(own_worker: None) -> None:
    page = draw(worker.BLOBGAN_PT_worker)
    assert "Off; it starts with the next picture" in page.text
    assert runtime.existing_worker() is None


def test_the_worker_panel_of_a_running_worker(canvas: Object) -> None:
    page = draw(worker.BLOBGAN_PT_worker)
    info = runtime.worker().info
    assert f"Ready: {info.engine} on {info.device}" in page.text
    assert {"blobgan.restart_worker", "blobgan.check_worker", "blobgan.release_memory"} <= set(page.buttons)


def test_the_output_panel_says_what_made_the_final_pictures(canvas: Object) -> None:
    made_by = str(runtime.worker().info)
    page = draw(main.BLOBGAN_PT_output)
    assert f"Final pictures: {made_by}" in page.text
    assert "1/255" not in page.text
    canvas.blobgan.made_by = "onnxruntime 1.2.3 on CPU"
    page = draw(main.BLOBGAN_PT_output)
    assert f"Final pictures: onnxruntime 1.2.3 on CPU {made_by} draws now" in page.text
    assert "may differ by 1/255" in page.text


def test_the_preferences_draw() -> None:
    page = Paper()
    with preferences() as own:
        BlobGANPreferences.draw(types.SimpleNamespace(layout=page, bl_rna=own.bl_rna), bpy.context)
    assert "blobgan.check_worker" in page.buttons


def test_a_faint_blob_has_a_wake_button_in_its_row(canvas: Object) -> None:
    faint, plain = blobs_here()[:2]
    faint.scale *= 0.05
    settle()
    for item, wanted in ((faint, ["blobgan.wake_blob"]), (plain, [])):
        page = Paper()
        blob_list.BLOBGAN_UL_blobs.draw_item(None, bpy.context, page, None, item, 0, None, "")
        assert page.buttons == wanted


def test_a_blob_made_faint_by_its_parent_counts_as_faint(canvas: Object) -> None:
    handle = bpy.data.objects.new("Handle", None)
    bpy.context.scene.collection.objects.link(handle)
    blob = blobs_here()[0]
    blob.parent = handle
    handle.scale = (0.05, 0.05, 0.05)
    settle()
    assert blob_list.is_faint(blob)


def test_blobs_of_a_scaled_canvas_are_not_faint(canvas: Object) -> None:
    canvas.scale = (0.05, 0.05, 0.05)
    settle()
    assert not any(blob_list.is_faint(blob) for blob in blobs_here())


def test_the_list_shows_this_canvass_blobs_front_to_back(canvas: Object, small_model: Path) -> None:
    new_room(small_model, seed=2, target="CURRENT")
    select(canvas)
    scene = bpy.context.scene
    stand_in = types.SimpleNamespace(bitflag_filter_item=1)
    shown, places = blob_list.BLOBGAN_UL_blobs.filter_items(stand_in, bpy.context, scene, "objects")
    listed = [item for item, flag in zip(scene.objects, shown, strict=True) if flag]
    assert set(listed) == set(blobs_here(canvas))
    by_place = sorted(listed, key=lambda item: places[scene.objects.find(item.name)])
    assert [blob.blobgan.index for blob in by_place] == [4, 3, 2, 1, 0]


def test_drawing_the_tab_changes_nothing(canvas: Object) -> None:
    settle()
    pictures = live.link(canvas).pictures
    select(blobs_here()[0])
    for panel in (main.BLOBGAN_PT_main, *OF_A_CANVAS, blob.BLOBGAN_PT_blob):
        draw(panel)
    settle()
    assert live.link(canvas).pictures == pictures


@pytest.mark.parametrize("panel", [render_settings.BLOBGAN_PT_render, render_settings.BLOBGAN_PT_passes])
def test_the_engines_settings_stand_where_blenders_do(panel: Any, canvas: Object) -> None:
    assert panel.poll(types.SimpleNamespace(engine="BLOBGAN"))
    assert not panel.poll(types.SimpleNamespace(engine="CYCLES"))
    assert draw(panel).words


def test_the_render_settings_say_how_large_the_model_draws(canvas: Object) -> None:
    assert "Canvas: 64 × 64 pixels" in draw(render_settings.BLOBGAN_PT_render).text


def test_the_active_blob_in_numbers(canvas: Object) -> None:
    select(canvas)
    assert not blob.BLOBGAN_PT_blob.poll(bpy.context)
    item = blobs_here()[1]
    select(item)
    assert blob.BLOBGAN_PT_blob.poll(bpy.context)
    assert "Style ψ: 32 numbers, length 1.00" in draw(blob.BLOBGAN_PT_blob).text
    del item[PHI]
    assert "has lost its appearance" in draw(blob.BLOBGAN_PT_blob).text


def test_the_gallery_has_a_button_for_each_room(canvas: Object) -> None:
    bpy.ops.blobgan.show_variants(first=40, count=3)
    page = draw(variants.BLOBGAN_PT_variants)
    assert page.buttons.count("blobgan.use_variant") == 3
    assert {"40", "41", "42"} <= set(page.words)


def test_the_menu_has_every_verb_but_those_of_other_places(canvas: Object) -> None:
    page = Paper()
    menu.BLOBGAN_MT_edits.draw(types.SimpleNamespace(layout=page), bpy.context)
    verbs = {f"blobgan.{name}" for name in dir(bpy.ops.blobgan)}
    elsewhere = {"check_worker", "restart_worker", "release_memory", "exact_output", "load_model", "select_in_picture"}
    elsewhere |= {"render_training_set"}  # of a scene without a canvas, too
    elsewhere |= {"cancel_background", "import_model", "look_for_models", "download_model", "verify_model"}
    elsewhere |= {"draw_model_picture", "reveal_model", "remove_model", "discard_download"}
    elsewhere |= {"set_up_torch", "remove_torch"}
    of_the_gallery = {"use_variant", "favourite_variant", "take_from_variant"}
    assert verbs - set(page.buttons) == {f"blobgan.{name}" for name in elsewhere | of_the_gallery}


def test_a_training_set_names_what_varies_and_what_is_missing() -> None:
    assert "Nothing varies yet" in draw(training_set.BLOBGAN_PT_training_set).text
    assert "has no camera" in draw(training_set.BLOBGAN_PT_training_set).text
    assert not training_set.BLOBGAN_PT_training_object.poll(bpy.context)
    bpy.ops.mesh.primitive_cube_add()
    bpy.context.active_object.blobgan.training.marked = True
    page = draw(training_set.BLOBGAN_PT_training_set)
    assert "Varies Cube" in page.text
    assert "blobgan.render_training_set" in page.buttons
    assert training_set.BLOBGAN_PT_training_object.poll(bpy.context)
    assert "Cube In Training Set" in draw(training_set.BLOBGAN_PT_training_object).text


def test_the_pie_has_eight_entries(canvas: Object) -> None:
    page = Paper()
    pie.BLOBGAN_MT_pie.draw(types.SimpleNamespace(layout=page), bpy.context)
    assert len(page.words) == 8


def test_before_and_after(canvas: Object) -> None:
    before = drawn()
    blobs_here()[1].location.x += 0.4
    settle()
    assert bpy.ops.blobgan.compare() == {"FINISHED"}
    # By one at most: what is read back from the empties is the sampled layout to 1e-5, not to the bit.
    assert np.abs(wipe.before(canvas).astype(int) - before).max() <= 1
    assert bpy.context.scene.blobgan.wipe == 0.5
    assert "blobgan.compare" in draw(edit.BLOBGAN_PT_edit).buttons
    bpy.ops.blobgan.compare()
    assert bpy.context.scene.blobgan.wipe == 0
    bpy.ops.blobgan.resample(seed=5)
    assert wipe.before(canvas) is None  # that of another room


def test_each_verb_and_each_of_its_fields_has_a_tooltip(canvas: Object) -> None:
    for name in dir(bpy.ops.blobgan):
        kind = getattr(bpy.ops.blobgan, name).get_rna_type()
        assert len(kind.description.split()) >= 3, name
        assert not kind.description.endswith("."), name  # Blender adds it
        assert "\n" not in kind.description, name  # of a docstring; before Python 3.13 its blanks too
        for field in kind.properties:
            if not (field.is_hidden or field.identifier == "rna_type"):
                # A list explains itself by its entries.
                says = field.description or all(item.description for item in getattr(field, "enum_items", ()))
                assert says or field.subtype == "FILE_PATH", f"{name}.{field.identifier}"


def test_each_property_that_is_shown_has_a_tooltip(canvas: Object) -> None:
    scene, manager = bpy.context.scene, bpy.context.window_manager
    for group in (canvas.blobgan, scene.blobgan, manager.blobgan):
        for field in group.bl_rna.properties:
            if field.identifier not in {"rna_type", "name"} and not field.is_hidden and field.name != field.identifier:
                assert field.description or field.type in {"POINTER", "COLLECTION"}, field.identifier


@pytest.mark.parametrize(
    ("of", "words"),
    [("SEEDS", "the next seeds"), ("NEAR", "rooms like this one"), ("FAVOURITES", "marked with a heart")],
)
def test_each_button_of_the_gallery_says_what_it_shows(of: str, words: str) -> None:
    button = types.SimpleNamespace(of=of)
    assert words in BLOBGAN_OT_show_variants.description(bpy.context, button)
