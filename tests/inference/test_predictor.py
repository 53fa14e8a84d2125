"""The predictor: every golden case through a converted file, and what it refuses."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from golden.cases import (
    CASES,
    FROM_NOISE,
    RELATIVE,
    TOLERANCE,
    case,
    fixed_noise,
    gain_of,
    input_layout,
    layout_of,
    relative_l2,
)
from safetensors.numpy import load_file, save_file

from blobgan_blender.core.errors import BlobGANError, LayoutError, ModelFileError
from blobgan_blender.core.layout import Layout
from blobgan_blender.core.palette import palette
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.engine import make_engine
from blobgan_blender.inference.predictor import Predictor, map_to_rgb8, to_rgb8
from blobgan_blender.library.card import card_path, read_card
from blobgan_blender.library.model_file import sha256_of
from blobgan_blender.library.search import bundled_model


@pytest.fixture(scope="module", params=["torch", "onnx"])
def predictor(request: pytest.FixtureRequest, small_model: Path) -> Predictor:
    return load(request.param, small_model)


def load(engine: str, path: Path, sha256: str | None = None) -> Predictor:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLOBGAN_ENGINE", engine)
        return make_engine("cpu").load(path, sha256)


@pytest.mark.parametrize("name", FROM_NOISE)
def test_sample(predictor: Predictor, name: str) -> None:
    data = case(name)
    layout = predictor.sample(data["in_z"], float(data.get("in_truncate", 0.0)))
    for field, wanted in layout_of(data, "layout_").arrays().items():
        found = getattr(layout, field)
        assert found.dtype == np.float32
        assert np.abs(found - wanted).max() <= TOLERANCE


def test_the_engines_agree_on_what_lies_at_an_edge(small_model: Path, tmp_path: Path) -> None:
    weights = tmp_path / "edge.safetensors"
    tensors = load_file(small_model)
    tensors["layout_net.mlp.8.bias"] -= np.float32(1600)  # every logit about -16: a hundredth of a bias counts
    save_file(tensors, weights)
    card = replace(read_card(small_model), sha256=sha256_of(weights))
    card_path(weights).write_text(card.to_json(), encoding="utf-8")
    shutil.copy(small_model.with_suffix(".onnx"), weights.with_suffix(".onnx"))
    z = z_from_seed(0, 20, card.architecture.d_noise)
    torch, onnx = (load(engine, weights).sample(z, 0.0) for engine in ("torch", "onnx"))
    assert 0 < torch.xs.min() < torch.xs.max() < 1e-5
    for name, found in onnx.arrays().items():
        np.testing.assert_allclose(found, getattr(torch, name), rtol=1e-4, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("engine", ["torch", "onnx"])
@pytest.mark.parametrize("threads", ["two", "-1"])
def test_a_number_of_threads_that_is_none(engine: str, threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOBGAN_ENGINE", engine)
    monkeypatch.setenv("BLOBGAN_THREADS", threads)
    with pytest.raises(BlobGANError, match=f"BLOBGAN_THREADS is “{threads}”. Set it to a number of threads"):
        make_engine("cpu")


def test_the_onnx_engine_passes_the_device_of_torch_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOBGAN_ENGINE", "onnx")
    monkeypatch.setenv("BLOBGAN_DEVICE", "cuda")
    assert make_engine().device == "CPU"
    with pytest.raises(BlobGANError, match="computes on the CPU, not on “cuda”"):
        make_engine("cuda")


@pytest.mark.parametrize("name", CASES)
def test_render_and_blob_map(predictor: Predictor, name: str) -> None:
    data = case(name)
    layout = input_layout(data)
    image = predictor.render(layout, fixed_noise())
    shown = predictor.blob_map(layout, case("common")["colors"], gain_of(data))
    assert image.dtype == shown.dtype == np.float32
    assert relative_l2(image, data["image"]) <= RELATIVE
    assert np.abs(shown - data["feature_img"]).max() <= TOLERANCE


def test_a_picture_is_what_was_rendered_as_bytes(predictor: Predictor) -> None:
    layout, noise = predictor.sample(z_from_seed(0, 2, 32), 0.3), noise_from_seed(0, 64)
    wanted = to_rgb8(predictor.render(layout, noise))
    assert np.array_equal(predictor.picture(layout, noise), wanted)
    for map_ in noise:
        map_.setflags(write=False)
    assert np.array_equal(predictor.picture(layout, noise), wanted)
    other = noise_from_seed(1, 64)
    assert not np.array_equal(predictor.picture(layout, other), wanted)
    assert np.array_equal(predictor.picture(layout, noise), wanted)


def test_the_same_bytes_in_any_order(predictor: Predictor) -> None:
    layouts = [predictor.sample(z_from_seed(seed, 1, 32), 0.3) for seed in range(3)]
    noise = noise_from_seed(0, 64)
    forward = [predictor.render(layout, noise).tobytes() for layout in layouts]
    backward = [predictor.render(layout, noise).tobytes() for layout in reversed(layouts)]
    assert backward[::-1] == forward
    assert len(set(forward)) == 3


def test_noise_may_differ_for_each_layout(predictor: Predictor) -> None:
    layout = predictor.sample(z_from_seed(0, 2, 32), 0.0)
    maps = [np.concatenate(pair) for pair in zip(noise_from_seed(1, 64), noise_from_seed(2, 64), strict=True)]
    both = predictor.render(layout, maps)
    second = predictor.render(layout.one(1), noise_from_seed(2, 64))
    assert np.allclose(both[1], second[0], atol=1e-4)


@pytest.mark.parametrize("engine", ["torch", "onnx"])
def test_the_bundled_model_draws_a_picture(engine: str) -> None:
    predictor = load(engine, bundled_model())
    config = predictor.config
    layout = predictor.sample(z_from_seed(0, 1, config.d_noise), predictor.card.truncation)
    image = predictor.render(layout, noise_from_seed(0, config.resolution))
    assert image.shape == (1, 3, config.resolution, config.resolution)
    assert image.std() > 0.1
    assert np.abs(image).mean() < 1
    shown = predictor.blob_map(layout, palette(config.blobs))
    assert shown.min() >= 0
    assert shown.max() <= 1 + 1e-5


def test_another_models_layout_noise_and_z_are_refused(predictor: Predictor) -> None:
    layout, noise = predictor.sample(z_from_seed(0, 2, 32), 0.0), fixed_noise()
    with pytest.raises(LayoutError, match="another model"):
        predictor.render(Layout(**(layout.arrays() | {"features": layout.features[..., :8]})), noise)
    for wrong in (noise[:-1], noise[::-1], [np.tile(map_, (3, 1, 1, 1)) for map_ in noise]):
        with pytest.raises(LayoutError, match=r"noise maps of the sides \[16, 32, 32, 64, 64\], 1 or 2 of each"):
            predictor.render(layout, wrong)
    for z in (np.zeros((1, 31), np.float32), np.zeros(32, np.float32)):
        with pytest.raises(LayoutError, match=r"noise z \(N, 32\)"):
            predictor.sample(z, 0.0)


@pytest.mark.parametrize("broken", [{"xs": np.nan}, {"covs": 0.0}])
def test_a_picture_that_cannot_be_computed_is_not_returned(predictor: Predictor, broken: dict[str, float]) -> None:
    layout = predictor.sample(z_from_seed(0, 1, 32), 0.0)
    ((name, value),) = broken.items()
    arrays = layout.arrays() | {name: np.full_like(getattr(layout, name), value)}
    with pytest.raises(BlobGANError, match="not finite"):
        predictor.render(Layout(**arrays), fixed_noise())
    with pytest.raises(BlobGANError, match="not finite"):
        predictor.picture(Layout(**arrays), fixed_noise())


@pytest.mark.parametrize("engine", ["torch", "onnx"])
def test_a_wrong_hash_is_refused(engine: str, small_model: Path) -> None:
    with pytest.raises(ModelFileError, match="not the model that was asked for"):
        load(engine, small_model, "0" * 64)


def test_colours_are_clamped_and_rounded() -> None:
    ramp = np.array([-5, -1, -0.999, 0, 0.9999, 1, 7], np.float32).reshape(1, 1, 1, 7).repeat(3, axis=1)
    assert to_rgb8(ramp)[0, 0, :, 0].tolist() == [0, 0, 0, 128, 255, 255, 255]
    picture = np.zeros((2, 3, 4, 5), np.float32)
    picture[0, 1, 2, 3] = 1
    pixels = to_rgb8(picture)
    assert pixels.shape == (2, 4, 5, 3)
    assert pixels.dtype == np.uint8
    assert pixels[0, 2, 3].tolist() == [128, 255, 128]
    assert map_to_rgb8(np.array([0, 0.2, 1], np.float32).reshape(1, 3, 1, 1)).ravel().tolist() == [0, 51, 255]
