"""The few errors that reach a person: each says what happened, the value seen, and what to do next."""

from __future__ import annotations


class BlobGANError(RuntimeError):
    """Whatever this package refuses or fails at; the message is a sentence for the artist."""


class LayoutError(BlobGANError):
    """A layout whose arrays do not fit each other, or do not fit the model."""


class ModelFileError(BlobGANError):
    """A model file that is missing, damaged, foreign or not the one that was asked for."""


class WorkerError(BlobGANError):
    """The worker process could not be started, died, refused or ran out of time."""


class Cancelled(BlobGANError):  # noqa: N818 - an outcome more than an error
    """Whoever asked for it cancelled it."""
