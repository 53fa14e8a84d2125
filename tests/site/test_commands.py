"""The page Command Line has every command, argument and option that `--help` shows."""

from __future__ import annotations

import argparse
import re

import pytest

from blobgan_blender import cli
from blobgan_blender.datasets import __main__ as datasets
from scripts.site import command_line


@pytest.mark.parametrize("parser", [cli.make_parser(), datasets.make_parser()], ids=["blobgan", "datasets"])
def test_every_command_and_option_is_on_the_page(parser: argparse.ArgumentParser) -> None:
    page = command_line.page()
    commands = list(command_line.commands(parser))
    assert len(commands) >= 3
    for name, command, meaning in commands:
        section = page.split(f"### {command_line.heading(parser, name)}\n", 1)[1].split("\n### ", 1)[0]
        assert meaning[1:] in section
        options = set(re.findall(r"(?<![\w-])--[a-z0-9-]+", command.format_help())) - {"--help"}
        assert all(f"`{option}" in section for option in options), name
        assert "%(" not in section


def test_it_shows_defaults_and_choices_as_help_does() -> None:
    page = command_line.page()
    assert "`--truncation TRUNCATION` | the truncation to suggest (0.4) |" in page
    assert "**Needed.**" in page
