"""Catalogues: what they may say, and models fetched by them from a real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from harsh_server import serving

from blobgan_blender.core.errors import BlobGANError, Cancelled, ModelFileError
from blobgan_blender.library import shelf
from blobgan_blender.library.card import card_path
from blobgan_blender.library.catalogue import LARGEST, SHIPPED, catalogue_of, fetch, load_catalogue, read_catalogue
from blobgan_blender.library.download import part_of
from blobgan_blender.library.model_file import sha256_of

SOURCE = "https://example.com/models/catalogue.json"
FILES = [
    {"url": "rooms%20v1.safetensors", "sha256": "ab" * 32, "size": 100},
    {"url": "https://elsewhere.example.com/rooms%20v1.json", "sha256": "cd" * 32, "size": 20},
]
ENTRY = {"name": "Rooms ²", "license": "CC0-1.0", "description": "Rooms.", "files": FILES}


def text(*entries: Any, **change: Any) -> str:
    return json.dumps({"format": "blobgan-catalogue", "version": 1, "models": list(entries), **change})


def with_file(**change: Any) -> str:
    return text({**ENTRY, "files": [{**FILES[0], **change}, FILES[1]]})


def test_the_catalogue_that_ships_can_be_read() -> None:
    assert load_catalogue(str(SHIPPED)) == []


def test_what_it_says() -> None:
    (offer,) = read_catalogue(text(ENTRY), SOURCE)
    assert (offer.name, offer.license, offer.description) == ("Rooms ²", "CC0-1.0", "Rooms.")
    assert [file.name for file in offer.files] == ["rooms v1.json", "rooms v1.safetensors"]  # the weights last
    assert offer.files[1].url == "https://example.com/models/rooms%20v1.safetensors"
    assert offer.sha256 == "ab" * 32
    assert offer.size == 120


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "Expecting value"),
        ("[]", ""),
        ("{}", "lacks 'format'"),
        ("[" * 100_000, "recursion"),
        (text(format="gguf"), "not the catalogue of BlobGAN models"),
        (text(version=2), "update the add-on"),
        (text(models=None), ""),
        (text("rooms"), ""),
        (text({**ENTRY, "name": 5}), "name must be text"),
        (text({key: ENTRY[key] for key in ("name", "license", "files")}), "lacks 'description'"),
        (text({**ENTRY, "files": FILES[:1]}), r"needs its \.safetensors and its \.json"),
        (text({**ENTRY, "files": [*FILES, FILES[0]]}), "each its own ending"),
        (with_file(url="https://example.com/other.safetensors"), "must have one name"),
        (with_file(url="http://example.com/rooms%20v1.safetensors"), "come over https"),
        (with_file(url="file:///etc/rooms%20v1.safetensors"), "come over https"),
        (with_file(url="https://example.com/..%2Frooms%20v1.safetensors"), "a file cannot be called"),
        (with_file(url="https://example.com/a%5Crooms%20v1.safetensors"), "a file cannot be called"),
        (with_file(url="https://example.com/.rooms%20v1.safetensors"), "a file cannot be called"),
        (with_file(url="https://example.com/rooms.py"), "its ending is one of"),
        (with_file(url=5), ""),
        (with_file(sha256="AB" * 32), "64 hexadecimal digits"),
        (with_file(sha256=None), "64 hexadecimal digits"),
        (with_file(size=0), "number of bytes"),
        (with_file(size=True), "number of bytes"),
        (with_file(size=1 << 50), "number of bytes"),
    ],
)
def test_what_is_no_catalogue_is_refused(content: str, reason: str) -> None:
    with pytest.raises(BlobGANError, match=f"(?s)^The catalogue {SOURCE} cannot be read .*{reason}.*Choose another"):
        read_catalogue(content, SOURCE)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BlobGANError, match=r"nothing\.json cannot be read"):
        load_catalogue(str(tmp_path / "nothing.json"))


@pytest.fixture
def shop(tmp_path: Path, small_model: Path) -> Iterator[tuple[Path, str]]:
    """A folder that a real server serves, with a model and a catalogue; and the catalogue's address."""
    folder = tmp_path / "shop"
    shelf.copy_in(small_model, folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    write_catalogue(folder)
    yield folder, f"http://127.0.0.1:{server.server_address[1]}/catalogue.json"
    server.shutdown()
    server.server_close()
    thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: Any) -> None:
        """Quietly."""


def write_catalogue(folder: Path) -> None:
    """Of the model that lies in the folder, as its server's keeper writes it."""
    (folder / "catalogue.json").write_text(catalogue_of([folder / "small.safetensors"]), encoding="utf-8")


def test_a_model_comes_with_all_that_belongs_to_it(shop: tuple[Path, str], tmp_path: Path) -> None:
    (offer,), mine = load_catalogue(shop[1]), tmp_path / "modèles 模型"
    seen: list[tuple[int, int]] = []
    there = fetch(offer, mine, lambda *found: seen.append(found))
    assert shelf.verify(there).name == "small"
    assert sorted(path.name for path in mine.iterdir()) == ["small.json", "small.onnx", "small.safetensors"]
    assert seen == sorted(seen)
    assert seen[-1] == (offer.size, offer.size)


def test_half_a_model_is_no_model_and_goes_on(shop: tuple[Path, str], tmp_path: Path) -> None:
    (offer,), mine = load_catalogue(shop[1]), tmp_path / "models"
    enough: Callable[[], bool] = lambda: offer.there(mine) > 20_000  # noqa: E731 - of the weights, which come last
    with pytest.raises(Cancelled, match="What has come is kept"):
        fetch(offer, mine, cancelled=enough)
    assert 20_000 < offer.there(mine) < offer.size
    assert [item.bundled for item in shelf.standing(mine)] == [True]
    first: list[int] = []
    fetch(offer, mine, lambda done, _all: first.append(done))
    assert offer.there(mine) == 0
    assert shelf.standing(mine)[1].name == "small"


def test_a_card_of_other_weights_is_found_before_the_weights_come(shop: tuple[Path, str], tmp_path: Path) -> None:
    card, listed = card_path(shop[0] / "small.safetensors"), shop[0] / "catalogue.json"
    before = sha256_of(card)
    card.write_text(card.read_text().replace('"sha256": "', '"sha256": "0')[:-2] + "}")  # as long as it was
    listed.write_text(listed.read_text().replace(before, sha256_of(card)))
    (offer,), mine = load_catalogue(shop[1]), tmp_path / "models"
    with pytest.raises(BlobGANError, match="card of “small” is that of other weights .*Tell whoever keeps"):
        fetch(offer, mine)
    assert not part_of(mine / "small.safetensors", offer.sha256).exists()


def test_a_card_that_is_none_is_said(shop: tuple[Path, str], tmp_path: Path) -> None:
    card, listed = card_path(shop[0] / "small.safetensors"), shop[0] / "catalogue.json"
    before, size = sha256_of(card), card.stat().st_size
    card.write_bytes(b"\xff" * size)
    listed.write_text(listed.read_text().replace(before, sha256_of(card)))
    (offer,), mine = load_catalogue(shop[1]), tmp_path / "models"
    with pytest.raises(BlobGANError, match=r"card small\.json beside the model cannot be read .*utf-8"):
        fetch(offer, mine)
    assert not (mine / "small.json").exists()


def test_a_damaged_model_is_not_offered(shop: tuple[Path, str]) -> None:
    weights = shop[0] / "small.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelFileError, match="is damaged"):
        catalogue_of([weights])


def test_another_model_of_that_name_stays(shop: tuple[Path, str], tmp_path: Path) -> None:
    (offer,), mine = load_catalogue(shop[1]), tmp_path / "models"
    mine.mkdir()
    (mine / "small.safetensors").write_bytes(b"somebody's")
    with pytest.raises(BlobGANError, match="There is a model called"):
        fetch(offer, mine)
    assert [path.name for path in mine.iterdir()] == ["small.safetensors"]


def test_somebodys_own_file_of_that_name_stays(shop: tuple[Path, str], tmp_path: Path) -> None:
    (offer,), mine = load_catalogue(shop[1]), tmp_path / "models"
    mine.mkdir()
    (mine / "small.json").write_text("{}")
    with pytest.raises(BlobGANError, match=r"There is a file called small\.json in .*Remove or rename it"):
        fetch(offer, mine)
    assert (mine / "small.json").read_text() == "{}"
    (mine / "small.json").unlink()
    assert fetch(offer, mine) == mine / "small.safetensors"


@pytest.mark.parametrize(
    ("manner", "content", "words"),
    [
        ("missing", b"", r"no such file any more \(404\)"),
        ("honest", b"\xff\xfe", "is not what was looked for"),
        ("endless", b"x" * 100_000, f"has more than {LARGEST / 1e6:.1f} MB"),
        ("honest", b"<html>", "cannot be read"),
    ],
)
def test_an_address_where_no_catalogue_is(manner: str, content: bytes, words: str) -> None:
    with serving(content) as server, pytest.raises(BlobGANError, match=words):
        load_catalogue(server.url(manner))
