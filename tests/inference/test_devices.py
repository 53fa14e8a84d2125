"""Which device computes."""

from __future__ import annotations

import pytest
import torch

from blobgan_blender.core.errors import BlobGANError
from blobgan_blender.inference.devices import VARIABLE, device_name, pick_device, probe


def test_the_first_that_computes_is_picked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    device = pick_device()
    assert probe(str(device)) is None
    assert device_name(device)
    if probe("cuda") is None:
        assert device.type == "cuda"


def test_a_name_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "cpu")
    assert pick_device() == torch.device("cpu")
    monkeypatch.setenv(VARIABLE, "toaster")
    assert pick_device("cpu") == torch.device("cpu")
    with pytest.raises(BlobGANError, match="“toaster” cannot be used here: .*Choose another, or cpu"):
        pick_device()


@pytest.mark.parametrize("name", ["toaster", "meta", "cuda:99", "", "xla", "cpu:x"])
def test_what_does_not_compute_says_why(name: str) -> None:
    assert probe(name)
