"""Models as files: saved, loaded, refused; and layouts of any number of blobs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from checkpoints import TINY
from golden.cases import cut_or_repeated

from blobgan_blender.core.errors import BlobGANError, ModelFileError
from blobgan_blender.library.card import Card, StartingRoom, card_path, read_card
from blobgan_blender.library.model_file import sha256_of
from blobgan_blender.library.search import bundled_model
from blobgan_blender.model.blobgan import BlobGAN, load_model, save_model

CARD = Card("tiny", "", TINY, "CC0-1.0", "nothing", rooms={"Attic": StartingRoom(3, 0.4)})


def tiny() -> BlobGAN:
    torch.manual_seed(0)
    return BlobGAN(TINY).eval()


def save(folder: Path) -> Path:
    save_model(tiny(), folder / "tiny.safetensors", CARD)
    return folder / "tiny.safetensors"


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    path = save(tmp_path / "new" / "folder")
    model, card = load_model(path)
    assert card == read_card(path)
    assert card.sha256 == sha256_of(path)
    assert card.architecture == TINY
    assert card.rooms == CARD.rooms
    for name, tensor in tiny().state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor), name
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["tiny.json", "tiny.safetensors"]


def test_the_same_weights_make_the_same_file(tmp_path: Path) -> None:
    assert sha256_of(save(tmp_path / "a")) == sha256_of(save(tmp_path / "b"))


def test_half_precision_is_used_where_nothing_is_lost(tmp_path: Path) -> None:
    full = save(tmp_path / "full").stat().st_size
    model = tiny().half().float()
    save_model(model, tmp_path / "half.safetensors", CARD)
    assert (tmp_path / "half.safetensors").stat().st_size < 0.75 * full
    loaded, _ = load_model(tmp_path / "half.safetensors")
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor), name


def test_the_bundled_model_loads() -> None:
    model, card = load_model(bundled_model())
    assert model.config == card.architecture
    assert model.mean_latent.any()


def test_another_hash_than_the_scene_names_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path)
    assert load_model(path, sha256=sha256_of(path))
    with pytest.raises(
        ModelFileError, match=r"not the model that was asked for: its SHA-256 is .*, not 0{12}…\. Restore"
    ):
        load_model(path, sha256="0" * 64)


def test_a_changed_file_is_refused_by_its_own_card(tmp_path: Path) -> None:
    path = save(tmp_path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="not the model that was asked for"):
        load_model(path)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match="damaged or not a model"):
        load_model(path)


def test_a_frame_that_the_library_refuses_is_refused(tmp_path: Path) -> None:
    """Its length is right, so only safetensors itself sees that shape and bytes disagree."""
    path = save(tmp_path)
    header = b'{"w":{"dtype":"F32","shape":[999],"data_offsets":[0,4]}}'
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    card = json.loads(card_path(path).read_text()) | {"sha256": sha256_of(path)}
    card_path(path).write_text(json.dumps(card))
    with pytest.raises(ModelFileError, match=r"tiny\.safetensors cannot be read"):
        load_model(path)


def test_a_card_of_another_architecture_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path)
    card = json.loads(card_path(path).read_text())
    card["architecture"]["blobs"] = 3
    card_path(path).write_text(json.dumps(card))
    with pytest.raises(
        ModelFileError, match=r"does not fit its architecture: layout_net\.mlp\.8\.bias is \(51,\) where \(70,\)"
    ):
        load_model(path)


def test_an_unwritable_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BlobGANError, match="cannot be written"):
        save_model(tiny(), tmp_path / "file" / "tiny.safetensors", CARD)
    (tmp_path / "taken.safetensors").mkdir()
    with pytest.raises(BlobGANError, match="cannot be written"):
        save_model(tiny(), tmp_path / "taken.safetensors", CARD)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "taken.safetensors"]


def test_a_model_can_be_replaced_in_place(tmp_path: Path, small_model: Path) -> None:
    path = save(tmp_path)
    shutil.copyfile(small_model, path)
    save_model(tiny(), path, CARD)
    assert load_model(path)[1].sha256 == sha256_of(path)


@pytest.mark.parametrize("blobs", [0, 1, 3, 40])
def test_any_number_of_blobs_is_drawn(blobs: int) -> None:
    model = tiny()
    with torch.no_grad():
        sampled = model.layout_net(torch.randn(2, TINY.d_noise)).map(torch.Tensor.numpy)
        layout = cut_or_repeated(sampled, blobs).map(torch.from_numpy)
        image = model.generator(layout)
    assert image.shape == (2, 3, 32, 32)
    assert image.isfinite().all()


def test_truncation_pulls_to_the_mean_layout() -> None:
    model = tiny()
    model.compute_mean_latent(samples=100)
    z = torch.randn(3, TINY.d_noise)
    mean = model.layout_net.read(model.layout_net.mlp[-1](model.mean_latent))
    full = model.layout_net(z, 1.0, model.mean_latent)
    assert torch.allclose(full.xs, mean.xs.expand(3, -1), atol=1e-6)
    assert torch.equal(model.layout_net(z, 0.0, model.mean_latent).xs, model.layout_net(z).xs)
    with pytest.raises(ValueError, match="mean latent"):
        model.layout_net(z, 0.5)
