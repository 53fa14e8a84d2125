"""Operators whose work goes on in the background: scripts block, a person goes on and sees how far it is."""

from __future__ import annotations

import bpy
from bpy.types import Context, Event

from .. import background
from ..core.errors import BlobGANError, Cancelled


class BackgroundOperator(bpy.types.Operator):
    """One piece of work, made by `task`; see `background`."""

    @classmethod
    def poll(cls, _context: Context) -> bool:
        """Needs the background for itself."""
        going_on = background.going_on()
        if going_on is not None:
            cls.poll_message_set(f"“{going_on[0]}” goes on just now: wait for it, or cancel it")
        return going_on is None

    def task(self, context: Context) -> background.Task:
        """What to do, with all that it needs to know of Blender; a `BlobGANError` is reported."""
        raise NotImplementedError

    def execute(self, context: Context) -> set[str]:
        """The whole work, blocking."""
        try:
            self.report({"INFO"}, background.run(self.task(context)))
        except BlobGANError as error:
            return self._refuse(error)
        return {"FINISHED"}

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: it goes on by itself; without a window, block."""
        return self.begin(context)

    def begin(self, context: Context) -> set[str]:
        """For `invoke`: start the work, and be done."""
        if bpy.app.background:
            return self.execute(context)
        try:
            background.start(self.task(context))
        except BlobGANError as error:
            return self._refuse(error)
        return {"FINISHED"}

    def _refuse(self, error: BlobGANError) -> set[str]:
        self.report({"INFO"} if isinstance(error, Cancelled) else {"ERROR"}, str(error))
        return {"CANCELLED"}
