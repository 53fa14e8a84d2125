"""What training refuses or fails at."""

from __future__ import annotations

from ..core.errors import BlobGANError


class TrainingError(BlobGANError):
    """Pictures that cannot be trained on, a run that cannot go on; the message says what to do next."""
