"""The page Troubleshooting: a message that a person reads is found there, whichever part of the package says it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from blobgan_blender import cli
from blobgan_blender.core import edits
from blobgan_blender.core.errors import BlobGANError
from blobgan_blender.core.layout import Layout
from blobgan_blender.inference import engine
from blobgan_blender.library.card import read_card
from blobgan_blender.library.layout_file import read_layout
from blobgan_blender.library.search import find_model
from blobgan_blender.model.official import convert
from blobgan_blender.training.config import TrainingConfig
from blobgan_blender.worker import protocol
from scripts.site import troubleshooting
from scripts.site.sentences import GREY, VALUE, Sentence, sentences

# What says a sentence that another place has made: a new name here is a new way for a message to get past the page.
PASSED_ON = {
    "_gallery.problem", "cls.needs_text", "message.get('sentence', str)", "reason", "sentence", "str(error)",
}  # fmt: skip


@pytest.fixture(scope="module")
def page() -> str:
    """The generated part."""
    return troubleshooting.page()


@pytest.fixture(scope="module")
def said() -> list[Sentence]:
    """Every sentence of the package."""
    return sentences(troubleshooting.PACKAGE)[0]


def test_every_sentence_of_the_code_is_on_the_page(page: str, said: list[Sentence]) -> None:
    missing = [one for one in said if f"#### {troubleshooting.markdown(one.text)}\n" not in page]
    assert not missing
    headings = set(re.findall(r"^#### (.*)$", page, re.MULTILINE))
    assert headings == {troubleshooting.markdown(one.text) for one in said}


def test_every_place_that_makes_an_error_has_its_words_in_sight() -> None:
    _, passed_on = sentences(troubleshooting.PACKAGE)
    assert {one.text for one in passed_on} <= PASSED_ON


def test_advice_is_for_sentences_that_are_said(said: list[Sentence]) -> None:
    assert troubleshooting.read_advice().unused(said) == []


def layout() -> Layout[np.ndarray]:
    """Two blobs."""
    return Layout(
        np.zeros((1, 2)), np.zeros((1, 2)), np.tile(np.eye(2), (1, 2, 1, 1)), np.zeros((1, 3)),
        np.zeros((1, 3, 4)), np.zeros((1, 3, 4)),
    )  # fmt: skip


def refused_checkpoint(folder: Path) -> None:
    (folder / "x.ckpt").write_bytes(b"no archive")
    convert(folder / "x.ckpt")


def bad_configuration(folder: Path) -> None:
    (folder / "c.json").write_text('{"no_such_option": 1}', encoding="utf-8")
    TrainingConfig.read(folder / "c.json")


@pytest.mark.parametrize(
    "fail",
    [
        lambda folder: read_card(folder / "none.safetensors"),
        lambda folder: read_layout(folder / "none.npz"),
        lambda folder: find_model("ab" * 32, "mine", (folder,)),
        lambda _: edits.remove(layout(), [7]),
        lambda _: edits.restyle(layout(), [0], np.zeros(9), np.zeros(9)),
        lambda _: layout().check(d_in=5),
        lambda _: engine.make_engine("no-such-device"),
        lambda _: protocol.decode(b"short"),
        refused_checkpoint,
        bad_configuration,
    ],
)
def test_a_message_that_is_read_is_found(fail: Callable[[Path], object], tmp_path: Path, said: list[Sentence]) -> None:
    with pytest.raises(BlobGANError) as caught:
        fail(tmp_path)
    assert found(str(caught.value), said), caught.value


def test_a_failure_of_the_command_line_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: list[Sentence]
) -> None:
    assert cli.main(["info", str(tmp_path / "none.safetensors")]) == 1
    assert found(capsys.readouterr().err.removeprefix("blobgan: ").strip(), said)


def found(message: str, said: list[Sentence]) -> list[str]:
    """The sentences that a message may be, once its values are in place."""
    patterns = {one.text: ".*".join(map(re.escape, one.text.split(VALUE))) for one in said if one.text != VALUE}
    return [text for text, pattern in patterns.items() if re.fullmatch(pattern, message, re.DOTALL)]


def test_words_are_read_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "part.py").write_text(
        """
class Ours(BlobGANError): ...
class Deeper(Ours): ...
class Other(ValueError): ...

def why(item):
    if item:
        return f"“{item}” is no good."
    return ""

def fail(name, many, error):
    words = "Called by its name."
    if many:
        raise Ours(f"{name}{many} of {many!r:.80} are too many. Take " "fewer.")
    if name:
        raise Deeper("First." if many else "Second: " + name)
    if error:
        raise errors.Deeper(words)
    if many > name:
        raise Ours(why(name))
    raise Ours(error.text)

def not_ours():
    raise Other("Not for an artist.")

class Operator:
    needs_text = "Select one"

    def poll(cls):
        cls.poll_message_set("Go back")

    def execute(self):
        self.report({"INFO"}, "All is well.")
        self.report({"ERROR"}, "Nothing to wake")
""",
        encoding="utf-8",
    )
    told, passed_on = sentences(tmp_path)
    assert {one.text for one in told} == {
        "… of … are too many. Take fewer.", "First.", "Second: …", "Called by its name.", "“…” is no good.",
        "Select one", "Go back", "Nothing to wake",
    }  # fmt: skip
    assert {one.text for one in told if one.kind == GREY} == {"Select one", "Go back"}
    assert [one.text for one in passed_on] == ["error.text"]
