"""The messages of the page Troubleshooting: every sentence of the code, with advice where there is more to say.

Advice is written by hand, in `advice.toml` beside this file: areas of the package in the order of the page, and advice
for single sentences, found by how they begin.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .sentences import GREY, Sentence, sentences

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "blobgan_blender"
ADVICE = Path(__file__).with_name("advice.toml")


@dataclass(frozen=True)
class Area:
    """One part of the page: a title, a few sentences, and the places of the package whose sentences stand there."""

    title: str
    text: str
    places: tuple[str, ...]

    def holds(self, sentence: Sentence) -> bool:
        """Whether a sentence belongs here; a place is a folder (`worker/`), a file, or a kind of sentence."""
        return sentence.kind in self.places or any(sentence.module.startswith(place) for place in self.places)


@dataclass(frozen=True)
class Advice:
    """What `advice.toml` holds: areas, and texts by how their sentence begins."""

    areas: tuple[Area, ...]
    texts: dict[str, str]

    def of(self, text: str) -> str:
        """The advice for a sentence; empty if it says all there is to say."""
        return next((advice for beginning, advice in self.texts.items() if text.startswith(beginning)), "")

    def unused(self, said: list[Sentence]) -> list[str]:
        """Beginnings that no sentence has any more."""
        return [beginning for beginning in self.texts if not any(one.text.startswith(beginning) for one in said)]


def read_advice(path: Path = ADVICE) -> Advice:
    """The advice file."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    areas = tuple(Area(area["title"], area["text"].strip(), tuple(area["places"])) for area in found["area"])
    return Advice(areas, {beginning: text.strip() for beginning, text in found["advice"].items()})


def page() -> str:
    """All messages as Markdown: a heading for each area, and one for each sentence, so that search finds it."""
    advice = read_advice()
    said, _ = sentences(PACKAGE)
    parts = []
    for area, members in by_area(advice, said):
        parts.append(f"### {area.title}\n\n{area.text}\n")
        parts += [_entry(text, members[text], advice.of(text)) for text in sorted(members, key=_order)]
    return "\n".join(parts)


def by_area(advice: Advice, said: list[Sentence]) -> list[tuple[Area, dict[str, list[Sentence]]]]:
    """The areas that have sentences, with their texts and where each is said. The first area that holds one has it.

    Raises:
        ValueError: a sentence has no area.
    """
    members: list[dict[str, list[Sentence]]] = [{} for _ in advice.areas]
    for sentence in said:
        place = next((index for index, area in enumerate(advice.areas) if area.holds(sentence)), None)
        if place is None:
            raise ValueError(f"{sentence.module} says something and has no area: name one in {ADVICE}.")
        members[place].setdefault(sentence.text, []).append(sentence)
    return [(area, found) for area, found in zip(advice.areas, members, strict=True) if found]


def markdown(text: str) -> str:
    """A sentence with nothing in it that Markdown would take for its own."""
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", text)


def _entry(text: str, places: list[Sentence], advice: str) -> str:
    kinds = sorted({f"`{one.kind}`" for one in places if one.kind != GREY})
    modules = sorted({f"`{one.module}`" for one in places})
    source = f"{', '.join(kinds)} in {', '.join(modules)}" if kinds else ", ".join(modules)
    return "\n\n".join(filter(None, (f"#### {markdown(text)}", advice, f"<small>{source}</small>"))) + "\n"


def _order(text: str) -> str:
    """Alphabetical by the first word that is not a value."""
    return re.sub(r"^\W+", "", text).casefold()
