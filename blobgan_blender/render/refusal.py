"""A frame that another engine must not write.

While Cycles or Eevee renders, an add-on has no way to say that a frame is wrong: an exception in a handler is printed,
and the frame is written all the same. But Blender stops, and says so with an error, when it cannot write. So where the
file would go stands a folder until the render is over; what lay there before is put back then.
"""

from __future__ import annotations

import logging
from pathlib import Path

import bpy
from bpy.types import Scene

logger = logging.getLogger(__name__)

_SUFFIX = ".before-blobgan"
_standing: list[Path] = []


def refuse(scene: Scene, sentence: str) -> None:
    """Make Blender fail to write the frame that it renders now, and say why."""
    logger.error("Frame %d of “%s” is not written: %s", scene.frame_current, scene.name, sentence)
    if scene.render.is_movie_format:
        logger.error("A film cannot be stopped: its frame shows no picture. Render a sequence of images instead.")
        return
    for path in {Path(scene.render.frame_path(frame=scene.frame_current)), _still_path(scene)}:
        try:
            _stand_in_the_way(path)
        except OSError as error:  # then nobody else can write there either
            logger.debug("%s cannot be blocked: %s", path, error)


def clear_away() -> None:
    """The render is over: what stood in its way goes, what was there before returns."""
    while _standing:
        path = _standing.pop()
        before = path.with_name(path.name + _SUFFIX)
        try:
            path.rmdir()
            if before.exists():
                before.rename(path)
        except OSError as error:
            logger.warning("%s could not be put back as it was (%s).", path, error)


def _stand_in_the_way(path: Path) -> None:
    if path in _standing or path.is_dir():  # a folder is in the way already, and what it holds stays where it is
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.rename(path.with_name(path.name + _SUFFIX))
    path.mkdir()
    _standing.append(path)


def _still_path(scene: Scene) -> Path:
    """Where a single frame goes, which carries no number."""
    path = bpy.path.abspath(scene.render.filepath)
    return Path(bpy.path.ensure_ext(path, scene.render.file_extension) if scene.render.use_file_extension else path)
