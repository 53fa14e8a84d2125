"""For the documentation: the tab before there is a room, a room as an artist has it, its blob map, the model library.

Started by `scripts/pictures/windows.py`.

Runs as `blender --python pictures.py -- OUT`, with the extension installed from its zip and no torch on the machine.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))

from drive import Drive, Scenario, play, until

PATIENCE = 180  # seconds, on a machine that does other things too
BED = "Blob 8"
ASIDE = (0.13, 0.0)  # of the view: how far the canvas makes room for the side panel


def scenario(drive: Drive) -> Scenario:
    """The tab in a new file: `start`. Its button's room, the bed chosen: `window`; with the blob map: `blob-map`.

    Then the preferences: `model-library`.
    """
    area = drive.area("VIEW_3D")
    area.spaces.active.show_region_ui = True
    yield 1.0
    drive.region("UI", area).active_panel_category = "BlobGAN"
    area.tag_redraw()  # a click on the tab would
    yield 2.0
    drive.screenshot("start")
    with drive.inside("WINDOW", area):
        bpy.ops.blobgan.new_scene("INVOKE_DEFAULT")
    yield until(lambda: drive.window.scene.blobgan.canvas, PATIENCE, "the canvas")
    live = sys.modules["bl_ext.user_default.blobgan_blender.live"]
    scene = drive.window.scene
    yield until(lambda: live.link(scene.blobgan.canvas).pictures > 0, PATIENCE, "the first picture")
    area.spaces.active.region_3d.view_camera_offset = ASIDE
    for item in scene.objects:
        item.select_set(item.name == BED)
    drive.window.view_layer.objects.active = scene.objects[BED]
    yield 2.0
    drive.screenshot("window")
    scene.blobgan.show_map = scene.blobgan.map_names = True
    area.tag_redraw()  # a click on the checkbox would
    yield 3.0
    drive.screenshot("blob-map")

    yield from drive.show_preferences("bl_ext.user_default.blobgan_blender")
    drive.move(80, 80)  # over nothing that would explain itself
    yield 2.0
    drive.screenshot("model-library")


if __name__ == "__main__":
    view = bpy.context.preferences.view  # before the window's first redraw, which shows the splash
    view.show_splash, bpy.context.preferences.use_preferences_save = False, False
    play(scenario, Path(sys.argv[sys.argv.index("--") + 1]))
