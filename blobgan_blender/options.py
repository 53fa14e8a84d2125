"""Numbers on the command line: the `type`s that its commands give argparse."""

from __future__ import annotations

from argparse import ArgumentTypeError

MOST = 2**31 - 1  # core.seeds.MAX_SEED, which would import numpy


def seed(text: str) -> int:
    """A whole number in 0 … `MOST`."""
    return _whole(text, 0)


def count(text: str) -> int:
    """A whole number in 1 … `MOST`."""
    return _whole(text, 1)


def fraction(text: str) -> float:
    """A number in 0 … 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ArgumentTypeError(f"a number in 0 … 1 is needed, not {text!r:.40}")
    return value


def _whole(text: str, least: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= MOST:
        raise ArgumentTypeError(f"a whole number in {least} … {MOST} is needed, not {text!r:.40}")
    return int(text)
