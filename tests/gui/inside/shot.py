"""Makes the farm's .blend in OUT: a room in which a blob crosses the picture, and one whose model is nowhere.

Runs inside Blender in the background, with the extension installed: `blender -b --python shot.py -- OUT`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy

out = Path(sys.argv[sys.argv.index("--") + 1])
bpy.ops.blobgan.new_scene(seed=57)
scene = bpy.context.window_manager.windows[0].scene
blob = next(item for item in scene.objects if item.blobgan.role == "BLOB")
blob.keyframe_insert("location", index=0, frame=1)
blob.location.x += 0.7
blob.keyframe_insert("location", index=0, frame=6)
scene.frame_start, scene.frame_end, scene.render.image_settings.file_format = 1, 6, "PNG"
scene.render.filepath = "//frames/######"
bpy.ops.wm.save_as_mainfile(filepath=str(out / "shot.blend"))
scene.blobgan.canvas.blobgan.model_sha256 = "ab" * 32
scene.render.filepath = "//lost/######"
bpy.ops.wm.save_as_mainfile(filepath=str(out / "lost.blend"), copy=True)
