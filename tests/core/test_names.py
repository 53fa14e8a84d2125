"""Names of passes: as short as they must be, and all different."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from blobgan_blender.core.names import LONGEST, pass_names, room_beside


def test_ordinary_names_stay() -> None:
    assert pass_names(["Bed", "Fenster", "Lamp 2"]) == ["Bed", "Fenster", "Lamp 2"]


def test_a_full_stop_would_separate_channels() -> None:
    assert pass_names(["Blob.001", "Blob_001"]) == ["Blob_001", "Blob_001~2"]


def test_names_that_mean_something_else_already() -> None:
    assert pass_names(["Depth"], taken=["Depth"]) == ["Depth~2"]


def test_long_names_stay_apart_in_any_order() -> None:
    names = ["x" * 70 + "left", "x" * 70 + "right"]
    found = pass_names(names)
    assert found == pass_names(names[::-1])[::-1]
    assert len(set(found)) == 2


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=8), st.integers(16, LONGEST))
def test_any_names(names: list[str], room: int) -> None:
    found = pass_names(names, room)
    assert len(set(found)) == len(names) == len(found)
    assert all(len(name.encode()) <= room and "." not in name for name in found)


def test_a_file_has_room_for_layer_pass_and_channel() -> None:
    assert room_beside("ViewLayer") == 63 - len("ViewLayer..X")
    assert room_beside("x" * 63) == 16
