"""Room on the disk for a frame. Without it Blender goes on, leaves empty files, and calls it success."""

from __future__ import annotations

from pathlib import Path

from bpy.types import Scene

from ..core.errors import BlobGANError
from .framing import Framing
from .passes import Passes

_HEADER = 1 << 14  # bytes, and what compression adds where it cannot make a frame smaller


def check_room(scene: Scene, passes: Passes, framing: Framing) -> None:
    """Raise `BlobGANError` unless the output's disk has room for one more frame that no compression makes smaller."""
    render = scene.render
    folder = Path(render.frame_path(frame=scene.frame_current)).parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent  # Blender makes what is missing
    needed = _HEADER + framing.width * framing.height * _bytes_of_pixel(scene, passes)
    import shutil  # not when the extension is enabled: with it come four compressors

    disk = shutil.disk_usage(folder)
    if disk.total and disk.free < needed:  # some network drives say nothing
        raise BlobGANError(
            f"The disk of {folder} is full: {disk.free >> 10} KiB are left, and a frame may take {needed >> 10} KiB. "
            "Make room or choose another output folder, then render again with Overwrite off."
        )


def _bytes_of_pixel(scene: Scene, passes: Passes) -> int:
    settings = scene.render.image_settings
    depth = int(settings.color_depth) // 8
    if settings.file_format == "OPEN_EXR_MULTILAYER":
        # Cryptomattes stay in 32 bits, whatever the file's depth.
        return sum(4 * len(each.channels) for each in passes.all()) * len(scene.view_layers)
    return 4 * max(1, depth)
