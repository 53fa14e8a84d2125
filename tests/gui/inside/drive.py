"""Drives Blender's window from inside, as a person would: waits, moves the mouse, presses keys, looks, writes down.

A scenario is a generator that a timer of Blender's carries on, so that Blender's own loop runs between any two of its
steps, a drag included. It yields seconds to let pass, or what `until` returns to wait for a condition:

    def scenario(drive):
        drive.click(*somewhere)
        picture = yield until(lambda: newest(), 60, "the first picture")
        drive.note("first picture", picture is not None)

What it notes lands in `OUT/results.json` at once, so a crash loses nothing; pytest asserts on it outside.
"""

from __future__ import annotations

import json
import subprocess
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import addon_utils
import bpy

TURN_SECONDS = 0.02  # how often a waiting scenario looks again
XDOTOOL_SECONDS = 10
# By name, xdotool of Debian's unstable presses Alt with F12, since its keymap lists F12 with Alt as well.
KEYCODES = {"F12": "96"}


class Until(NamedTuple):
    """Wait until `condition()` is true; its value is what the `yield` gives back."""

    condition: Callable[[], Any]
    seconds: float
    what: str

    def check(self, since: float) -> None:
        """Raises TimeoutError when the wait, begun at `since`, has lasted too long."""
        if time.monotonic() - since > self.seconds:
            raise TimeoutError(f"Waited {self.seconds} s in vain for {self.what}.")


until = Until


def render_over() -> Until:
    """Its handlers say the end from its own thread, and Blender's window learns of it a little later."""
    return until(lambda: not bpy.app.is_job_running("RENDER"), 60, "the render's own end")


Scenario = Generator[Any, Any, Any]


class Drive:
    """Mouse, keyboard, camera and notebook of one scenario."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.notes: dict[str, Any] = {"finished": False}
        self.began = time.monotonic()

    # -- notebook

    def note(self, name: str, value: Any) -> None:
        """Write a fact down for pytest to judge. A numpy scalar is written as its Python value."""
        self.notes[name] = value.item() if hasattr(value, "item") else value
        (self.out / "results.json").write_text(json.dumps(self.notes, indent=2) + "\n", encoding="utf-8")
        print(f"[{time.monotonic() - self.began:6.1f} s] {name}: {self.notes[name]}", flush=True)

    def screenshot(self, name: str) -> None:
        subprocess.run(["import", "-window", "root", str(self.out / f"{name}.png")], check=True, timeout=60)

    # -- mouse and keyboard; (x, y) are pixels of Blender's window, y up, as `region` and `area` count

    def xdotool(self, *words: str | int) -> None:
        subprocess.run(["xdotool", *map(str, words)], check=True, timeout=XDOTOOL_SECONDS)

    def move(self, x: float, y: float) -> None:
        """The window stands at the screen's top left corner, whose y runs down."""
        self.xdotool("mousemove", round(x), round(self.window.height - 1 - y))

    def click(self, x: float, y: float) -> None:
        self.move(x, y)
        self.xdotool("click", 1)

    def key(self, name: str) -> None:
        """By xdotool's name: `g`, `ctrl+z`, `F12`."""
        self.xdotool("key", KEYCODES.get(name, name))

    # -- Blender's window

    @property
    def window(self) -> bpy.types.Window:
        return bpy.context.window_manager.windows[0]

    def area(self, kind: str) -> bpy.types.Area:
        """The first area of a kind, such as `VIEW_3D`."""
        return next(area for area in self.window.screen.areas if area.type == kind)

    def region(self, kind: str, area: bpy.types.Area) -> bpy.types.Region:
        return next(region for region in area.regions if region.type == kind)

    @contextmanager
    def inside(self, kind: str, area: bpy.types.Area) -> Generator[None, None, None]:
        """Operators called in the body run in this region, as if the mouse stood there."""
        with bpy.context.temp_override(window=self.window, area=area, region=self.region(kind, area)):
            yield

    def show_preferences(self, module: str) -> Generator[Any, Any, bpy.types.Area]:
        """The whole window becomes the preferences, open at an extension."""
        area = self.area("VIEW_3D")
        area.type = "PREFERENCES"
        bpy.context.preferences.active_section = "ADDONS"
        found = next(each for each in addon_utils.modules() if each.__name__ == module)
        addon_utils.module_bl_info(found)["show_expanded"] = True
        bpy.context.window_manager.addon_search = addon_utils.module_bl_info(found)["name"]
        with self.inside("WINDOW", area):
            bpy.ops.screen.screen_full_area("INVOKE_DEFAULT")
        yield 2.0
        return self.area("PREFERENCES")

    def running(self, operator: str) -> bool:
        """Whether a modal operator, such as `TRANSFORM_OT_translate`, holds the window now."""
        return any(modal.bl_idname == operator for modal in self.window.modal_operators)

    def find_button(self, command: str, area: bpy.types.Area) -> Generator[Any, Any, tuple[float, float] | None]:
        """Where in the side panel the button stands that runs `command` (`bpy.ops.blobgan.new_scene`).

        Blender does not tell where buttons are. A person's eyes do; here the mouse goes down the panel, and at each
        place Ctrl-C asks Blender for the Python of the button under it.
        """
        panel = self.region("UI", area)
        height = 10  # pixels, half a button
        manager = bpy.context.window_manager
        for across in (0.5, 0.25, 0.75):
            for y in range(panel.y + panel.height - height, panel.y, -height):
                manager.clipboard = "-"
                x = panel.x + panel.width * across
                self.move(x, y)
                yield 0.05
                self.key("ctrl+c")
                yield 0.05
                if manager.clipboard.startswith(command):
                    return x, y
        return None


def play(scenario: Callable[[Drive], Scenario], out: Path) -> None:
    """Carry a scenario on from a timer; quit Blender when it ends, however it ends."""
    drive = Drive(out)
    steps = scenario(drive)
    wish: float | Until = 1.0
    since = time.monotonic()

    def turn() -> float | None:
        nonlocal wish, since
        try:
            value = None
            if isinstance(wish, Until):
                value = wish.condition()
                if not value:
                    wish.check(since)
                    return TURN_SECONDS
            wish, since = steps.send(value), time.monotonic()
        except StopIteration:
            drive.note("finished", True)
            return quit_blender()
        except Exception:
            # Whatever went wrong in the scenario is a finding, and Blender must quit all the same.
            drive.note("error", traceback.format_exc())
            drive.screenshot("error")
            return quit_blender()
        return TURN_SECONDS if isinstance(wish, Until) else wish

    bpy.app.timers.register(turn, first_interval=wish, persistent=True)


def quit_blender() -> None:
    """As the menu's Quit does, so that handlers of quitting run; from a timer of its own, after this one has ended."""
    bpy.app.timers.register(lambda: bpy.ops.wm.quit_blender() and None, first_interval=0.1)
