"""A stranger's file: no code runs, no memory is taken, and the refusal is one sentence."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from attacks import CONVERTED, REFUSED
from checkpoints import TINY, tiny_state, torch_file

from blobgan_blender.core.errors import ModelFileError
from blobgan_blender.model.official import convert
from blobgan_blender.model.untrusted import Inert, opened_checkpoint

MEMORY = 300 << 20  # bytes a refusal may take at its worst; 500,000 Python objects


@contextmanager
def within_memory(limit: int) -> Iterator[None]:
    """Fail if the process's resident memory ever rises by more than `limit` inside the block. Measured on Linux."""
    if not sys.platform.startswith("linux"):
        yield
        return
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts from here
    before = _peak()
    yield
    assert _peak() - before < limit


def _peak() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) << 10


@pytest.mark.parametrize("name", REFUSED)
def test_attacks_are_refused(name: str, tmp_path: Path) -> None:
    canary, path = tmp_path / "canary", tmp_path / "bed.ckpt"
    path.write_bytes(REFUSED[name](canary))

    with within_memory(MEMORY), pytest.raises(ModelFileError) as refusal:
        convert(path)

    assert not canary.exists()
    assert "bed.ckpt" in str(refusal.value)
    assert len(str(refusal.value)) < 500
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", REFUSED)
def test_attacks_in_the_mean_latent_are_refused(name: str, tmp_path: Path) -> None:
    canary, path = tmp_path / "canary", tmp_path / "mean.pt"
    path.write_bytes(REFUSED[name](canary))
    (tmp_path / "honest.ckpt").write_bytes(torch_file({"state_dict": tiny_state()}))

    with within_memory(MEMORY), pytest.raises(ModelFileError, match=r"mean\.pt"):
        convert(tmp_path / "honest.ckpt", path)

    assert not canary.exists()


@pytest.mark.parametrize("name", CONVERTED)
def test_what_lies_beside_the_weights_is_not_run(name: str, tmp_path: Path) -> None:
    canary, path = tmp_path / "canary", tmp_path / "bed.ckpt"
    path.write_bytes(CONVERTED[name](canary))
    assert convert(path).config == TINY
    assert not canary.exists()


def test_the_canary_sings_when_code_runs(tmp_path: Path) -> None:
    """The attacks are real: torch's own trusting loader runs them."""
    canary, path = tmp_path / "canary", tmp_path / "bed.ckpt"
    path.write_bytes(CONVERTED["a callback"](canary))
    torch.load(path, weights_only=False)
    assert canary.exists()


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.ckpt", tmp_path):
        with pytest.raises(ModelFileError, match="cannot be read"):
            convert(path)


def test_a_checkpoint_from_before_torch_1_6_names_the_way_out(tmp_path: Path) -> None:
    torch.save({"state_dict": tiny_state()}, tmp_path / "old.ckpt", _use_new_zipfile_serialization=False)
    with pytest.raises(ModelFileError, match=r"before torch 1\.6 must first be saved again"):
        convert(tmp_path / "old.ckpt")


def test_a_damaged_storage_is_named(tmp_path: Path) -> None:
    whole = torch_file({"state_dict": tiny_state()})
    weight = tiny_state()["generator_ema.conv1.conv.weight"].numpy().tobytes()
    assert whole.count(weight) == 1
    path = tmp_path / "bed.ckpt"
    path.write_bytes(whole.replace(weight, weight[:-1] + b"\x00"))
    with pytest.raises(ModelFileError, match=r"bed\.ckpt is damaged: Bad CRC"):
        convert(path)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(6.0).reshape(2, 3).t(),
        torch.arange(10.0)[4:8],
        torch.arange(6, dtype=torch.float64),
        torch.arange(6, dtype=torch.float16),
        torch.arange(6, dtype=torch.bfloat16),
        torch.arange(6, dtype=torch.int64),
        torch.tensor([True, False]),
        torch.tensor(3.0),
        torch.zeros(0, 5),
        torch.nn.Parameter(torch.ones(2)),
    ],
    ids=str,
)
def test_honest_tensors_of_all_kinds_are_read(tmp_path: Path, tensor: torch.Tensor) -> None:
    path = tmp_path / "tensor.pt"
    torch.save(tensor, path)
    with opened_checkpoint(path) as stored:
        assert stored.shape == tuple(tensor.shape)
        found = stored.read()
    assert found.dtype == torch.float32
    assert found.is_contiguous()
    assert torch.equal(found, tensor.float())


def test_plain_values_come_out_as_they_are(tmp_path: Path) -> None:
    content = {"a": [1, 2.5, "ü", None, True], "b": {"c": (1, 2), 3: {4}}}
    torch.save(content | {"path": Path("x")}, tmp_path / "plain.pt")
    with opened_checkpoint(tmp_path / "plain.pt") as found:
        assert isinstance(found.pop("path"), Inert)
        # A set is a class among others.
        assert isinstance(found["b"].pop(3), Inert)
        del content["b"][3]
        assert found == content
