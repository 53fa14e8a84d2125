"""Where training pictures lie: a folder, a zip or tar file, or a folder of such files."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .errors import TrainingError

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2")
ROOMS_CARD = "dataset.json"  # marks the data set of `blobgan_blender.datasets`, whose masks are no training pictures
ROOMS_PICTURES = "pictures"


@dataclass(frozen=True)
class Listed:
    """The pictures of one folder or archive.

    Attributes:
        path: the folder or archive.
        names: the pictures in it, sorted.
        stamp: what changes when the pictures do: total bytes and newest time.
    """

    path: Path
    names: tuple[str, ...]
    stamp: tuple[int, int]


def is_archive(path: Path) -> bool:
    """Whether a file's ending says that it is an archive of pictures."""
    return path.name.lower().endswith(ARCHIVES)


def list_pictures(path: Path) -> list[Listed]:
    """The pictures under `path`, at any depth; hidden files and folders are passed over.

    Raises:
        TrainingError: nothing there, or nothing that can be read.
    """
    try:
        if path.is_dir():
            listed = [_list_folder(path)]
            if not listed[0].names:
                archives = sorted(file for file in path.iterdir() if is_archive(file) and not file.name.startswith("."))
                listed = [_list_archive(file) for file in archives]
        elif path.is_file() and is_archive(path):
            listed = [_list_archive(path)]
        else:
            raise TrainingError(f"There is no folder of pictures, zip or tar file at {path}. Choose another place.")
    except OSError as error:
        raise TrainingError(f"{path} cannot be read ({error.strerror or error}). Choose another place.") from error
    if not any(part.names for part in listed):
        endings = ", ".join(ending[1:] for ending in ENDINGS)
        raise TrainingError(f"{path} holds no pictures ({endings}). Put some there, or choose another place.")
    return listed


def read_archive(path: Path, names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """The named members of an archive with their bytes, in the archive's own order."""
    wanted = set(names)
    try:
        if path.name.lower().endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                for name in names:
                    yield name, archive.read(name)
        else:
            with tarfile.open(path) as tar:
                for member in tar:
                    if member.name in wanted and (file := tar.extractfile(member)):
                        yield member.name, file.read()
    except (OSError, zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError) as error:
        raise TrainingError(f"{path} is damaged ({error}). Pack or copy it again.") from error


def _list_folder(path: Path) -> Listed:
    files = {str(file.relative_to(path).as_posix()): file for file in path.rglob("*") if file.is_file()}
    names = _pictures(set(files))
    stats = [files[name].stat() for name in names]
    stamp = (sum(stat.st_size for stat in stats), max((stat.st_mtime_ns for stat in stats), default=0))
    return Listed(path, names, stamp)


def _list_archive(path: Path) -> Listed:
    try:
        if path.name.lower().endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                names = _pictures({info.filename for info in archive.infolist() if not info.is_dir()})
        else:
            with tarfile.open(path) as tar:
                names = _pictures({member.name for member in tar if member.isfile()})
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise TrainingError(f"{path} is damaged or no archive ({error}). Pack or copy it again.") from error
    stat = path.stat()
    return Listed(path, names, (stat.st_size, stat.st_mtime_ns))


def _pictures(names: set[str]) -> tuple[str, ...]:
    """The pictures among names of files, sorted; of a rooms data set, at any depth, those in its pictures folder."""
    paths = {name: PurePosixPath(name) for name in names}  # which drops the "./" that `tar cf rooms.tar .` writes
    folders = {folder for path in paths.values() for folder in path.parents}
    # Others have a dataset.json too: without a folder pictures beside it, it says nothing about rooms.
    rooms = {path.parent for path in paths.values() if path.name == ROOMS_CARD} & {
        folder.parent for folder in folders if folder.name == ROOMS_PICTURES
    }
    return tuple(sorted(name for name, path in paths.items() if _is_picture(path, rooms)))


def _is_picture(path: PurePosixPath, rooms: set[PurePosixPath]) -> bool:
    """Whether a file is one to train on; rooms: the folders of rooms data sets."""
    return (
        path.name.lower().endswith(ENDINGS)
        and not any(part.startswith((".", "__MACOSX")) for part in path.parts)
        and all(root / ROOMS_PICTURES in path.parents for root in rooms.intersection(path.parents))
    )
