"""Pictures of all kinds and in all places, decoded once; and the order in which a run sees them."""

from __future__ import annotations

import dataclasses
import io
import logging
import shutil
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from drawings import draw_folder, drawing
from PIL import Image

from blobgan_blender.library.locking import take
from blobgan_blender.training.augment import augment, mirror
from blobgan_blender.training.batches import Loader, Order
from blobgan_blender.training.config import PRESETS, TrainingConfig
from blobgan_blender.training.decoding import decode
from blobgan_blender.training.errors import TrainingError
from blobgan_blender.training.pictures import Report, load_pictures
from blobgan_blender.training.sources import list_pictures


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


# One picture


def test_a_picture_of_the_right_size_stays_as_it_is() -> None:
    found, facts = decode(encoded(drawing(3)), 64)
    assert found is not None
    assert np.array_equal(found, np.asarray(drawing(3)))
    assert (facts.width, facts.height, facts.notes, facts.problem) == (64, 64, (), "")


@pytest.mark.parametrize(("width", "height"), [(96, 64), (64, 96), (200, 65)])
def test_the_middle_square_is_taken(width: int, height: int) -> None:
    image = Image.new("RGB", (width, height), "red")
    side = min(width, height)
    image.paste("blue", ((width - side) // 2, (height - side) // 2, (width + side) // 2, (height + side) // 2))
    found, _ = decode(encoded(image), 32)
    assert found is not None
    assert found.shape == (32, 32, 3)
    assert (found[1:-1, 1:-1] == (0, 0, 255)).all()


def grey16() -> Image.Image:
    return Image.fromarray(np.asarray(drawing(3).convert("L"), np.uint16) * 257)


def with_alpha() -> Image.Image:
    image = drawing(3).convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    return image


@pytest.mark.parametrize(
    ("image", "kind", "notes", "wanted", "tolerance"),
    [
        (grey16(), "PNG", {"16-bit", "grey"}, drawing(3).convert("L").convert("RGB"), 1),
        (grey16(), "TIFF", {"16-bit", "grey"}, drawing(3).convert("L").convert("RGB"), 1),
        (drawing(3).convert("CMYK"), "TIFF", {"CMYK"}, drawing(3), 2),
        (drawing(3).convert("CMYK"), "JPEG", {"CMYK"}, drawing(3), 60),
        (with_alpha(), "PNG", {"alpha"}, Image.new("RGB", (64, 64), "white"), 0),
        (with_alpha(), "WEBP", {"alpha"}, Image.new("RGB", (64, 64), "white"), 0),
        (drawing(3).convert("P"), "PNG", set(), drawing(3).convert("P").convert("RGB"), 0),
    ],
)
def test_unusual_kinds(image: Image.Image, kind: str, notes: set[str], wanted: Image.Image, tolerance: int) -> None:
    found, facts = decode(encoded(image, kind), 64)
    assert found is not None
    assert set(facts.notes) == notes
    assert np.abs(found.astype(int) - np.asarray(wanted).astype(int)).max() <= tolerance


def test_a_photograph_held_sideways_stands_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise to see it upright
    found, _ = decode(encoded(drawing(3), exif=exif), 64)
    assert found is not None
    assert np.array_equal(found, np.rot90(np.asarray(drawing(3)), -1))


@pytest.mark.parametrize("data", [b"", b"no picture", encoded(drawing(0))[:200], encoded(drawing(0), "WEBP")[:60]])
def test_a_broken_picture_says_why(data: bytes) -> None:
    found, facts = decode(data, 32)
    assert found is None
    assert facts.problem


# A set of them


def pack(folder: Path, archive: Path, prefix: str = "") -> Path:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as made:
            for file in files:
                made.write(file, prefix + str(file.relative_to(folder)))
    else:
        with tarfile.open(archive, "w:xz" if archive.name.endswith("xz") else "w") as tar:
            for file in files:
                tar.add(file, prefix + str(file.relative_to(folder)))
    return archive


@pytest.mark.parametrize("name", ["all.zip", "all.tar", "all.tar.xz"])
def test_an_archive_is_as_good_as_a_folder(drawings: Path, tmp_path: Path, name: str) -> None:
    wanted = load_pictures(drawings, 32, tmp_path / "cache").rows
    found = load_pictures(pack(drawings, tmp_path / name), 32, tmp_path / "cache").rows
    assert np.array_equal(found, wanted)


def rooms_folder(root: Path, seeds: range) -> Path:
    """A data set as `blobgan_blender.datasets` renders it, its masks drawings too."""
    for kind in ("pictures", "masks"):
        (root / kind).mkdir(parents=True)
    (root / "dataset.json").write_text("{}")
    for seed in seeds:
        drawing(seed).save(root / "pictures" / f"{seed:07d}.webp", lossless=True)
        drawing(seed + 100).save(root / "masks" / f"{seed:07d}.png")
    return root


def test_a_folder_of_shards_of_rooms_gives_their_pictures_without_masks(tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    shards.mkdir()
    for start in (0, 10):
        rooms = rooms_folder(tmp_path / f"rooms{start}", range(start, start + 10))
        pack(rooms, shards / f"rooms-{start:02d}.tar.xz")
    found = load_pictures(shards, 64, tmp_path / "cache").rows
    assert np.array_equal(found, np.stack([np.asarray(drawing(seed)) for seed in range(20)]))
    assert len(list_pictures(tmp_path / "rooms0")[0].names) == 10


@pytest.mark.parametrize(
    ("name", "prefix"), [("a.tar", "./"), ("a.tar", "rooms-256/"), ("a.zip", "rooms-256/"), ("a.zip", "sets/rooms/")]
)
def test_rooms_are_known_however_they_were_packed(tmp_path: Path, name: str, prefix: str) -> None:
    rooms = rooms_folder(tmp_path / "rooms", range(16))
    found = load_pictures(pack(rooms, tmp_path / name, prefix), 64, tmp_path / "cache").rows
    assert np.array_equal(found, np.stack([np.asarray(drawing(seed)) for seed in range(16)]))


def test_rooms_lie_beside_other_pictures_in_one_folder(tmp_path: Path) -> None:
    rooms_folder(tmp_path / "all" / "sets" / "rooms-256", range(3))
    other = draw_folder(tmp_path / "all" / "photographs", 2)
    (other / "dataset.json").write_text('{"labels": null}')  # as StyleGAN's tools write one
    assert list_pictures(tmp_path / "all")[0].names == (
        "photographs/000.png",
        "photographs/001.png",
        *(f"sets/rooms-256/pictures/000000{seed}.webp" for seed in range(3)),
    )


def test_many_processes_decode_what_one_does(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "many", 150)
    for name in ("007.png", "149.png"):
        (folder / name).write_bytes(b"broken")
    one = load_pictures(folder, 16, tmp_path / "one", processes=1)
    two = load_pictures(folder, 16, tmp_path / "two", processes=2)
    assert one.rows.shape == (148, 16, 16, 3)
    assert np.array_equal(one.rows, two.rows)
    assert dataclasses.replace(one.report, seconds=0) == dataclasses.replace(two.report, seconds=0)
    assert [name for name, _ in one.report.examples] == ["007.png", "149.png"]


def test_what_was_decoded_is_not_decoded_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = draw_folder(tmp_path / "some", 17)
    first = load_pictures(folder, 32, tmp_path / "cache")
    with caplog.at_level(logging.INFO):
        again = load_pictures(folder, 32, tmp_path / "cache")
        assert "Decoded before" in caplog.text
    assert np.array_equal(first.rows, again.rows)
    assert first.report == again.report
    drawing(99).save(folder / "000.png")
    assert not np.array_equal(load_pictures(folder, 32, tmp_path / "cache").rows, first.rows)


def test_a_run_waits_for_another_that_decodes_into_the_same_cache(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, cache = draw_folder(tmp_path / "some", 17), tmp_path / "cache"
    wanted = load_pictures(folder, 32, tmp_path / "other").rows
    cache.mkdir()
    with caplog.at_level(logging.INFO), ThreadPoolExecutor(1) as pool, (cache / ".lock").open("ab") as lock:
        take(lock, "As another process would")
        caplog.clear()
        second = pool.submit(load_pictures, folder, 32, cache)
        while "waiting for it" not in caplog.text:
            assert not second.done()
        assert [path.name for path in cache.iterdir()] == [".lock"]
        shutil.copytree(tmp_path / "other", cache, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".lock"))
        lock.close()
        assert np.array_equal(second.result().rows, wanted)
        assert "Decoded before" in caplog.text


def test_the_report_names_what_is_odd(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "odd", 16)
    drawing(1, 96, 40).save(folder / "wide.jpg")
    with_alpha().save(folder / "clear.webp")
    grey16().save(folder / "deep.png")
    (folder / "zz.png").write_bytes(b"broken")
    (folder / ".hidden.png").write_bytes(b"not looked at")
    (folder / "notes.txt").write_text("no picture")
    report = load_pictures(folder, 64, tmp_path / "cache").report
    assert report == Report(
        source=str(folder),
        count=19,
        sizes=(40, 64, 64),
        not_square=1,
        enlarged=1,
        notes={"16-bit": 1, "grey": 1, "alpha": 1},
        broken=1,
        examples=[("zz.png", report.examples[0][1])],
        seconds=report.seconds,
    )
    said = "\n".join(report.lines())
    for words in ("19 pictures", "1 are not square", "1 have 16 bits", "1 cannot be read", "zz.png"):
        assert words in said


def test_too_few_pictures_end_in_a_sentence(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(TrainingError, match="holds no pictures"):
        load_pictures(empty, 32, tmp_path / "cache")
    with pytest.raises(TrainingError, match="holds 3 pictures; training needs 16"):
        load_pictures(draw_folder(tmp_path / "three", 3), 32, tmp_path / "cache")
    broken = draw_folder(tmp_path / "broken", 16)
    (broken / "004.png").write_bytes(b"broken")
    with pytest.raises(TrainingError, match="15 pictures that can be read, of 16.*004.png"):
        load_pictures(broken, 32, tmp_path / "cache")
    with pytest.raises(TrainingError, match="no folder of pictures"):
        load_pictures(tmp_path / "nowhere", 32, tmp_path / "cache")
    (tmp_path / "bad.zip").write_bytes(b"PK no zip")
    with pytest.raises(TrainingError, match="damaged or no archive"):
        load_pictures(tmp_path / "bad.zip", 32, tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [".lock"], "nothing half-done is left"


# What a step sees


def test_each_epoch_sees_every_picture_once() -> None:
    order = Order(10, seed=3)
    seen = order.rows(0, 40).reshape(4, 10)
    assert (np.sort(seen, axis=1) == np.arange(10)).all()
    assert len({tuple(epoch) for epoch in seen}) == 4
    assert np.array_equal(Order(10, seed=3).rows(7, 16), seen.reshape(-1)[7:23])
    assert not np.array_equal(Order(10, seed=4).rows(0, 40).reshape(4, 10), seen)


def test_a_batch_is_in_range_and_channels_last() -> None:
    rows = np.random.RandomState(0).randint(0, 256, (5, 8, 8, 3)).astype(np.uint8)
    batch = Loader(rows, torch.device("cpu")).batch(np.array([4, 0]))
    assert batch.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(((batch + 1) * 127.5).round().byte().permute(0, 2, 3, 1), torch.from_numpy(rows[[4, 0]]))


def test_augmentation_passes_gradients_and_follows_its_generator() -> None:
    images = torch.rand(4, 3, 32, 32) * 2 - 1
    images.requires_grad_()
    one = augment(images, torch.Generator().manual_seed(5))
    two = augment(images, torch.Generator().manual_seed(5))
    assert torch.equal(one, two)
    assert not torch.equal(one, augment(images, torch.Generator().manual_seed(6)))
    # The square that is cut out has at most a quarter of the picture.
    assert all(0 < (picture == 0).all(dim=0).float().mean() < 0.45 for picture in one)
    one.square().sum().backward()
    assert images.grad is not None
    assert images.grad.isfinite().all()


def test_mirrored_pictures_are_whole() -> None:
    images = torch.rand(16, 3, 8, 8)
    found = mirror(images, torch.Generator().manual_seed(1))
    kept = (found == images).flatten(1).all(dim=1)
    turned = (found == images.flip(3)).flatten(1).all(dim=1)
    assert (kept ^ turned).all()
    assert 0 < kept.sum() < 16


# The configuration


def test_configuration_survives_its_file(tmp_path: Path) -> None:
    for config in PRESETS.values():
        config.write(tmp_path / "config.json")
        assert TrainingConfig.read(tmp_path / "config.json") == config


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"batch": 0}, "batch must be larger than 0"),
        ({"loss": "hinge"}, "loss must be one of logistic, relativistic"),
        ({"resolution": 100}, "16 · 2\\^n"),
        ({"blobs": "ten"}, "blobs must be of the kind int"),
        ({"blops": 3}, "unknown options: blops"),
        ({"r1_gamma": -1}, "must not be negative"),
        ({"seed": -1}, "seed must not be negative; it is -1"),
        ({"sheet_every": -1}, "sheet_every must not be negative"),
        ({"model_every": -1}, "model_every must not be negative"),
        ({"checkpoint_minutes": -1}, "checkpoint_minutes must not be negative"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        TrainingConfig.from_dict(dataclasses.asdict(PRESETS["tiny"]) | change, "test")
