"""Every verb in every situation in which it has nothing to work on: a clear word, and nothing changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bpy.types import Object
from studio import blobs_here, new_room, reading_of, select
from test_read_only import CHANGING, OF_THE_SELECTION_OR_SCENE, READING

from blobgan_blender import gallery, operators
from blobgan_blender.scene import appearance_file
from blobgan_blender.scene.appearance import PHI, PSI, write_appearance

VERBS = [cls.bl_idname.partition(".")[2] for cls in operators._CLASSES]
# Those about a room; of model files and workers there are tests of their own.
OF_A_ROOM = {name for names in CHANGING.values() for name in names} | {*READING, *OF_THE_SELECTION_OR_SCENE}


def state() -> list[Any]:
    """All that an edit may change, objects that are no blobs included, without asking what it means."""
    found: list[Any] = []
    for item in sorted(bpy.data.objects, key=lambda item: item.name):
        own = item.blobgan
        appearance = [np.array(item[key]).tobytes() for key in (PHI, PSI) if getattr(item.get(key), "typecode", "")]
        found.append((item.name, *np.ravel(item.matrix_basis).tolist(), item.hide_get(), item.hide_viewport))
        found.append((own.role, own.seed, own.model_sha256, own.index, own.baked_image, own.canvas, appearance))
    return found


def message(verb: str, **options: object) -> str:
    """What a verb says when it refuses; empty if it does its work."""
    try:
        getattr(bpy.ops.blobgan, verb)(**options)
    except RuntimeError as error:
        return str(error)
    return ""


def is_a_clear_word(said: str) -> bool:
    """A sentence of ours for a person: not Blender's “context is incorrect”, not a traceback."""
    words = re.sub(r"^(Operator bpy\.ops\.\w+\.\w+\.poll\(\)|Error:)\s*", "", said.strip())
    return len(words.split()) >= 3 and "context is incorrect" not in said and "Traceback" not in said


@pytest.fixture(autouse=True)
def own_clipboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appearance_file, "copy_place", lambda: tmp_path / "copied.npz")
    gallery.forget()


def nothing_at_all(_model: Path) -> None:
    """An empty file."""


def something_else(_model: Path) -> None:
    """A file with an empty that is no blob, selected."""
    lamp = bpy.data.objects.new("Empty", None)
    bpy.context.scene.collection.objects.link(lamp)
    select(lamp)


def nothing_selected(model: Path) -> None:
    """A room, and no object selected or active."""
    new_room(model)
    select(blobs_here()[0])
    blobs_here()[0].select_set(False)
    bpy.context.view_layer.objects.active = None


def no_blob_selected(model: Path) -> None:
    """A room, and an empty beside it selected."""
    new_room(model)
    something_else(model)


@pytest.mark.parametrize("situation", [nothing_at_all, something_else, nothing_selected, no_blob_selected])
def test_a_grey_button_says_why(situation: Callable[[Path], None], small_model: Path) -> None:
    situation(small_model)
    before = state()
    for verb in VERBS:
        if not getattr(bpy.ops.blobgan, verb).poll():
            said = message(verb)
            assert is_a_clear_word(said), (verb, said)
            assert state() == before, verb
        elif situation in (nothing_at_all, something_else):
            assert verb not in OF_A_ROOM


def of_another_model(blob: Object) -> None:
    """As when it was handed over from another canvas, or its appearance written by a script."""
    write_appearance(blob, np.zeros(256, np.float32), np.zeros(256, np.float32))


def without_appearance(blob: Object) -> None:
    del blob[PHI]


def with_an_appearance_that_is_not_finite(blob: Object) -> None:
    blob[PHI][3] = float("nan")
    blob.update_tag()


def spoilt_room(model: Path, spoil: Callable[[Object], None]) -> None:
    """Two blobs selected, the active one spoilt; an appearance copied, a gallery shown, two frames."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    new_room(model)
    bpy.ops.blobgan.show_variants(first=3, count=1)
    bpy.context.scene.frame_end = 2
    other, blob = blobs_here()[1:3]
    select(other)
    bpy.ops.blobgan.copy_appearance()
    spoil(blob)
    select(other, blob)


@pytest.mark.parametrize("spoil", [of_another_model, without_appearance, with_an_appearance_that_is_not_finite])
def test_with_a_spoilt_blob_each_verb_does_its_work_or_refuses_in_words(
    small_model: Path, spoil: Callable[[Object], None], tmp_path: Path
) -> None:
    options = {
        "bake_animation": {"directory": str(tmp_path / "baked")},
        "save_layout": {"filepath": str(tmp_path / "room.npz")},
        "save_picture": {"filepath": str(tmp_path / "room.png")},
    }
    spoilt_room(small_model, spoil)
    before = state()
    for verb in sorted(OF_A_ROOM - {"load_model"}):
        said = message(verb, **options.get(verb, {}))
        if said:
            assert is_a_clear_word(said), (verb, said)
            assert state() == before, verb
        elif state() != before:  # it took the blob away, put it right, or asked nothing of its appearance
            spoilt_room(small_model, spoil)
            before = state()
    gallery.forget()


def test_without_blobs_nothing_can_be_done_to_one(canvas: Object) -> None:
    for blob in blobs_here():
        bpy.data.objects.remove(blob)
    select(canvas)
    before = state()
    for verb in ("remove_blob", "swap_appearance", "reorder_blob", "random_appearance", "reset_blob", "mark_asset"):
        assert is_a_clear_word(message(verb)), verb
    assert is_a_clear_word(message("auto_complete"))
    assert state() == before
    assert reading_of().layout.blobs == 0
