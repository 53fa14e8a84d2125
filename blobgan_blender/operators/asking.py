"""Operators that ask a person first, and then go on in the background."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Context, Event

from ..core.errors import BlobGANError
from .in_background import BackgroundOperator


class AskingOperator(BackgroundOperator):
    """`ask` opens a dialog; a script, and `-b`, go straight to work and wait for its end."""

    _asked = False

    def ask(self, context: Context, event: Event) -> Any:
        """Open a dialog that calls `execute`."""
        raise NotImplementedError

    def invoke(self, context: Context, event: Event) -> set[str]:
        """For a person: ask, unless there is nothing to ask for."""
        try:
            self.task(context)
        except BlobGANError as error:
            return self._refuse(error)
        if bpy.app.background:
            return self.execute(context)
        self._asked = True
        answer: set[str] = self.ask(context, event)
        return answer

    def execute(self, context: Context) -> set[str]:
        """After a person's yes: begin. For a script: the whole work."""
        if self._asked:
            self._asked = False
            return self.begin(context)
        return super().execute(context)
