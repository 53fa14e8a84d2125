"""Stacking: which blob lies in front of which after one is brought to the front, sent back, or moved by one place."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from .canvas_space import STACK_QUANTUM, STACK_STEP

MOVES = ("FRONT", "FORWARD", "BACKWARD", "BACK")


def new_order(count: int, chosen: Collection[int], move: str) -> list[int]:
    """The old places of `count` blobs in their new order, back to front; the chosen keep their order among themselves.

    Args:
        count: M, how many blobs there are; place 0 lies at the back.
        chosen: the places of those that move.
        move: FRONT and BACK go all the way; FORWARD and BACKWARD pass one blob that is not chosen.
    """
    places = list(range(count))
    if move in ("FRONT", "BACK"):
        return sorted(places, key=lambda place: (place in chosen) == (move == "FRONT"))
    if move not in MOVES:
        raise ValueError(f"A blob moves {', '.join(MOVES)}, not {move!r}.")
    step = 1 if move == "FORWARD" else -1
    # From the side they move to, so that a group moves as one and stops at the end.
    for place in sorted(chosen, reverse=step > 0):
        here = places.index(place)
        there = here + step
        if 0 <= there < count and places[there] not in chosen:
            places[here], places[there] = places[there], places[here]
    return places


def new_heights(heights: np.ndarray, chosen: Collection[int], move: str) -> np.ndarray:
    """Canvas heights (M,) that put blobs, now at `heights` in ascending order, into `new_order`.

    All the way to the front or back only the chosen move; by one place they trade heights with whom they pass.
    """
    heights = np.asarray(heights, np.float64)
    found = heights.copy()
    order = new_order(len(heights), chosen, move)
    if move in ("FRONT", "BACK"):
        others = [heights[place] for place in range(len(heights)) if place not in chosen]
        moving = [place for place in order if place in chosen]
        if others:
            first = max(others) + STACK_STEP if move == "FRONT" else min(others) - STACK_STEP * len(moving)
            found[moving] = first + STACK_STEP * np.arange(len(moving))
        return found
    slots = heights.copy()
    for place in range(1, len(slots)):
        # Neighbours at one height were told apart by their order alone: trading heights would change nothing.
        if slots[place] < slots[place - 1] + 2 * STACK_QUANTUM:
            slots[place] = slots[place - 1] + STACK_STEP
    found[order] = slots
    return found
