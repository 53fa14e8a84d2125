"""Remove PyTorch: the environment that Set Up PyTorch made, and all that it downloaded."""

from __future__ import annotations

from typing import Any

from bpy.types import Context, Event

from .. import background, live, runtime
from .asking import AskingOperator
from .set_up_torch import check_no_render, place


class BLOBGAN_OT_remove_torch(AskingOperator):
    """Delete what Set Up PyTorch made. The worker goes on with Blender's own Python, and the models stay"""

    bl_idname = "blobgan.remove_torch"
    bl_label = "Remove PyTorch"

    def task(self, _context: Context) -> background.Task:
        """Raises `BlobGANError` where there is no models folder."""
        from ..environment.set_up import remove

        check_no_render()
        where = place()
        return background.Task("Removing PyTorch", lambda _job: remove(where), lambda _: "PyTorch was removed.")

    def ask(self, context: Context, event: Event) -> Any:
        """There is no way back but to download it again."""
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Remove PyTorch?",
            message=f"{place().environment} and what uv downloaded will be deleted. Models stay.",
            confirm_text="Remove",
            icon="WARNING",
        )

    def execute(self, context: Context) -> set[str]:
        """The worker may run on it: it ends first."""
        if not live.held():
            runtime.release_worker()
        return super().execute(context)
