"""Two hundred random edits, taken back one by one and done again: the same layouts, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import bpy
import pytest
from bpy.types import Object
from studio import blobs_here, drawn, duplicate, reading_of, same, select, settle, shown

from blobgan_blender.scene import appearance_file

STEPS = 200
OP = ("EXEC_DEFAULT", True)


def by_hand(edit: Callable[[], object]) -> None:
    """Blender pushes an undo step after a person's edit; a script must."""
    edit()
    bpy.ops.ed.undo_push(message="by hand")


def edit_at_random(random: Random) -> None:
    """One edit of one or two blobs, by the operator or the property that an artist would use."""
    blobs = blobs_here()
    chosen = random.sample(blobs, min(2, len(blobs)))
    select(*chosen)
    blob, ops = chosen[-1], bpy.ops.blobgan
    parts = random.choice(["BOTH", "STRUCTURE", "STYLE"])
    edits: list[Callable[[], object]] = [
        lambda: bpy.ops.transform.translate(*OP, value=(random.uniform(-0.3, 0.3), random.uniform(-0.3, 0.3), 0)),
        lambda: bpy.ops.transform.resize(*OP, value=[random.uniform(0.7, 1.4)] * 3),
        lambda: bpy.ops.transform.rotate(*OP, value=random.uniform(-1, 1), orient_axis="Z"),
        lambda: by_hand(lambda: setattr(blob.blobgan, "aspect", random.uniform(1, 4))),
        lambda: ops.reorder_blob(*OP, to=random.choice(["FRONT", "FORWARD", "BACKWARD", "BACK"])),
        lambda: ops.swap_appearance(*OP, parts=parts),
        lambda: ops.take_appearance(*OP, parts=parts),
        lambda: ops.random_appearance(*OP, seed=random.randrange(50), parts=parts, amount=random.random()),
        lambda: ops.restyle_background(*OP, seed=random.randrange(50), parts=parts),
        lambda: ops.reset_blob(*OP),
        lambda: ops.empty_room(*OP),
        lambda: ops.empty_room(*OP),
    ]
    if len(blobs) < 9:
        edits.append(lambda: by_hand(lambda: duplicate(blob)))
    if len(blobs) > 3:
        edits.append(lambda: ops.remove_blob(*OP))
    # A room put away is brought back before it is edited: its blobs cannot be selected.
    if any(item.blobgan.put_away for item in blobs):
        edits = [lambda: ops.empty_room(*OP)]
    random.choice(edits)()


def signature() -> str:
    return reading_of().signature


@pytest.mark.timeout(300)
def test_undo_and_redo_through_random_edits(canvas: Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appearance_file, "copy_place", lambda: tmp_path / "copied.npz")
    preferences, random = bpy.context.preferences.edit, Random(4)
    before = preferences.undo_steps
    preferences.undo_steps = 256  # the most that there are
    try:
        canvas.blobgan.live = False  # the pictures are looked at in the end: here layouts count
        bpy.ops.ed.undo_push(message="start")
        made = [signature()]
        for _ in range(STEPS):
            edit_at_random(random)
            made.append(signature())
        assert len(set(made)) > STEPS / 2
        for wanted in reversed(made[:-1]):
            bpy.ops.ed.undo()
            assert signature() == wanted
        for wanted in made[1:]:
            bpy.ops.ed.redo()
            assert signature() == wanted
        bpy.context.scene.blobgan.canvas.blobgan.live = True
        settle()
        assert same(shown(), drawn())
    finally:
        preferences.undo_steps = before
