"""The command line: what it writes, and that no foreseeable failure ends in a traceback."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from golden.cases import RELATIVE, case, fixed_noise, input_layout, relative_l2
from PIL import Image
from safetensors.numpy import load_file, save_file

from blobgan_blender.cli import main
from blobgan_blender.core.layout import Layout
from blobgan_blender.core.palette import palette
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.predictor import Predictor, map_to_rgb8, to_rgb8
from blobgan_blender.inference.torch_engine import TorchEngine
from blobgan_blender.library.card import card_path, read_card
from blobgan_blender.library.catalogue import read_catalogue
from blobgan_blender.library.layout_file import read_layout, write_layout
from blobgan_blender.library.model_file import sha256_of
from blobgan_blender.library.search import bundled_model

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOBGAN_DEVICE", "cpu")


@pytest.fixture(scope="module")
def predictor(small_model: Path) -> Predictor:
    return TorchEngine("cpu").load(small_model)


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def failure(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a command that must fail with status 1; its one sentence."""
    capsys.readouterr()
    assert run(*arguments) == 1
    output = capsys.readouterr()
    assert output.err.startswith("blobgan: ")
    assert output.err.count("\n") == 1
    return output.err


def misuse(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a command that must be refused as usage, with status 2; the last line."""
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err.strip().split("\n")[-1]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.mode == "RGB"
        return np.asarray(image)


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh Python that knows the package."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


# info


def test_info_says_what_a_model_is(small_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", small_model) == 0
    output = capsys.readouterr().out
    for fact in ("small\n", str(small_model), sha256_of(small_model), "64 × 64, 5 blobs", "CC0-1.0", "random weights"):
        assert fact in output


def test_info_names_the_rooms_to_start_with(
    small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copyfile(small_model, tmp_path / "a.safetensors")
    rooms = {"Attic": {"seed": 3, "truncation": 0.4}, "Cellar": {"seed": 9, "truncation": 1}}
    (tmp_path / "a.json").write_text(json.dumps(json.loads(card_path(small_model).read_text()) | {"rooms": rooms}))
    assert run("info", tmp_path / "a.safetensors") == 0
    assert "Attic (seed 3, truncation 0.4), Cellar (seed 9, truncation 1)\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", [None, "rooms", read_card(bundled_model()).name])
def test_the_bundled_model_goes_by_its_names(name: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", *([] if name is None else [name])) == 0
    assert str(bundled_model()) in capsys.readouterr().out


def test_info_names_what_is_wrong(small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no bundled model of that name. The bundled ones: rooms" in failure(capsys, "info", "kitchens")
    assert "There is no model at" in failure(capsys, "info", tmp_path / "a.safetensors")
    changed = tmp_path / "changed.safetensors"
    shutil.copyfile(card_path(small_model), card_path(changed))
    changed.write_bytes(small_model.read_bytes()[:-1] + b"\xff")
    assert "not the model of its card" in failure(capsys, "info", changed)
    changed.write_bytes(small_model.read_bytes()[:-9])
    assert "damaged" in failure(capsys, "info", changed)


def test_catalogue_offers_models(small_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("catalogue", small_model, "rooms") == 0
    small, rooms = read_catalogue(capsys.readouterr().out, "https://example.com/models/catalogue.json")
    assert (small.name, small.sha256) == ("small", sha256_of(small_model))
    assert [file.url for file in rooms.files][-1] == "https://example.com/models/rooms.safetensors"
    assert "There is no model at" in failure(capsys, "catalogue", small_model.with_name("a.safetensors"))


def test_a_strangers_card_cannot_write_to_the_terminal(
    small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copyfile(small_model, tmp_path / "a.safetensors")
    card = json.loads(card_path(small_model).read_text()) | {"notes": "\x1b]0;gotcha\x07"}
    (tmp_path / "a.json").write_text(json.dumps(card))
    assert run("info", tmp_path / "a.safetensors") == 0
    assert "\x1b" not in capsys.readouterr().out
    (tmp_path / "a.json").write_text(json.dumps(card | {"\x1b]0;gotcha\x07": 1}))
    sentence = failure(capsys, "info", tmp_path / "a.safetensors")
    assert "gotcha" in sentence
    assert "\x1b" not in sentence


# convert


def test_convert(official_checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    described = ("--name", "Bedrooms", "--license", "BSD-2-Clause", "--training-data", "LSUN", "--truncation", "0.25")
    assert run("convert", official_checkpoint, tmp_path / "a.v1", *described) == 0
    output = capsys.readouterr().out
    path = tmp_path / "a.v1.safetensors"
    card = read_card(path)
    assert (card.name, card.license, card.training_data, card.truncation) == ("Bedrooms", "BSD-2-Clause", "LSUN", 0.25)
    assert card.sha256 == sha256_of(path)
    assert card.sha256 in output
    assert "computed from 10,000 layouts" in output

    assert run("convert", official_checkpoint, tmp_path / "b.safetensors") == 0
    assert sha256_of(tmp_path / "b.safetensors") == card.sha256, "the same input makes the same file"
    assert read_card(tmp_path / "b.safetensors").name == "b"
    assert TorchEngine("cpu").load(path).config.resolution == 64


def test_convert_with_a_mean_latent(
    official_checkpoint: Path, small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    torch.save(torch.from_numpy(case("common")["mean_latent"]), tmp_path / "mean.pt")
    assert run("convert", official_checkpoint, tmp_path / "a", "--mean-latent", tmp_path / "mean.pt") == 0
    assert sha256_of(tmp_path / "a.safetensors") == sha256_of(small_model)
    assert f"Mean latent: {tmp_path / 'mean.pt'}" in capsys.readouterr().out


def test_convert_refuses_in_one_sentence(
    official_checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "nothing.ckpt cannot be read" in failure(capsys, "convert", tmp_path / "nothing.ckpt", tmp_path / "a")
    (tmp_path / "cut.ckpt").write_bytes(official_checkpoint.read_bytes()[:100_000])
    assert "cut.ckpt is truncated" in failure(capsys, "convert", tmp_path / "cut.ckpt", tmp_path / "a")
    assert "nothing.pt cannot be read" in failure(
        capsys, "convert", official_checkpoint, tmp_path / "a", "--mean-latent", tmp_path / "nothing.pt"
    )
    assert "cannot be written" in failure(capsys, "convert", official_checkpoint, tmp_path / "cut.ckpt" / "a")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["cut.ckpt"]


# sample


def test_sample_writes_numbered_pictures_maps_and_layouts(
    small_model: Path, predictor: Predictor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "folder"
    assert run("sample", "--model", small_model, "--seed", 7, "--count", 3, "--out", out) == 0
    assert "0002.png  seed 9" in capsys.readouterr().out
    names = [f"000{i}{end}" for i in range(3) for end in (".png", "_blobs.png", "_layout.npz")]
    assert sorted(entry.name for entry in out.iterdir()) == sorted(names)

    layout = predictor.sample(z_from_seed(9, 1, 32), predictor.card.truncation)
    noise = noise_from_seed(0, 64)
    assert np.array_equal(pixels(out / "0002.png"), to_rgb8(predictor.render(layout, noise))[0])
    assert np.array_equal(pixels(out / "0002_blobs.png"), map_to_rgb8(predictor.blob_map(layout, palette(5)))[0])
    for name, array in read_layout(out / "0002_layout.npz").arrays().items():
        assert np.array_equal(array, getattr(layout, name))


def test_each_numbered_picture_is_that_of_its_own_seed(small_model: Path, tmp_path: Path) -> None:
    assert run("sample", "--model", small_model, "--seed", 3, "--count", 3, "--out", tmp_path / "all") == 0
    assert run("sample", "--model", small_model, "--seed", 5, "--out", tmp_path / "one") == 0
    for ending in (".png", "_blobs.png", "_layout.npz"):
        alone = (tmp_path / "one" / f"0000{ending}").read_bytes()
        assert alone == (tmp_path / "all" / f"0002{ending}").read_bytes()
        assert alone != (tmp_path / "all" / f"0001{ending}").read_bytes()


def test_sample_from_noise_is_the_golden_case(small_model: Path, tmp_path: Path) -> None:
    data = case("batch2")
    np.save(tmp_path / "z.npy", data["in_z"])
    arguments = ("sample", "--model", small_model, "--z", tmp_path / "z.npy", "--truncation", 0, "--out")
    assert run(*arguments, tmp_path / "both") == 0
    assert len(list((tmp_path / "both").glob("*_layout.npz"))) == 2
    for index in range(2):
        layout = read_layout(tmp_path / "both" / f"000{index}_layout.npz")
        assert np.abs(layout.xs[0] - data["layout_xs"][index]).max() < 5e-6
    assert run(*arguments, tmp_path / "one", "--count", 1) == 0
    assert len(list((tmp_path / "one").glob("*.png"))) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (np.zeros((2, 31)), "makes layouts of noise z (N, 32), not (1, 31)"),
        (np.zeros(32), "is no noise"),
        (np.full((1, 32), np.nan), "is no noise"),
        (np.array(["a"]), "is no noise"),
        (np.array([{"a": 1}], object), "is no noise"),
        (b"hello", "is no noise"),
        (b"", "is no noise"),
        (None, "cannot be read (No such file"),
    ],
)
def test_noise_that_is_none_is_refused(
    small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: object, reason: str
) -> None:
    path = tmp_path / "z.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        np.save(path, content)
    assert reason in failure(capsys, "sample", "--model", small_model, "--z", path, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_more_rows_than_there_are(small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "z.npy", np.zeros((2, 32)))
    arguments = ("sample", "--model", small_model, "--z", tmp_path / "z.npy", "--count", 3, "--out", tmp_path)
    assert "holds 2 rows of noise, 3 were asked for" in failure(capsys, *arguments)


# render


@pytest.fixture
def golden_files(tmp_path: Path) -> tuple[Path, Path]:
    """The layouts and the noise of a golden case of two."""
    write_layout(tmp_path / "layout.npz", input_layout(case("edit_batch2")))
    np.savez(tmp_path / "noise.npz", **{f"noise_{index}": map_ for index, map_ in enumerate(fixed_noise())})
    return tmp_path / "layout.npz", tmp_path / "noise.npz"


def test_render_to_arrays(small_model: Path, predictor: Predictor, golden_files: tuple[Path, Path]) -> None:
    layout, noise = golden_files
    wanted = case("edit_batch2")["image"]
    for ending in (".npy", ".npz"):
        out = layout.with_name(f"picture{ending}")
        assert run("render", "--model", small_model, "--layout", layout, "--noise", noise, "--out", out) == 0
    image = np.load(layout.with_name("picture.npy"))
    assert image.dtype == np.float32
    assert image.shape == (2, 3, 64, 64)
    assert relative_l2(image, wanted) <= RELATIVE
    assert np.abs(image).max() > 1, "not clamped"
    both = np.load(layout.with_name("picture.npz"))
    assert sorted(both.files) == ["blob_map", "image"]
    assert np.array_equal(both["image"], image)
    assert np.allclose(both["blob_map"], predictor.blob_map(read_layout(layout), palette(5)), atol=1e-6)


def test_several_pictures_are_numbered(
    small_model: Path, predictor: Predictor, golden_files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    layout, _ = golden_files
    out = layout.with_name("picture.PNG")
    assert run("render", "--model", small_model, "--layout", layout, "--noise-seed", 4, "--out", out) == 0
    assert not out.exists()
    assert "picture_0001.PNG" in capsys.readouterr().out
    second = predictor.render(read_layout(layout).one(1), noise_from_seed(4, 64))
    assert np.array_equal(pixels(layout.with_name("picture_0001.PNG")), to_rgb8(second)[0])


def test_noise_for_each_layout(small_model: Path, golden_files: tuple[Path, Path], tmp_path: Path) -> None:
    layout, _ = golden_files
    pairs = zip(noise_from_seed(1, 64), noise_from_seed(2, 64), strict=True)
    np.savez(tmp_path / "two.npz", **{f"noise_{i}": np.concatenate(pair) for i, pair in enumerate(pairs)})
    arguments = ("render", "--model", small_model, "--layout", layout)
    assert run(*arguments, "--noise", tmp_path / "two.npz", "--out", tmp_path / "two.npy") == 0
    assert run(*arguments, "--noise-seed", 2, "--out", tmp_path / "one.npy") == 0
    two, one = np.load(tmp_path / "two.npy"), np.load(tmp_path / "one.npy")
    assert np.array_equal(two[1], one[1])
    assert not np.allclose(two[0], one[0])


def test_a_sampled_layout_renders_to_the_sampled_picture(small_model: Path, tmp_path: Path) -> None:
    assert run("sample", "--model", small_model, "--seed", 2, "--out", tmp_path) == 0
    arguments = ("render", "--model", small_model, "--layout", tmp_path / "0000_layout.npz")
    assert run(*arguments, "--out", tmp_path / "again.png") == 0
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "0000.png").read_bytes()


@pytest.mark.parametrize("blobs", [0, 4, 6])
def test_json_layouts_of_any_number_of_blobs(small_model: Path, tmp_path: Path, blobs: int) -> None:
    whole = input_layout(case("edit_clone"))
    background = {"xs": 0, "ys": 0, "covs": 0, "sizes": 1, "features": 1, "spatial_style": 1}  # rows of it
    some = Layout(**{name: array[:, : blobs + background[name]] for name, array in whole.arrays().items()})
    write_layout(tmp_path / "room.json", some)
    arguments = ("render", "--model", small_model, "--layout", tmp_path / "room.json")
    assert run(*arguments, "--out", tmp_path / "room.png") == 0
    assert pixels(tmp_path / "room.png").std() > 1
    assert run(*arguments, "--out", tmp_path / "room.npz") == 0


def test_render_with_the_bundled_model(tmp_path: Path) -> None:
    assert run("sample", "--seed", 1, "--out", tmp_path) == 0
    resolution = read_card(bundled_model()).architecture.resolution
    assert pixels(tmp_path / "0000.png").shape == (resolution, resolution, 3)


def test_render_refuses_in_one_sentence(
    small_model: Path, golden_files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout, noise = golden_files
    out = ("--out", tmp_path / "a.png")
    small = ("render", "--model", small_model, "--layout")
    assert "made by another model" in failure(capsys, "render", "--layout", layout, *out)
    assert "nothing.npz cannot be read" in failure(capsys, *small, tmp_path / "nothing.npz", *out)
    assert "lacks xs" in failure(capsys, *small, noise, *out)
    assert "lacks noise_0" in failure(capsys, *small, layout, "--noise", layout, *out)
    assert "device “toaster” cannot be used" in failure(capsys, *small, layout, "--device", "toaster", *out)
    three = {f"noise_{index}": np.tile(map_, (3, 1, 1, 1)) for index, map_ in enumerate(fixed_noise())}
    np.savez(tmp_path / "three.npz", **three)
    assert "1 or 2 of each" in failure(capsys, *small, layout, "--noise", tmp_path / "three.npz", *out)
    assert not list(tmp_path.glob("*.png"))


# where nothing can be written


@contextmanager
def full_disk(limit: int) -> Iterator[None]:
    """No file can grow beyond `limit` bytes, as on a disk that fills up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_no_half_picture(
    small_model: Path, official_checkpoint: Path, golden_files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    layout, _ = golden_files
    before = sorted(layout.parent.iterdir())
    for ending in (".png", ".npy", ".npz"):
        out = layout.with_name(f"picture{ending}")
        with full_disk(2000):
            sentence = failure(capsys, "render", "--model", small_model, "--layout", layout, "--out", out)
        assert "cannot be written (File too large)" in sentence
        assert "picture" in sentence
    with full_disk(2000):
        assert "cannot be written" in failure(capsys, "convert", official_checkpoint, layout.with_name("model"))
    assert sorted(layout.parent.iterdir()) == before


def test_an_existing_picture_survives_a_failure(
    small_model: Path, golden_files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    layout, _ = golden_files
    out = layout.with_name("picture.npy")
    out.write_bytes(b"yesterday's")
    with full_disk(2000):
        failure(capsys, "render", "--model", small_model, "--layout", layout, "--out", out)
    assert out.read_bytes() == b"yesterday's"


def test_a_folder_that_cannot_be(small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x")
    out = tmp_path / "file" / "out"
    assert "cannot be written" in failure(capsys, "sample", "--model", small_model, "--seed", 0, "--out", out)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o500)
    arguments = ("sample", "--model", small_model, "--seed", 0, "--out", tmp_path)
    assert "cannot be written (Permission denied)" in failure(capsys, *arguments)


# usage


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "COMMAND"),
        (["paint"], "invalid choice: 'paint'"),
        (["sample", "--out", "x"], "one of the arguments --seed --z is required"),
        (["sample", "--seed", "1", "--z", "z.npy", "--out", "x"], "not allowed with"),
        (["sample", "--seed", "1"], "--out"),
        (["sample", "--seed", "-1", "--out", "x"], "--seed"),
        (["sample", "--seed", "4294967296", "--out", "x"], "whole number in 0 … 2147483647"),
        (["sample", "--seed", "1", "--count", "0", "--out", "x"], "whole number in 1 … 2147483647"),
        (["sample", "--seed", "1", "--truncation", "1.5", "--out", "x"], "number in 0 … 1"),
        (["sample", "--seed", "1", "--truncation", "nan", "--out", "x"], "number in 0 … 1"),
        (["render", "--out", "a.png"], "--layout"),
        (["render", "--layout", "l.npz", "--out", "a.gif"], "the ending must be one of .png, .npy, .npz"),
        (["render", "--layout", "l.npz", "--noise", "n", "--noise-seed", "1", "--out", "a.png"], "not allowed with"),
        (["convert", "a.ckpt"], "OUT"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert reason in misuse(capsys, *arguments)


def test_help_and_version_load_nothing_heavy() -> None:
    code = """
import sys
from blobgan_blender.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    assert ended.code == 0
assert not {"torch", "numpy", "PIL", "bpy"} & set(sys.modules)
"""
    for arguments in (["--help"], ["render", "--help"], ["--version"]):
        done = python(code, *arguments)
        assert done.returncode == 0, done.stderr
        assert done.stdout
    assert done.stdout.startswith("blobgan ")
    assert done.stdout.split()[1][0].isdigit()


def test_without_torch_the_onnx_engine_draws_and_converting_says_what_it_needs(
    small_model: Path, official_checkpoint: Path, tmp_path: Path
) -> None:
    code = "import sys; sys.modules['torch'] = None; from blobgan_blender.cli import main; sys.exit(main())"
    assert python(code, "info", small_model).returncode == 0
    done = python(code, "sample", "--model", small_model, "--seed", 0, "--out", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "0000.png").is_file()
    done = python(code, "convert", official_checkpoint, tmp_path / "model")
    assert done.returncode == 1
    assert done.stderr.startswith("blobgan: This command needs torch, which this Python lacks. Run: pip install torch")
    assert "Traceback" not in done.stderr


def test_without_any_engine_drawing_says_what_to_install(small_model: Path, tmp_path: Path) -> None:
    code = """
import sys
sys.modules["torch"] = sys.modules["onnxruntime"] = None
from blobgan_blender.cli import main
sys.exit(main())
"""
    done = python(code, "sample", "--model", small_model, "--seed", 0, "--out", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("blobgan: This Python has neither torch nor onnxruntime. Run: pip install")
    assert not list(tmp_path.iterdir())


def test_export_makes_the_graph_and_says_how_near_it_is(
    small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for ending in (".safetensors", ".json"):
        shutil.copy(small_model.with_suffix(ending), tmp_path / f"copy{ending}")
    assert main(["export", str(tmp_path / "copy.safetensors")]) == 0
    assert "It draws what torch draws, within" in capsys.readouterr().out
    assert (tmp_path / "copy.onnx").read_bytes() == small_model.with_suffix(".onnx").read_bytes()


@pytest.mark.parametrize(
    ("bias", "blobs", "reason"), [(np.nan, 5, "not finite"), (0.0, 3, "does not fit its architecture")]
)
def test_an_export_that_fails_leaves_the_earlier_graph(
    small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], bias: float, blobs: int, reason: str
) -> None:
    weights = tmp_path / "model.safetensors"
    tensors = load_file(small_model)
    tensors["generator.to_rgb1.bias"][:] = bias
    save_file(tensors, weights)
    card = json.loads(card_path(small_model).read_text())
    card["architecture"]["blobs"] = blobs
    card_path(weights).write_text(json.dumps(card | {"sha256": sha256_of(weights)}))
    graph = weights.with_suffix(".onnx")
    graph.write_bytes(b"the earlier one")
    assert reason in failure(capsys, "export", weights)
    assert graph.read_bytes() == b"the earlier one"
    assert len(list(tmp_path.iterdir())) == 3
