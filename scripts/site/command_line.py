"""The page Command Line: what argparse knows of each command, as Markdown."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from blobgan_blender import cli
from blobgan_blender.datasets import __main__ as datasets

WIDTH = 100  # columns of a usage line
HIDDEN = {"worker"}  # what `rooms` starts by itself


def page() -> str:
    """Every command of `blobgan`, then those of `python -m blobgan_blender.datasets`."""
    parts = [f"## {parser.prog}\n\n{_described(parser)}" for parser in (cli.make_parser(), datasets.make_parser())]
    return "\n\n".join(parts)


def _described(parser: argparse.ArgumentParser) -> str:
    parts = [parser.description or ""]
    for name, command, meaning in commands(parser):
        parts += [f"### {heading(parser, name)}", _sentence(meaning), _usage(command), _options(command)]
    return "\n\n".join(part for part in parts if part)


def heading(parser: argparse.ArgumentParser, name: str) -> str:
    """What the section of a command is called: `blobgan info`, `datasets rooms`."""
    return f"{parser.prog.rpartition('.')[2]} {name}"


def commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """The subcommands that a person calls: name, parser, what it is for."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            meanings = {choice.dest: choice.help or "" for choice in action._choices_actions}
            yield from ((name, one, meanings[name]) for name, one in action.choices.items() if name not in HIDDEN)


def _usage(parser: argparse.ArgumentParser) -> str:
    parser.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=WIDTH)
    if sys.version_info >= (3, 14):
        parser.color = False
    return f"```text\n{parser.format_usage().strip()}\n```"


def _options(parser: argparse.ArgumentParser) -> str:
    """Tables of arguments and options, one for each group of argparse that has any."""
    tables = []
    for group in parser._action_groups:
        rows = [f"| {_words(action)} | {_meaning(action, parser)} |" for action in group._group_actions]
        rows = [row for row in rows if "`--help`" not in row]
        if not rows:
            continue
        tables.append("\n".join([_sentence(group.description or ""), "", f"| {group.title} | |", "|---|---|", *rows]))
    return "\n\n".join(tables)


def _words(action: argparse.Action) -> str:
    """How it is typed: `--out DIR`, `-h` `--help`, or the name of a positional argument."""
    value = action.metavar or ("" if action.nargs == 0 else "{" + ",".join(map(str, action.choices or ())) + "}")
    if not action.option_strings:
        return f"`{value if value not in ('', '{}') else action.dest}`"
    shown = "" if value in ("", "{}") and action.nargs == 0 else f" {value if value != '{}' else action.dest.upper()}"
    return " ".join(f"`{option}{shown}`" for option in action.option_strings)


def _meaning(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    """Its help, with argparse's own values filled in."""
    formatter = argparse.HelpFormatter(parser.prog)
    text = formatter._expand_help(action) if action.help else ""
    needed = " **Needed.**" if action.required and action.option_strings else ""
    return text.replace("|", "\\|").replace("<", "&lt;") + needed


def _sentence(text: str) -> str:
    """With a capital and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", ":")) else ".") if text else ""
