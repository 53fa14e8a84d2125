"""Rooms that a model's card names: chosen where a scene begins, by a button or by a script."""

from __future__ import annotations

import json
import os
import re
import shutil
import types
from pathlib import Path
from typing import Any

import bpy
import pytest
from studio import canvas_here, drawn, new_room, reading_of, same
from test_panels import Paper, draw

from blobgan_blender import runtime
from blobgan_blender.library import card, search
from blobgan_blender.operators.new_scene import BLOBGAN_OT_new_scene
from blobgan_blender.panels import main

ROOMS = {"Bedroom at Night": {"seed": 12, "truncation": 0.3}, "寝室": {"seed": 2**31 - 1, "truncation": 0.1}}


@pytest.fixture
def model(small_model: Path, tmp_path: Path) -> Path:
    """The small model, with a card that names rooms."""
    weights = tmp_path / "rooms.safetensors"
    shutil.copyfile(small_model, weights)
    name_rooms(weights, small_model)
    return weights


@pytest.fixture
def bundled(model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That model, as if it came with the extension."""
    monkeypatch.setattr(search, "BUNDLED", model.parent)
    return model


def name_rooms(weights: Path, like: Path, rooms: object = None) -> None:
    """Write a model's card: another's, with rooms."""
    data = json.loads(card.card_path(like).read_text(encoding="utf-8")) | {"rooms": ROOMS if rooms is None else rooms}
    card.card_path(weights).write_text(json.dumps(data), encoding="utf-8")


def choices() -> list[str]:
    """What the list of rooms would show, by what Blender says of a name that is not on it."""
    with pytest.raises(TypeError, match="not found in") as refused:
        bpy.ops.blobgan.new_scene(room="-")
    return re.findall(r"'([^']*)'", str(refused.value))


def source() -> tuple[Any, ...]:
    """Where the canvas says that its room comes from."""
    own = canvas_here().blobgan
    return own.model_sha256, own.seed, own.truncation, own.variation


@pytest.mark.parametrize("name", ROOMS)
def test_a_named_room_is_that_of_its_seed_and_truncation(name: str, model: Path) -> None:
    new_room(model, **ROOMS[name])
    typed, typed_source, picture = reading_of().signature, source(), drawn()
    new_room(model, room=name)  # with another seed and truncation in the fields
    assert reading_of().signature == typed
    assert source() == typed_source
    assert same(drawn(), picture)
    bpy.ops.blobgan.reset_layout()
    assert reading_of().signature == typed


def test_any_is_the_room_of_the_fields(model: Path, small_model: Path) -> None:
    new_room(small_model, seed=4)
    plain = reading_of().signature
    new_room(model, seed=4, room="ANY")
    assert reading_of().signature == plain


def test_a_room_that_the_card_does_not_name_is_refused_in_words(model: Path, small_model: Path) -> None:
    scenes = len(bpy.data.scenes)
    with pytest.raises(TypeError, match=r"""enum "Kitchen" not found in \('ANY', 'Bedroom at Night', '寝室'\)"""):
        bpy.ops.blobgan.new_scene(model=str(model), room="Kitchen")
    with pytest.raises(TypeError, match="not found"):
        bpy.ops.blobgan.new_scene(model=str(small_model), room="Bedroom at Night")
    assert len(bpy.data.scenes) == scenes


def test_the_name_is_looked_up_in_the_bundled_model(bundled: Path) -> None:
    assert bpy.ops.blobgan.new_scene(room="Bedroom at Night") == {"FINISHED"}
    assert canvas_here().blobgan.seed == 12


def test_the_next_new_scene_is_any_room_again(bundled: Path) -> None:
    """Blender remembers an operator's properties, and takes them for those that are not given."""
    bpy.ops.blobgan.new_scene("EXEC_DEFAULT", True, room="Bedroom at Night", seed=5)
    bpy.ops.blobgan.new_scene("EXEC_DEFAULT", True)
    assert canvas_here().blobgan.seed == 5


def test_a_room_that_has_gone_from_the_card_meanwhile_is_refused_in_words(
    model: Path, small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "starting_rooms", lambda _path="": {"Attic": card.StartingRoom(1, 0.5)})
    with pytest.raises(RuntimeError, match="The model “small” names no such room. Choose another one under Room"):
        bpy.ops.blobgan.new_scene(model=str(model), room="Attic")


def test_without_a_card_that_can_be_read_there_is_any_alone(bundled: Path, tmp_path: Path) -> None:
    assert runtime.starting_rooms(str(tmp_path / "nothing.safetensors")) == {}
    assert runtime.starting_rooms("x" * 5000) == {}
    assert runtime.starting_rooms("/") == {}
    card.card_path(bundled).write_bytes(b"\xff")
    assert runtime.starting_rooms() == {}
    assert choices() == ["ANY"]
    assert draw(main.BLOBGAN_PT_main).buttons == ["blobgan.new_scene", "blobgan.new_scene"]
    card.card_path(bundled).unlink()
    assert runtime.starting_rooms() == {}


def test_the_card_is_read_once_and_anew_when_it_has_changed(
    bundled: Path, small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    monkeypatch.setattr(runtime, "card_at", lambda path: read.append(path) or card.card_at(path))
    for _ in range(3):
        draw(main.BLOBGAN_PT_main)
        assert choices() == ["ANY", *ROOMS]
    assert len(read) == 1
    name_rooms(bundled, small_model, {"Attic": {"seed": 1, "truncation": 0}})
    os.utime(card.card_path(bundled), ns=(1, 1))  # whatever the clock's grain
    assert choices() == ["ANY", "Attic"]
    assert len(read) == 2


def test_the_tab_has_a_button_for_each_room(bundled: Path, small_model: Path) -> None:
    page = draw(main.BLOBGAN_PT_main)
    assert page.words[1:] == ["New BlobGAN Scene", *ROOMS, "Add Canvas to This Scene"]
    name_rooms(bundled, small_model, {})
    assert draw(main.BLOBGAN_PT_main).words[1:] == ["New BlobGAN Scene", "Add Canvas to This Scene"]


def test_a_button_of_the_tab_says_which_room_it_makes(bundled: Path) -> None:
    says = BLOBGAN_OT_new_scene.description
    named, plain = (types.SimpleNamespace(model="", room=room) for room in ("寝室", "ANY"))
    assert "seed 2147483647 at truncation 0.10" in says(bpy.context, named)
    assert says(bpy.context, plain) == ""  # then Blender shows the operator's own words


@pytest.mark.parametrize("room", ["ANY", "Bedroom at Night"])
def test_the_redo_panel_shows_every_field_and_greys_those_that_say_nothing(room: str) -> None:
    page, greyed = Paper(), []

    class Column(Paper):
        def __setattr__(self, name: str, value: object) -> None:
            if name == "enabled" and not value:
                greyed.append(self)
            super().__setattr__(name, value)

    page.column = lambda **_options: Column(page)  # type: ignore[method-assign]
    kind = bpy.ops.blobgan.new_scene.get_rna_type()
    BLOBGAN_OT_new_scene.draw(types.SimpleNamespace(layout=page, room=room, bl_rna=kind), bpy.context)
    fields = [field for field in kind.properties if field.identifier != "rna_type" and not field.is_hidden]
    assert page.words == [field.name for field in fields]
    assert len(greyed) == (room != "ANY")


def test_a_person_who_asks_for_no_room_gets_the_first_with_a_name(bundled: Path, small_model: Path) -> None:
    """What a window does before it waits; that it does is tried by a click on the button (tests/gui)."""

    def room(**given: object) -> str:
        properties = types.SimpleNamespace(is_property_set=given.__contains__)
        pressed = types.SimpleNamespace(model="", room="ANY", properties=properties, wait=lambda _context: {"FINISHED"})
        BLOBGAN_OT_new_scene.invoke(pressed, bpy.context, None)
        return pressed.room

    assert room() == "Bedroom at Night"
    assert room(seed=3) == "ANY"
    assert room(truncation=0.2) == "ANY"
    name_rooms(bundled, small_model, {})
    runtime.forget_models()
    assert room() == "ANY"
