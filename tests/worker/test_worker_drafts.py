"""A draft goes ahead of its picture, which is the same as without; whoever moves on in time is spared the picture.

The road that drafts come by is a GPU's. Here it is the same code on a CPU, which is no quicker: so it need not be.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.cases import psnr

from blobgan_blender.core.layout import Layout
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference import drafts
from blobgan_blender.inference.drafts import LEAST_PSNR, Drafts
from blobgan_blender.inference.live_decoder import LiveDecoder
from blobgan_blender.inference.torch_engine import TorchPredictor
from blobgan_blender.library.model_file import sha256_of
from blobgan_blender.model.blobgan import load_model
from blobgan_blender.worker.appearances import AppearanceCache, hash_of
from blobgan_blender.worker.protocol import Message
from blobgan_blender.worker.server import Overtaken
from blobgan_blender.worker.service import Service


class Caller:
    """Keeps what it is shown; may have moved on by then."""

    def __init__(self) -> None:
        self.shown: list[np.ndarray] = []
        self.has_moved_on = False

    def report(self, fraction: float, text: str) -> None: ...

    def show(self, _header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self.shown.append(arrays["rgb"])
        if self.has_moved_on:
            raise Overtaken

    def go_on(self) -> None: ...


class Canvas:
    """A service, and the requests that a drag of one canvas makes of it."""

    def __init__(self, path: Path) -> None:
        self.caller, self._appearances = Caller(), AppearanceCache()
        self._service = Service(self._appearances, self.caller)
        self._model = {"model": str(path), "sha256": sha256_of(path)}
        self._service.handle(Message({"op": "load", **self._model}))
        predictor = self._service._models.loaded(self._model["sha256"])
        assert isinstance(predictor, TorchPredictor)
        self.predictor, self.pictures = predictor, 0

        predictor._drafts = Drafts(lambda: LiveDecoder(load_model(path)[0].generator))

    def drag(self, step: int, *, final: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """The answer, and what it should be."""
        room = self.predictor.sample(z_from_seed(0, 1, 32), 0.3)
        layout = Layout(**(room.arrays() | {"xs": room.xs + np.float32(0.01 * step)}))
        self._appearances.add(layout.features[0], layout.spatial_style[0])
        names = [hash_of(phi, psi) for phi, psi in zip(layout.features[0], layout.spatial_style[0], strict=True)]
        header = {"op": "render", "id": step, "noise_seed": 0, "blob_map": False}
        header |= {} if final else {"slot": "canvas", "preview": 0.03}
        geometry = {name: getattr(layout, name) for name in ("xs", "ys", "covs", "sizes")}
        message = Message({**header, **self._model, "appearances": names}, geometry)
        _, arrays = self._service.handle(message)
        return arrays["rgb"], self.predictor.picture(layout, noise_from_seed(0, 64))[0]


@pytest.fixture
def canvas(small_model: Path, monkeypatch: pytest.MonkeyPatch) -> Canvas:
    monkeypatch.setenv("BLOBGAN_ENGINE", "torch")
    monkeypatch.setenv("BLOBGAN_DEVICE", "cpu")
    monkeypatch.setattr(drafts, "_WORTHWHILE", math.inf)
    return Canvas(small_model)


def test_a_draft_then_the_picture(canvas: Canvas) -> None:
    for step in range(3):
        found, wanted = canvas.drag(step)
        assert np.array_equal(found, wanted)
        assert len(canvas.caller.shown) == step  # of the second number of equal blobs on
        if step:
            assert psnr(canvas.caller.shown[-1], wanted) >= LEAST_PSNR


def test_who_has_moved_on_is_spared_the_picture(canvas: Canvas, monkeypatch: pytest.MonkeyPatch) -> None:
    canvas.drag(0)
    canvas.drag(1)
    canvas.caller.has_moved_on = True

    def none(*_given: object) -> np.ndarray:
        raise AssertionError("The picture was drawn.")

    monkeypatch.setattr(canvas.predictor, "_picture", none)
    with pytest.raises(Overtaken):
        canvas.drag(2)


def test_what_is_not_dragged_has_no_draft(canvas: Canvas) -> None:
    """Update Picture, a render."""
    for step in range(3):
        found, wanted = canvas.drag(step, final=True)
        assert np.array_equal(found, wanted)
    assert canvas.caller.shown == []


def test_the_appearances_of_a_drag_are_looked_at_once(canvas: Canvas, monkeypatch: pytest.MonkeyPatch) -> None:
    """All the way from the request to the road they are the very same arrays."""
    for step in range(3):
        canvas.drag(step)
    road = canvas.predictor._drafts._road

    def look(*_given: object) -> None:
        raise AssertionError("They were looked at once more.")

    monkeypatch.setattr(road._decoder, "appearance", look)
    canvas.drag(3)
    assert len(canvas.caller.shown) == 3
