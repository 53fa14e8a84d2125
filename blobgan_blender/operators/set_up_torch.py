"""Set Up PyTorch: an environment of the worker's own in the models folder, and the worker on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import StringProperty
from bpy.types import Context, Event

from .. import background, live, runtime
from ..core.errors import BlobGANError
from ..preferences import models_folder, wheels_folder, worker_python
from .asking import AskingOperator

if TYPE_CHECKING:
    from ..environment.place import Place
    from ..environment.set_up import Wish
    from ..worker.python_search import Probe


class BLOBGAN_OT_set_up_torch(AskingOperator):
    """Make the worker a Python with PyTorch, for GPUs, Auto-Complete and official checkpoints; Blender's own stays"""

    bl_idname = "blobgan.set_up_torch"
    bl_label = "Set Up PyTorch"

    wheels: StringProperty(  # type: ignore[valid-type]
        name="Wheels",
        description="A folder of wheels to install from, without the network; empty for that of the preferences",
        subtype="DIR_PATH",
    )
    python: StringProperty(  # type: ignore[valid-type]
        name="Python", description="Version or path of the Python to make it of; empty for one like Blender's own"
    )

    def task(self, _context: Context) -> background.Task:
        """Raises `BlobGANError` where nothing may be downloaded, or there is no folder for it."""
        check_no_render()
        wish = self._wish()
        if wish.wheels is None and not bpy.app.online_access:
            raise BlobGANError(
                "Blender may not go online. Switch on Preferences > System > Allow Online Access, or choose a folder "
                "of wheels in the preferences of BlobGAN."
            )
        from ..environment.set_up import set_up

        return background.Task("Setting up PyTorch", lambda job: set_up(wish, job), _use)

    def ask(self, context: Context, _event: Event) -> Any:
        """What it takes, and where it goes."""
        return context.window_manager.invoke_props_dialog(
            self, width=480, title="Set Up PyTorch", confirm_text="Set Up"
        )

    def draw(self, _context: Context) -> None:
        """The dialog."""
        wish, column = self._wish(), self.layout.column(align=True)
        for line in (
            f"Into {wish.place.environment}",
            f"From {wish.wheels or 'the network: uv and Python packages, from PyPI and pytorch.org'}",
            str(wish.size) if wish.wheels is None else f"About {wish.size.disk / 1e9:.1f} GB on disk",
            "An environment that is there is replaced. Blender's own Python is not touched.",
        ):
            column.label(text=line)

    def execute(self, context: Context) -> set[str]:
        """The worker may run on what is replaced: it ends first."""
        from ..worker.python_search import environment_python

        folder = models_folder()
        if folder is not None and environment_python(folder).exists() and not live.held():
            runtime.release_worker()
        return super().execute(context)

    def _wish(self) -> Wish:
        from ..environment.set_up import Wish

        chosen = bpy.path.abspath(self.wheels) if self.wheels else wheels_folder()
        return Wish(place(), Path(chosen) if chosen else None, self.python, runtime.own_python().executable)


def place() -> Place:
    """Where the environment belongs; raises `BlobGANError` where there is no models folder."""
    from ..environment.place import Place

    folder = models_folder()
    if folder is None:
        raise BlobGANError("There is no models folder. Choose one in the preferences of BlobGAN.")
    return Place(folder)


def check_no_render() -> None:
    """Raise `BlobGANError` while a render runs: its worker must not be taken away."""
    if live.held():
        raise BlobGANError("A render runs and needs the worker as it is. Wait for its end.")


def _use(found: Probe) -> str:
    """The worker runs on it from now on, unless another was chosen, or it has work that must not be cut short."""
    sentence = f"PyTorch is set up: {found.engine} on {found.device}, Python {found.version}."
    chosen = worker_python()
    if chosen:
        return f"{sentence} Worker Python is {chosen}, though: clear it to use this one."
    worker = runtime.existing_worker()
    busy = worker is not None and worker.state.name == "READY" and worker.idle_for is None
    if busy or live.held():
        return f"{sentence} The worker is busy just now: press Restart when it is not, to draw with it."
    runtime.restart_worker()
    live.pictures_are_stale()
    return sentence
