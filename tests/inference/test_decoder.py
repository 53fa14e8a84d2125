"""The folded decoder draws what the reference generator draws, whatever the layout and whatever it drew before."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from golden.cases import fixed_noise, relative_l2
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from blobgan_blender.core.layout import Layout
from blobgan_blender.inference.decoder import _REMEMBERED_APPEARANCES, Decoder, doubled_by_phases, phases
from blobgan_blender.inference.live_decoder import LiveDecoder
from blobgan_blender.inference.onnx_engine import OnnxEngine
from blobgan_blender.inference.predictor import Predictor, to_rgb8
from blobgan_blender.model.blobgan import BlobGAN, load_model

# The folded order of sums rounds otherwise than the reference's; the paper's tolerance for either is 1e-5.
RELATIVE = 2e-5


@pytest.fixture(scope="module")
def model(small_model: Path) -> BlobGAN:
    return load_model(small_model)[0]


@pytest.fixture(scope="module")
def exact(model: BlobGAN) -> BlobGAN:
    """In float64. Of needles torch's float32 opacities are 5e-5 away from it, those that numpy makes for ONNX 3e-6."""
    return copy.deepcopy(model).double()


@pytest.fixture(scope="module")
def decoder(model: BlobGAN) -> Decoder:
    return Decoder(model.generator)


@pytest.fixture(scope="module")
def onnx(small_model: Path) -> Predictor:
    return OnnxEngine().load(small_model)


@pytest.fixture(scope="module")
def recorded(model: BlobGAN) -> LiveDecoder:
    return LiveDecoder(model.generator, half=False)


@st.composite
def layouts(draw: DrawFn) -> Layout[Tensor]:
    """0 to 40 blobs anywhere: off the picture, tiny, huge, gone, needle-thin; up to 3 layouts."""
    n, m = draw(st.sampled_from([1, 2, 3])), draw(st.integers(0, 40))
    stream = np.random.RandomState(draw(st.integers(0, 2**31 - 1)))
    reach = draw(st.sampled_from([0.5, 1.5, 20.0]))  # pictures from the centre
    aspect = np.exp(stream.uniform(0, draw(st.sampled_from([0.0, 3.0, 9.2])), (n, m)))
    area = draw(st.sampled_from([1e-3, 1.0, 100.0]))  # of the model's
    angle = stream.uniform(0, 2 * np.pi, (n, m))
    axes = np.stack([np.stack([np.cos(angle), np.sin(angle)], -1), np.stack([-np.sin(angle), np.cos(angle)], -1)], -1)
    values = 0.02 * area * np.stack([np.sqrt(aspect), 1 / np.sqrt(aspect)], -1)
    covs = (axes * values[..., None, :]) @ axes.swapaxes(-1, -2) + 1e-5 * np.eye(2)
    layout = Layout(
        xs=stream.uniform(0.5 - reach, 0.5 + reach, (n, m)),
        ys=stream.uniform(0.5 - reach, 0.5 + reach, (n, m)),
        covs=covs,
        sizes=stream.normal(0, draw(st.sampled_from([1.0, 15.0])), (n, m + 1)),
        features=stream.standard_normal((n, m + 1, 64)),
        spatial_style=stream.standard_normal((n, m + 1, 32)),
    )
    return layout.map(lambda array: torch.from_numpy(array.astype(np.float32)))


def assert_same_picture(model: BlobGAN, decoder: Decoder, layout: Layout[Tensor]) -> None:
    noise = [torch.from_numpy(map_) for map_ in fixed_noise()]
    with torch.inference_mode():
        wanted, found = model.generator(layout, noise), decoder(layout, noise)
    assert found.shape == wanted.shape == (layout.count, 3, 64, 64)
    assert relative_l2(found.numpy(), wanted.numpy()) <= RELATIVE


@settings(max_examples=40, deadline=None)
@given(layout=layouts())
def test_folded_equals_reference(model: BlobGAN, decoder: Decoder, layout: Layout[Tensor]) -> None:
    assert_same_picture(model, decoder, layout)


@settings(max_examples=40, deadline=None)
@given(layout=layouts())
def test_onnx_runtime_and_recordings_equal_the_reference(
    exact: BlobGAN, onnx: Predictor, recorded: LiveDecoder, layout: Layout[Tensor]
) -> None:
    """One predictor draws all examples in turn, so that what it remembers of the last is put to the test as well."""
    maps = fixed_noise()
    with torch.inference_mode():
        noise = [torch.from_numpy(map_).double() for map_ in maps]
        wanted = exact.generator(layout.map(lambda tensor: tensor.double()), noise).numpy()
    numpy_layout = layout.map(lambda tensor: tensor.numpy())
    assert relative_l2(onnx.render(numpy_layout, maps), wanted) <= RELATIVE
    assert np.abs(recorded(numpy_layout, maps).astype(int) - to_rgb8(wanted)).max() <= 1


def sampled(model: BlobGAN, count: int = 1) -> Layout[Tensor]:
    with torch.inference_mode():
        return model.layout_net(torch.randn(count, model.config.d_noise, generator=torch.Generator().manual_seed(5)))


def test_remembered_styles_follow_every_edit(model: BlobGAN) -> None:
    decoder = Decoder(model.generator)
    layout = sampled(model)
    assert_same_picture(model, decoder, layout)

    styles = layout.spatial_style.clone()
    restyled = Layout(**(layout.arrays() | {"spatial_style": styles}))
    styles[0, 2] += 1e-3
    assert_same_picture(model, decoder, restyled)
    styles[0, 3] = -styles[0, 3]  # the same tensor, changed in place
    assert_same_picture(model, decoder, restyled)
    styles[0, [1, 2]] = styles[0, [2, 1]].clone()
    assert_same_picture(model, decoder, restyled)
    assert_same_picture(model, decoder, layout)

    fewer = Layout(*(array[:, :-1] for array in layout.arrays().values()))
    more = Layout(*(torch.cat([array, array[:, -1:]], dim=1) for array in layout.arrays().values()))
    for other in (fewer, more, sampled(model, 2), layout):
        assert_same_picture(model, decoder, other)


def test_layouts_of_equal_bytes_and_other_shapes_are_told_apart(model: BlobGAN) -> None:
    """Two layouts of 1 blob and one of 3 have the same number of style rows."""
    decoder = Decoder(model.generator)
    whole = sampled(model)
    three = Layout(**{n: a[:, :3] if n in ("xs", "ys", "covs") else a[:, :4] for n, a in whole.arrays().items()})
    two_of_one = Layout(
        xs=three.xs[:, :2].reshape(2, 1),
        ys=three.ys[:, :2].reshape(2, 1),
        covs=three.covs[:, :2].reshape(2, 1, 2, 2),
        sizes=three.sizes.reshape(2, 2),
        features=three.features.reshape(2, 2, -1),
        spatial_style=three.spatial_style.reshape(2, 2, -1),
    )
    assert_same_picture(model, decoder, three)
    assert_same_picture(model, decoder, two_of_one)


def test_a_drag_reuses_the_modulations_and_few_are_kept(model: BlobGAN, monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = Decoder(model.generator)
    layout, calls = sampled(model), 0
    original = type(decoder._layers[0].conv).modulate

    def counted(self: object, styles: Tensor) -> object:
        nonlocal calls
        calls += 1
        return original(self, styles)  # type: ignore[arg-type]

    monkeypatch.setattr(type(decoder._layers[0].conv), "modulate", counted)
    noise = [torch.from_numpy(map_) for map_ in fixed_noise()]
    with torch.inference_mode():
        decoder(layout, noise)
        first = calls
        for step in range(5):
            decoder(Layout(**(layout.arrays() | {"xs": layout.xs + 0.01 * step})), noise)
        assert calls == first == 8  # 5 convolutions, 3 to-RGB
        for step in range(3 * _REMEMBERED_APPEARANCES):
            decoder(Layout(**(layout.arrays() | {"spatial_style": layout.spatial_style + step})), noise)
    assert len(decoder._remembered) == _REMEMBERED_APPEARANCES


@pytest.mark.parametrize("shape", [(1, 3, 5, 4, 4), (2, 4, 2, 5, 7)], ids=str)
def test_a_transposed_convolution_is_four_ordinary_ones(shape: tuple[int, ...]) -> None:
    n, c_from, c_to, h, w = shape
    random = torch.Generator().manual_seed(1)
    x = torch.randn(n, c_from, h, w, generator=random, dtype=torch.float64)
    weight = torch.randn(c_from, c_to, 3, 3, generator=random, dtype=torch.float64)
    found = doubled_by_phases(x, phases(weight))
    assert torch.allclose(found, F.conv_transpose2d(x, weight, stride=2), rtol=1e-12, atol=1e-12)
