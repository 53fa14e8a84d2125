"""The model library as an artist uses it: operators and preferences, with real conversions, downloads and pictures."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
import textwrap
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from processes import children, gone, wait_until
from studio import canvas_here, new_room, other_blender, preferences, ran
from test_panels import Paper, on_paper

from blobgan_blender import background, model_tasks, models, runtime
from blobgan_blender.library import shelf
from blobgan_blender.library.card import read_card
from blobgan_blender.library.catalogue import SHIPPED
from blobgan_blender.library.png import read_png
from blobgan_blender.library.search import ModelRef
from blobgan_blender.panels.background import draw_background
from blobgan_blender.panels.model_menu import BLOBGAN_MT_models
from blobgan_blender.preferences import BlobGANPreferences
from blobgan_blender.worker.interpreter import Interpreter

sys.path.append(str(Path(__file__).parent.parent / "library"))
from harsh_server import HarshServer, serving

ours = bpy.ops.blobgan


@pytest.fixture
def prefs(tmp_path: Path) -> Iterator[Any]:
    """The preferences, with a models folder of no plain name, and leave to use the network."""
    system = bpy.context.preferences.system
    before, system.use_online_access = system.use_online_access, True
    with preferences() as own:
        own.models_folder = str(tmp_path / "modèles 模型")
        yield own
        background.stop()
        models.forget()
    system.use_online_access = before


@pytest.fixture
def folder(prefs: Any) -> Path:
    return Path(prefs.models_folder)


@pytest.fixture
def own(folder: Path, small_model: Path) -> Path:
    """A model that stands in the models folder."""
    assert ours.import_model(filepath=str(small_model)) == {"FINISHED"}
    return folder / "small.safetensors"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock") if folder.is_dir() else []


def drawn(own: Any) -> Paper:
    """The preferences on paper."""
    page = Paper()
    BlobGANPreferences.draw(types.SimpleNamespace(layout=page, bl_rna=own.bl_rna), on_paper())
    return page


# What is there


def test_the_bundled_model_is_shown_by_what_it_draws(bundled_model: Path) -> None:
    (found,) = models.standing()
    assert found.weights == bundled_model
    picture, card = read_png(found.picture), read_card(bundled_model)
    assert picture.shape == (128, 128, 3)
    model, room = ModelRef(bundled_model, card.sha256), card.picture_room
    layout = runtime.worker().sample(model, seed=room.seed, truncation=room.truncation).result()
    now = runtime.worker().render(model, layout, noise_seed=0).result().rgb
    assert (np.abs(now.astype(int) - picture) <= 1).mean() > 0.999  # another engine's picture, by the design


def test_the_preferences_say_what_is_there(prefs: Any, own: Path, bundled_model: Path) -> None:
    page, card = drawn(prefs), read_card(bundled_model)
    assert "rooms-v3 · bundled" in page.text
    assert "128², 13 blobs · 15 MB" in page.text
    assert "licence CC0-1.0" in page.text
    assert f"SHA-256 {card.sha256[:16]}…" in page.text
    assert "small · yours" in page.text
    assert page.buttons.count("blobgan.verify_model") == 2
    assert page.buttons.count("blobgan.reveal_model") == 2
    assert page.buttons.count("blobgan.remove_model") == 1


def test_another_blender_that_shares_the_folder(prefs: Any, own: Path, folder: Path, bundled_model: Path) -> None:
    assert [found.name for found in models.standing()] == ["rooms-v3", "small"]
    code = """
        from pathlib import Path
        with preferences() as own:
            own.models_folder = sys.argv[1]
            bpy.ops.blobgan.remove_model(filepath=str(Path(sys.argv[1]) / "small.safetensors"))
            bpy.ops.blobgan.import_model(filepath=sys.argv[2])
        """
    status, _, errors = ran(other_blender(code, folder, bundled_model))
    assert status == 0, errors
    assert [found.weights.name for found in models.standing()] == ["rooms.safetensors", "rooms.safetensors"]


def test_the_menu_of_the_room_offers_what_is_there(prefs: Any, own: Path, small_model: Path) -> None:
    new_room(small_model)
    page = Paper()
    BLOBGAN_MT_models.draw(types.SimpleNamespace(layout=page), bpy.context)
    assert page.words[:2] == ["rooms-v3, 128²", "small, 64²"]
    assert ours.load_model(filepath=str(models.standing()[0].weights)) == {"FINISHED"}
    assert canvas_here().blobgan.model_name == "rooms-v3"


# Import


def test_an_official_checkpoint(folder: Path, official_checkpoint: Path) -> None:
    assert ours.import_model(filepath=str(official_checkpoint), model_name="Étude 1", license="MIT") == {"FINISHED"}
    weights = folder / "Étude 1.safetensors"
    card = shelf.verify(weights)
    assert (card.name, card.license) == ("Étude 1", "MIT")
    assert names(folder) == ["Étude 1.json", "Étude 1.onnx", "Étude 1.png", "Étude 1.safetensors"]
    assert read_png(weights.with_suffix(".png")).shape == (64, 64, 3)
    new_room(weights)
    assert canvas_here().blobgan.model_sha256 == card.sha256


def test_one_s_own_model(own: Path, folder: Path, small_model: Path) -> None:
    assert own.read_bytes() == small_model.read_bytes()
    assert names(folder) == ["small.json", "small.png", "small.safetensors"]
    assert background.outcome().text == "small is in your models folder."


def test_a_model_without_a_picture_gets_one(prefs: Any, own: Path) -> None:
    picture = own.with_suffix(".png")
    before = picture.read_bytes()
    picture.unlink()
    assert "blobgan.draw_model_picture" in drawn(prefs).buttons
    assert ours.draw_model_picture(filepath=str(own)) == {"FINISHED"}
    assert picture.read_bytes() == before
    assert "blobgan.draw_model_picture" not in drawn(prefs).buttons


def test_a_name_that_is_taken_is_told_before_the_work(own: Path, official_checkpoint: Path) -> None:
    with pytest.raises(RuntimeError, match=r"There is a model called small\.safetensors"):
        ours.import_model(filepath=str(official_checkpoint), model_name="small")
    assert background.outcome().text == "small is in your models folder."  # nothing was begun since


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cut.ckpt", b"PK\3\4 and no more", "cut.ckpt"),
        ("hostile.ckpt", b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.", "hostile.ckpt"),
        ("no.safetensors", b"1234567890", r"card no\.json beside the model cannot be read"),
        ("nothing.ckpt", None, "nothing.ckpt cannot be read"),
    ],
)
def test_what_is_no_model(name: str, content: bytes | None, words: str, folder: Path, tmp_path: Path) -> None:
    source = tmp_path / name
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(RuntimeError, match=words):
        ours.import_model(filepath=str(source))
    assert names(folder) == []


def test_without_torch_a_checkpoint_names_what_is_lacking(
    folder: Path, official_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = Path(sys.base_prefix) / "bin" / "python3"
    monkeypatch.setenv("BLOBGAN_PYTHON", str(bare))
    monkeypatch.setattr(runtime, "own_python", lambda: Interpreter(bare))
    with pytest.raises(RuntimeError, match="no Python here has it. Press Set Up PyTorch in the"):
        ours.import_model(filepath=str(official_checkpoint))
    assert names(folder) == []


def test_an_import_can_be_cancelled_and_leaves_nothing(prefs: Any, folder: Path, official_checkpoint: Path) -> None:
    runtime.worker().start()
    assert wait_until(lambda: runtime.worker().info is not None, 60)
    before = children(os.getpid())
    background.start(model_tasks.import_task(official_checkpoint, "", "unknown"))
    assert wait_until(lambda: "Converting" in background.going_on()[2], 30)
    assert not ours.import_model.poll()
    assert "goes on just now" in _why(ours.import_model)
    page = Paper()
    draw_background(on_paper(), page)
    assert page.buttons == ["blobgan.cancel_background"]
    assert "Converting" in page.text
    ours.cancel_background()
    assert wait_until(lambda: not background.pump(), 10)
    assert wait_until(lambda: children(os.getpid()) == before, 10)
    assert names(folder) == []
    assert ours.import_model.poll()


def test_blender_killed_while_it_imports_leaves_no_process_and_no_model(
    folder: Path, official_checkpoint: Path
) -> None:
    code = """
        import os, threading, time
        from blobgan_blender import background
        def die():
            while background.going_on() is None or "Converting" not in background.going_on()[2]:
                time.sleep(0.01)
            time.sleep(0.3)
            from processes import children
            print(*children(os.getpid()), flush=True)
            os.kill(os.getpid(), 9)
        with preferences() as own:
            own.models_folder = sys.argv[1]
            threading.Thread(target=die).start()
            bpy.ops.blobgan.import_model(filepath=sys.argv[2])
        """
    tests = str(Path(__file__).parent.parent)
    command = f"import sys; sys.path.append({tests!r})\n"
    status, output, errors = ran(other_blender(command + textwrap.dedent(code), folder, official_checkpoint))
    assert status == -9, errors
    converting = [int(pid) for pid in output.splitlines()[-1].split()]
    assert converting
    assert all(gone(pid) for pid in converting)
    assert len(models.standing()) == 1


@pytest.mark.parametrize("disk", ["size=10m,ro"], indirect=True)
def test_a_home_that_takes_no_writes(prefs: Any, disk: Path, small_model: Path, official_checkpoint: Path) -> None:
    prefs.models_folder = str(disk / "models")
    for source in (small_model, official_checkpoint):
        with pytest.raises(RuntimeError, match=r"cannot be written to \(Read-only file system\).*choose another one"):
            ours.import_model(filepath=str(source))


def test_a_full_home(prefs: Any, small_disk: Path, small_model: Path, official_checkpoint: Path) -> None:
    prefs.models_folder = str(small_disk)
    for source in (small_model, official_checkpoint):
        with pytest.raises(RuntimeError, match=r"and 0\.3 MB are free. Make room there, or choose another"):
            ours.import_model(filepath=str(source))
    assert names(small_disk) == []


# Verify, remove


def test_verify(own: Path) -> None:
    assert ours.verify_model(filepath=str(own)) == {"FINISHED"}
    assert background.outcome().text.startswith("small is whole: the SHA-256 of small.safetensors")
    data = bytearray(own.read_bytes())
    data[-20] ^= 1
    own.write_bytes(data)
    with pytest.raises(RuntimeError, match="is damaged.*Remove it, and download or import it again"):
        ours.verify_model(filepath=str(own))


def test_a_damaged_model_says_so_in_the_list(prefs: Any, own: Path) -> None:
    shutil.copyfile(own.with_suffix(".json"), own.with_name("cut.json"))
    own.with_name("cut.safetensors").write_bytes(own.read_bytes()[:-9])
    page = drawn(prefs)
    assert "cut · yours" in page.text
    assert "cut.safetensors is damaged or not a model" in page.text


def test_remove(own: Path, folder: Path) -> None:
    assert ours.remove_model(filepath=str(own)) == {"FINISHED"}
    assert names(folder) == []
    assert len(models.standing()) == 1
    with pytest.raises(RuntimeError, match="The library has no model"):
        ours.remove_model(filepath=str(own))


def test_only_models_of_the_library_can_be_removed(prefs: Any, small_model: Path, bundled_model: Path) -> None:
    with pytest.raises(RuntimeError, match="The library has no model"):
        ours.remove_model(filepath=str(small_model))
    with pytest.raises(RuntimeError, match="part of the extension and stays"):
        ours.remove_model(filepath=str(bundled_model))
    assert small_model.is_file()
    assert bundled_model.is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems open folders in other ways")
def test_reveal_opens_the_folder(own: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs, opened = tmp_path / "bin", tmp_path / "opened"
    programs.mkdir()
    (programs / "xdg-open").write_text(f'#!/bin/sh\nprintf %s "$1" > "{opened}"\n')
    (programs / "xdg-open").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    assert ours.reveal_model(filepath=str(own)) == {"FINISHED"}
    assert opened.read_text() == str(folder)
    with pytest.raises(RuntimeError, match="The library has no model"):
        ours.reveal_model(filepath=str(folder))


# The catalogue


@pytest.fixture
def server(small_model: Path) -> Iterator[HarshServer]:
    with serving(small_model.read_bytes()) as running:
        yield running


@pytest.fixture
def catalogue(prefs: Any, server: HarshServer, small_model: Path, tmp_path: Path) -> Path:
    """One that offers the small model from the server, whose manner the test may choose by `manner`."""
    return _catalogue(prefs, server, small_model, tmp_path, "honest")


def _catalogue(prefs: Any, server: HarshServer, small_model: Path, place: Path, manner: str) -> Path:
    card, path = small_model.with_suffix(".json"), place / "catalogue.json"
    server.others = {"/honest/small.json": card.read_bytes()}
    files = [
        {
            "url": f"{server.url(how).rpartition('/')[0]}/{file.name}",
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "size": file.stat().st_size,
        }
        for file, how in ((small_model, manner), (card, "honest"))
    ]
    entry = {"name": "Small rooms", "license": "CC0-1.0", "description": "For tests.", "files": files}
    path.write_text(json.dumps({"format": "blobgan-catalogue", "version": 1, "models": [entry]}))
    prefs.catalogue = str(path)
    return path


def test_nobody_has_looked_and_nothing_is_asked(prefs: Any, catalogue: Path, server: HarshServer) -> None:
    assert "Small rooms" not in drawn(prefs).text
    assert ours.look_for_models() == {"FINISHED"}
    page = drawn(prefs)
    assert "Small rooms · 1.1 MB · licence CC0-1.0" in page.text
    assert "For tests." in page.text
    assert "Download" in page.words
    assert server.asked == []  # the list came from a file, and nothing that it names was fetched


def test_the_catalogue_that_ships_is_empty_and_says_so(prefs: Any) -> None:
    assert models.catalogue() == str(SHIPPED)
    ours.look_for_models()
    assert "This catalogue lists no models" in drawn(prefs).text


def test_a_download(prefs: Any, catalogue: Path, folder: Path) -> None:
    ours.look_for_models()
    assert ours.download_model(sha256=models.offers()[0].sha256) == {"FINISHED"}
    assert names(folder) == ["small.json", "small.png", "small.safetensors"]
    assert "Is there" in drawn(prefs).words
    new_room(folder / "small.safetensors")


def test_a_download_that_broke_off_goes_on(
    prefs: Any, server: HarshServer, small_model: Path, tmp_path: Path, folder: Path
) -> None:
    _catalogue(prefs, server, small_model, tmp_path, "truncates_whole")
    ours.look_for_models()
    sha256 = models.offers()[0].sha256
    with pytest.raises(RuntimeError, match="broke off: the connection ended too early. Try again: it goes on"):
        ours.download_model(sha256=sha256)
    page = drawn(prefs)
    assert "Half downloaded: 0.4 MB of 1.1 MB" in page.text
    assert "Go On" in page.words
    assert len(models.standing()) == 1
    _catalogue(prefs, server, small_model, tmp_path, "honest")
    server.asked.clear()
    ours.look_for_models()
    assert ours.download_model(sha256=sha256) == {"FINISHED"}
    assert server.asked == [("/honest/small.safetensors", f"bytes={server.broken}-")]


def test_what_came_of_a_download_can_be_thrown_away(
    prefs: Any, server: HarshServer, small_model: Path, tmp_path: Path, folder: Path
) -> None:
    _catalogue(prefs, server, small_model, tmp_path, "truncates_whole")
    ours.look_for_models()
    sha256 = models.offers()[0].sha256
    with pytest.raises(RuntimeError, match="broke off"):
        ours.download_model(sha256=sha256)
    assert "blobgan.discard_download" in drawn(prefs).buttons
    (part,) = folder.glob(".*.part")
    with part.open("ab") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        with pytest.raises(RuntimeError, match="is being downloaded by another Blender just now"):
            ours.discard_download(sha256=sha256)
    assert part.exists()
    assert ours.discard_download(sha256=sha256) == {"FINISHED"}
    page = drawn(prefs)
    assert "blobgan.discard_download" not in page.buttons
    assert "Download" in page.words
    assert names(folder) == ["small.json"]


def test_a_download_can_be_cancelled(
    prefs: Any, server: HarshServer, small_model: Path, tmp_path: Path, folder: Path
) -> None:
    _catalogue(prefs, server, small_model, tmp_path, "stalls")
    ours.look_for_models()
    background.start(model_tasks.download_task(models.offers()[0]))
    assert wait_until(lambda: background.going_on()[1] > 0.3, 20)
    assert background.going_on()[2] == "0.4 MB of 1.1 MB"
    ours.cancel_background()
    assert wait_until(lambda: not background.pump(), 10)
    assert background.outcome().text == "Downloading Small rooms was cancelled."
    assert "Go On" in drawn(prefs).words


def test_offline_nothing_is_asked(prefs: Any, catalogue: Path, server: HarshServer) -> None:
    ours.look_for_models()
    bpy.context.preferences.system.use_online_access = False
    assert ours.look_for_models.poll()  # a file is no network
    assert not ours.download_model.poll()
    assert "Allow Online Access" in _why(ours.download_model, sha256=models.offers()[0].sha256)
    prefs.catalogue = server.url("honest")
    assert not ours.look_for_models.poll()
    assert "Allow Online Access" in _why(ours.look_for_models)
    assert server.asked == []


def test_a_catalogue_that_is_none(prefs: Any, server: HarshServer) -> None:
    prefs.catalogue = server.url("missing")
    with pytest.raises(RuntimeError, match=r"no such file any more \(404\)"):
        ours.look_for_models()
    assert models.offers() is None


def test_a_model_that_no_catalogue_lists(prefs: Any) -> None:
    with pytest.raises(RuntimeError, match="Press Look in the preferences"):
        ours.download_model(sha256="0" * 64)


def test_without_a_models_folder_the_next_step_is_named(small_model: Path) -> None:
    with pytest.raises(RuntimeError, match="There is no models folder. Set one in the preferences"):
        ours.import_model(filepath=str(small_model))


def _why(operator: Any, **options: Any) -> str:
    """What a grey button says."""
    with pytest.raises(RuntimeError) as refusal:
        operator(**options)
    return str(refusal.value)
