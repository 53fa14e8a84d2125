"""A request on its way from the client to the worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .jobs import Job
from .protocol import Message


@dataclass(eq=False)
class Request:
    """A job on its way to the worker.

    Attributes:
        features, styles: the appearances of a render, float32 (rows, d_in) and (rows, d_style), which travel by hash.
        decode: makes the job's value of the reply.
    """

    op: str
    header: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    job: Job[Any]
    decode: Callable[[Message], Any]
    slot: str | None = None
    features: np.ndarray | None = None
    styles: np.ndarray | None = None
    id: int = 0
    sent_at: float = 0.0
    resends: int = 0
    names: list[str] = field(default_factory=list)
