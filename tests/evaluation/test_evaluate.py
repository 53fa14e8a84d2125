"""The segmenter, the feature networks and the command, on a small data set of drawings."""

from __future__ import annotations

import json
import resource
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from blobgan_blender import cli
from blobgan_blender.core.errors import BlobGANError
from blobgan_blender.datasets.classes import CLASS_NUMBER
from blobgan_blender.datasets.folder import RoomFolder
from blobgan_blender.evaluation import __main__ as evaluation
from blobgan_blender.evaluation import rooms as rooms_module
from blobgan_blender.evaluation.features import FOLDER, NETWORKS, load_networks
from blobgan_blender.evaluation.rooms import held_out, load_rooms
from blobgan_blender.evaluation.segmenter import Segmenter, Training, load_segmenter, save_segmenter, train_segmenter

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 rooms at 64²: a red bed somewhere on grey."""
    folder = RoomFolder(tmp_path_factory.mktemp("rooms"))
    folder.prepare(64, 1)
    random = np.random.RandomState(0)
    for seed in range(24):
        picture, mask = np.full((64, 64, 3), 120, np.uint8), np.zeros((64, 64), np.uint8)
        left, top = random.randint(0, 40, 2)
        picture[top : top + 24, left : left + 24] = (220, 30, 30)
        mask[top : top + 24, left : left + 24] = CLASS_NUMBER["bed"]
        Image.fromarray(picture).save(folder.picture(seed), lossless=True)
        Image.fromarray(mask).save(folder.mask(seed))
    return folder.root


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of feature networks with random weights."""
    folder = tmp_path_factory.mktemp("features")
    torch.manual_seed(0)
    for kind in NETWORKS:
        save_file(kind().state_dict(), folder / f"{kind.title}.safetensors")
    return folder


@pytest.fixture(scope="module")
def segmenter(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained for 40 steps."""
    path = tmp_path_factory.mktemp("segmenter") / "segmenter.safetensors"
    rooms = load_rooms(data, 128, masks=True)
    network, report = train_segmenter(rooms, Training(epochs=40 * 2 / 21, batch=2), CPU)
    save_segmenter(network, path, report)
    return path


def test_the_segmenter_learns_what_is_a_bed(segmenter: Path, data: Path) -> None:
    network, report = load_segmenter(segmenter, CPU)
    assert report["held out"] == 3  # 0, 10, 20
    assert report["iou"]["bed"] > 0.5
    assert report["iou"]["window"] is None
    rooms = load_rooms(data, 64)
    classes = network.classes(torch.from_numpy(rooms.pictures[:2]).permute(0, 3, 1, 2))
    assert classes.shape == (2, 128, 128)


def test_the_same_seed_trains_the_same_network(data: Path) -> None:
    rooms = load_rooms(data, 128, masks=True, limit=20)
    first, second = (train_segmenter(rooms, Training(epochs=0.2, batch=2), CPU)[0].state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_every_tenth_seed_is_held_out_whatever_the_data_set() -> None:
    assert held_out(np.array([0, 1, 9, 10, 25, 9990])).tolist() == [True, False, False, True, False, True]


def test_rooms_are_read_by_seed_and_masks_by_their_nearest_pixel(data: Path) -> None:
    rooms = load_rooms(data, 32, masks=True)
    assert rooms.seeds.tolist() == list(range(24))
    assert rooms.masks is not None
    assert set(np.unique(rooms.masks)) == {0, CLASS_NUMBER["bed"]}
    red = rooms.pictures[..., 0].astype(int) - rooms.pictures[..., 1] > 95
    assert (red == (rooms.masks > 0)).mean() > 0.95


def test_several_processes_decode_the_same(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = load_rooms(data, 32, masks=True)
    monkeypatch.setattr(rooms_module, "_CHUNK", 12)
    monkeypatch.setattr(rooms_module.os, "cpu_count", lambda: 2)
    shared = load_rooms(data, 32, masks=True)
    assert np.array_equal(alone.pictures, shared.pictures)
    assert shared.masks is not None
    assert np.array_equal(alone.masks, shared.masks)


def test_bad_data_is_said_in_a_sentence(data: Path, tmp_path: Path) -> None:
    with pytest.raises(BlobGANError, match="no data set of rooms"):
        load_rooms(tmp_path, 64)
    copied = tmp_path / "rooms"
    shutil.copytree(data, copied)
    RoomFolder(copied).mask(3).unlink()
    assert len(load_rooms(copied, 64).seeds) == 24
    with pytest.raises(BlobGANError, match="0000003.png cannot be used"):
        load_rooms(copied, 64, masks=True)
    RoomFolder(copied).picture(5).write_bytes(b"no picture")
    with pytest.raises(BlobGANError, match="0000005.webp cannot be read"):
        load_rooms(copied, 64)
    (copied / "pictures" / "x.webp").touch()
    for seed in range(6, 24):
        RoomFolder(copied).picture(seed).unlink()
    with pytest.raises(BlobGANError, match="holds 6 rooms"):
        load_rooms(copied, 64)


def test_masks_of_another_scene_are_refused_and_its_pictures_read(data: Path, tmp_path: Path) -> None:
    copied = RoomFolder(tmp_path / "cups")
    shutil.copytree(data, copied.root)
    copied.write_card({"classes": ["background", "cup"]})
    assert len(load_rooms(copied.root, 64).seeds) == 24
    with pytest.raises(BlobGANError, match="holds pictures of another scene, not of rooms"):
        load_rooms(copied.root, 64, masks=True)


def test_the_command_prints_the_same_table_for_every_model(
    small_model: Path, data: Path, networks: Path, segmenter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["--data", data, "--features", networks, "--segmenter", segmenter, "--device", "cpu", "--seed", 5]
    where = ["--json", tmp_path / "report.json", "--sheets", tmp_path / "sheets"]
    arguments = ["evaluate", small_model, small_model, *common, "--count", 8, "--samples", 2, *where]
    assert cli.main([str(part) for part in arguments]) == 0
    printed = capsys.readouterr().out
    for heading in ("Fidelity, truncation 0.0, seed 5 (these are no FID)", "Blobs are objects", "Layouts, standard"):
        assert heading in printed
    report = json.loads((tmp_path / "report.json").read_text())
    first, second = report["models"]
    for section in ("fidelity", "blobs", "layouts"):
        for model in (first, second):
            del model[section]["seconds"]
    assert first == second
    found = first["fidelity"]["networks"]["inception"]
    # “× floor” compares like with like: 8 pictures are drawn, so the floor is of 8 too.
    assert (found["all"]["counts"], found["equal"]["counts"], found["floor"]["counts"]) == ([24, 8], [8, 8], [8, 8])
    assert found["ratio"] == found["equal"]["frechet"] / found["floor"]["frechet"]
    assert found["floor"]["frechet"] < found["all"]["frechet"]
    assert report["data"]["pictures"] == 24
    assert len(report["data"]["sha256"]) == 64
    assert len(first["layouts"]["blobs"]) == len(first["blobs"]["blobs"]) == 5
    sheets = {path.name for path in (tmp_path / "sheets").iterdir()}
    assert sheets == {f"small-{kind}.webp" for kind in ("samples", "edits", "classes")}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "There is nothing to measure"),
        (["--fidelity"], "name rendered rooms with --data DIR"),
        (["--blobs"], "name it with --segmenter F"),
        (["--blobs", "--segmenter", "nowhere.safetensors"], "There is no segmenter nowhere.safetensors. Train one"),
        (["--data", "nowhere", "--fidelity"], "nowhere is no data set of rooms"),
        (["--data", "nowhere", "--fidelity", "--features", "nowhere"], "nowhere/squeezenet.safetensors is not there"),
    ],
)
def test_what_is_missing_is_said_before_anything_takes_time(
    arguments: list[str], sentence: str, networks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    features = [] if "--features" in arguments else ["--features", str(networks)]
    assert cli.main(["evaluate", "rooms", *features, "--device", "cpu", *arguments]) == 1
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_a_foreign_file_is_no_segmenter_and_no_feature_network(small_model: Path, tmp_path: Path) -> None:
    with pytest.raises(BlobGANError, match="no segmenter that can be used"):
        load_segmenter(small_model, CPU)
    shutil.copy(small_model, tmp_path / "squeezenet.safetensors")
    with pytest.raises(BlobGANError, match="is not the squeezenet of this version"):
        load_networks(tmp_path, CPU)


def test_a_full_disk_leaves_no_half_segmenter(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))  # to a program that is a disk running full
    try:
        with pytest.raises(BlobGANError, match=r"s\.safetensors cannot be written"):
            save_segmenter(Segmenter(), tmp_path / "s.safetensors", {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.iterdir())


def test_the_segmenter_is_trained_by_a_command(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "s.safetensors"
    arguments = ["segmenter", "--data", data, "--out", out, "--epochs", 0.1, "--batch", 2, "--device", "cpu"]
    assert evaluation.main([str(part) for part in arguments]) == 0
    assert "| bed |" in capsys.readouterr().out
    assert load_segmenter(out, CPU)[1]["steps"] == 1
    assert evaluation.main(["segmenter", "--data", str(tmp_path)]) == 1
    assert "no data set of rooms" in capsys.readouterr().err


def test_train_is_a_command_that_needs_pictures(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["train"]) == 1
    assert capsys.readouterr().err == "blobgan: Training needs pictures: --data DIR.\n"
    assert cli.main(["train", "--data", str(tmp_path), "--out", str(tmp_path / "run"), "--tiny"]) == 1
    assert "holds no pictures" in capsys.readouterr().err


@pytest.mark.skipif(not FOLDER.expanduser().is_dir(), reason="python scripts/feature_networks.py was not run")
def test_the_converted_networks_compute_what_their_packages_do() -> None:
    from scripts.feature_networks import _agrees

    assert all(_agrees(network) for network in load_networks(FOLDER, CPU))
