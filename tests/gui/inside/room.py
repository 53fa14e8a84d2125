"""What the scenarios of the installed extension share: its modules, a room to work in, places on the screen."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import bpy
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from drive import Drive, Scenario, until

PACKAGE = "bl_ext.user_default.blobgan_blender"
PATIENCE = 120  # seconds


def part(name: str) -> Any:
    """A module of the installed extension."""
    return sys.modules[f"{PACKAGE}.{name}"]


def screen(drive: Drive, name: str) -> np.ndarray:
    """(H, W, 3) uint8 of a screenshot, bottom row first. No image of Blender's is made, for a render may be running."""
    drive.screenshot(name)
    command = ("stream", "-map", "rgb", "-storage-type", "char", str(drive.out / f"{name}.png"), "-")
    flat = np.frombuffer(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout, np.uint8)
    return flat.reshape(drive.window.height, drive.window.width, 3)[::-1]


def place_of(drive: Drive, point: Any) -> tuple[float, float]:
    """A point of the world in pixels of the window."""
    area = drive.area("VIEW_3D")
    region = drive.region("WINDOW", area)
    found = location_3d_to_region_2d(region, area.spaces.active.region_3d, point)
    return region.x + found.x, region.y + found.y


def new_room(drive: Drive, seed: int = 20) -> Scenario:
    """Press New BlobGAN Scene and wait for its picture."""
    with drive.inside("WINDOW", drive.area("VIEW_3D")):
        bpy.ops.blobgan.new_scene("INVOKE_DEFAULT", seed=seed)
    yield until(lambda: drive.window.scene.blobgan.canvas, PATIENCE, "the canvas")
    canvas = drive.window.scene.blobgan.canvas
    yield until(lambda: part("live").link(canvas).pictures > 0, PATIENCE, "the first picture")


def blobs(drive: Drive) -> list[bpy.types.Object]:
    """The blobs of the window's scene, by name."""
    found = [item for item in drive.window.scene.objects if item.blobgan.role == "BLOB"]
    return sorted(found, key=lambda blob: blob.name)


def choose_only(drive: Drive, blob: bpy.types.Object) -> None:
    """Make a blob the selection, and active."""
    for item in drive.window.scene.objects:
        item.select_set(item == blob)
    drive.window.view_layer.objects.active = blob


def pull(drive: Drive, start: tuple[float, float], end: tuple[float, float]) -> Scenario:
    """Press, move in steps, let go."""
    drive.move(*start)
    yield 1.0
    drive.xdotool("mousedown", 1)
    yield 0.5
    for step in range(1, 9):
        part_ = step / 8
        drive.move(start[0] + part_ * (end[0] - start[0]), start[1] + part_ * (end[1] - start[1]))
        yield 0.15
    yield 0.5
    drive.xdotool("mouseup", 1)
    yield 1.0
