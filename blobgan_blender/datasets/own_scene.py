"""An artist's own scene as a training set: each picture another arrangement of what is marked, with its mask.

The same files as those of the rooms (`folder`); `classes` in dataset.json are the marked objects' names or classes.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import bpy
from bpy.types import Scene, ViewLayer

from ..core.progress import Pace
from .folder import DIGITS, WEBP_QUALITY, DatasetError, PictureFolder
from .holding import hold, keep
from .index_mask import without_words, write_mask
from .marks import Mark, classes_of, marks_of
from .variation import Arranger

logger = logging.getLogger(__name__)

_BYTES_OF_PIXEL = 4  # a picture and its mask that no compression makes smaller
_SLACK = 1 << 15  # bytes: headers, a line of the manifest
_PNG_END = b"IEND\xaeB`\x82"


class SceneFolder(PictureFolder):
    """A data set of an artist's scene. Descriptions wait in a journal; the manifest is always whole."""

    @property
    def journal(self) -> Path:
        return self.unfinished / "entries.jsonl"

    def prepare(self, settings: dict[str, Any]) -> None:
        """Makes the folders; refuses one whose pictures were rendered with other settings.

        Raises:
            DatasetError: such a one, or one that cannot be written to.
        """
        wanted = json.loads(json.dumps(settings))
        with _writing(self.root):
            self.make()
            if not self.card.exists():
                self.write_card(settings)
        found = self.read_card()
        if found != wanted:
            other = [name for name in wanted if found.get(name) != wanted[name]] or ["kind of pictures"]
            values = "".join(f" ({found.get(name)} there, {wanted[name]} here)" for name in other[:1] if name in _SHORT)
            raise DatasetError(
                f"{self.root} was begun with another {' and another '.join(other)}{values}. Choose another folder, or "
                "the settings that it was begun with."
            )

    def entries(self) -> dict[int, dict[str, Any]]:
        """The descriptions of all pictures whose files are there, by seed."""
        found: dict[int, dict[str, Any]] = {}
        for path in (self.manifest, self.journal):
            for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
                try:
                    entry = json.loads(line)
                    found[int(entry["seed"])] = entry
                except (ValueError, KeyError, TypeError):
                    continue  # torn by a kill: its picture is not there yet, or is rendered again
        return {seed: found[seed] for seed in sorted(found) if self.picture(seed).exists() and self.mask(seed).exists()}

    def note(self, entry: dict[str, Any]) -> None:
        """A line of the journal."""
        with self.journal.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(entry, separators=(",", ":")))

    def close(self) -> None:
        """The journal becomes part of the manifest."""
        if self.journal.exists() or not self.manifest.exists():
            self.write_lines(self.entries().values())
        shutil.rmtree(self.unfinished, ignore_errors=True)


_SHORT = ("resolution", "engine", "samples", "scene")
"""Settings whose values fit into a sentence."""


class TrainingSet:
    """Renders the pictures `first` … `first + count - 1` step by step; those that are there are left alone.

    Between steps the scene is the artist's own: each step arranges it, renders, and puts everything back.
    """

    def __init__(
        self, scene: Scene, view_layer: ViewLayer, root: Path, count: int, first: int = 0, resolution: int = 256
    ) -> None:
        """Raise `DatasetError` for a scene that makes no training set, or a folder that cannot take one."""
        _check(scene)
        marks = marks_of(scene, view_layer)
        self.folder = SceneFolder(root)
        self.folder.prepare(settings_of(scene, marks, resolution))
        self.scene, self.view_layer, self.resolution = scene, view_layer, resolution
        self.arranger = Arranger(scene, view_layer, marks)
        there = self.folder.entries()
        self._left = deque(seed for seed in range(first, first + count) if seed not in there)
        self.pace = Pace(count, skipped=count - len(self._left), unit="pictures")

    def step(self) -> bool:
        """Render one picture; whether there are more to do.

        Raises:
            DatasetError: it cannot be rendered or written; those before it are whole.
        """
        with _writing(self.folder.root):
            if self._left:
                self._take(self._left[0])
                self._left.popleft()
                self.pace.done += 1
            if not self._left:
                self.folder.close()
        return bool(self._left)

    def close(self) -> None:
        """Bring the manifest up to date; on a full disk that is left to the next run."""
        try:
            if self.folder.unfinished.exists():
                self.folder.close()
        except OSError as error:
            logger.warning("%s is not up to date (%s); the next run writes it.", self.folder.manifest, error)

    def _take(self, seed: int) -> None:
        folder, side = self.folder, self.resolution
        folder.make()
        free, needed = shutil.disk_usage(folder.root).free, side * side * _BYTES_OF_PIXEL + _SLACK
        if free < needed:
            raise DatasetError(
                f"The disk of {folder.root} is full: {free >> 10} KiB are left, and a picture with its mask may take "
                f"{needed >> 10} KiB. Make room and render again: it goes on after {self.pace.done + self.pace.skipped}"
                " pictures."
            )
        picture, mask = folder.unfinished / f"{seed:0{DIGITS}d}.webp", folder.unfinished / f"{seed:0{DIGITS}d}.png"
        try:
            with ExitStack() as until:
                _set_up_picture(self.scene, self.view_layer, side, seed, until)
                changes = self.arranger.arrange(seed, until)
                entry = {
                    **folder.files(seed),
                    "boxes": self.arranger.boxes(changes),
                    "objects": [change.as_dict() for change in changes],
                }
                hold(until, self.scene.render, filepath=str(picture))
                bpy.ops.render.render(write_still=True, scene=self.scene.name)
                write_mask(self.scene, self.view_layer, mask)
        except RuntimeError as error:
            raise DatasetError(f"Picture {seed} could not be rendered: {str(error).strip()}") from error
        for path, is_whole in ((picture, _is_webp), (mask, _is_png)):
            if not path.exists() or not is_whole(path.read_bytes()):
                raise DatasetError(
                    f"Blender wrote no whole file to {path}. Is the disk full? The pictures before it are kept."
                )
        mask.write_bytes(without_words(mask.read_bytes()))
        folder.note(entry)
        mask.replace(folder.mask(seed))
        picture.replace(folder.picture(seed))


def render_training_set(
    scene: Scene,
    view_layer: ViewLayer,
    root: Path,
    count: int,
    first: int = 0,
    resolution: int = 256,
    report: Callable[[Pace], None] = lambda _pace: None,
) -> Pace:
    """The whole job: `count` pictures of `resolution`² with masks, descriptions and a manifest under `root`.

    Args:
        scene, view_layer: what is rendered, with its own engine's settings.
        root: a folder, made if it isn't there.
        count, first: the seeds first … first + count - 1.
        resolution: side in pixels.
        report: called after each picture.

    Raises:
        DatasetError: nothing marked, no camera, a folder of another set, a full disk, a render that failed.
    """
    job = TrainingSet(scene, view_layer, root, count, first, resolution)
    try:
        more = True
        while more:
            more = job.step()
            report(job.pace)
    finally:
        job.close()
    return job.pace


def settings_of(scene: Scene, marks: list[Mark], resolution: int) -> dict[str, Any]:
    """What all pictures of a set share, as dataset.json has it."""
    engine = scene.render.engine
    own: Any = scene.cycles if engine == "CYCLES" else scene.eevee
    return {
        "resolution": resolution,
        "classes": classes_of(marks),
        "scene": scene.name,
        "engine": engine,
        "samples": own.samples if engine == "CYCLES" else own.taa_render_samples,
        "marks": [mark.as_dict() for mark in marks],
    }


def _check(scene: Scene) -> None:
    if scene.camera is None:
        raise DatasetError(f"The scene “{scene.name}” has no camera. Add one (Shift-A, Camera), and look through it.")
    if scene.render.engine == "BLOBGAN":
        raise DatasetError("The engine BlobGAN draws canvases, not objects. Set the render engine to Cycles or EEVEE.")
    if not hasattr(scene, "cycles"):
        raise DatasetError("The masks need Cycles. Enable the add-on “Cycles Render Engine” in the preferences.")


def _set_up_picture(scene: Scene, view_layer: ViewLayer, side: int, seed: int, until: ExitStack) -> None:
    """A square WebP that is the same for the same seed; light, colours and samples stay the artist's."""
    render: Any = scene.render
    hold(until, render, resolution_x=side, resolution_y=side, resolution_percentage=100)
    hold(until, render, pixel_aspect_x=1.0, pixel_aspect_y=1.0, use_border=False, use_multiview=False)
    hold(until, render, use_sequencer=False, use_file_extension=False, dither_intensity=0.0)
    for node in _file_outputs(scene):  # the artist's own files are not to become those of these pictures
        hold(until, node, mute=True)
    # No dates or times in the files.
    hold(until, render, **{name: False for name in dir(render) if name.startswith("use_stamp")})
    file = render.image_settings
    media = ("media_type",) if hasattr(file, "media_type") else ()  # 5.0 and later
    keep(until, file, "quality", "compression", "color_depth", "color_mode", "file_format", *media)
    if media:
        file.media_type = "IMAGE"
    file.file_format, file.color_mode, file.quality = "WEBP", "RGB", WEBP_QUALITY
    if render.engine == "CYCLES":
        hold(until, scene.cycles, seed=seed % 2**31, use_animated_seed=False, use_denoising=_can_denoise())
        hold(until, view_layer.cycles, use_denoising=_can_denoise())


def _file_outputs(scene: Any) -> Iterator[Any]:
    """The compositor's nodes that write files, those in groups too."""
    five = hasattr(scene, "compositing_node_group")  # 5.0 and later
    waiting, seen = [scene.compositing_node_group if five else scene.node_tree], set()
    while waiting:
        tree = waiting.pop()
        if tree is None or tree in seen:
            continue
        seen.add(tree)
        for node in tree.nodes:
            if node.bl_idname == "CompositorNodeOutputFile":
                yield node
            waiting.append(getattr(node, "node_tree", None))


def _can_denoise() -> bool:
    """Debian builds Blender without OpenImageDenoise, and a render that asks for it there fails."""
    import _cycles

    return bool(_cycles.with_openimagedenoise)


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    try:
        if root.exists() and not os.access(root, os.W_OK):
            raise PermissionError(None, "no right to write there")
        yield
    except OSError as error:
        raise DatasetError(
            f"{root} cannot be written to ({error.strerror or error}). Choose another folder, or make room."
        ) from error


def _is_webp(data: bytes) -> bool:
    """Whether a RIFF file is as long as it says."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP" and int.from_bytes(data[4:8], "little") + 8 == len(data)


def _is_png(data: bytes) -> bool:
    return data.endswith(_PNG_END)
