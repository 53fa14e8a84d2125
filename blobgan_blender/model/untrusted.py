"""Reading a stranger's `.ckpt` without trusting it: tensors and plain values come out, no code ever runs.

torch's files are zip archives with a pickle that describes the objects and one raw file for each tensor's storage.
A pickle can name any function of any module and have it called. Here every name but a handful resolves to an inert
class that swallows whatever is done to it. Sizes are checked against the archive before anything is allocated, and a
tensor's numbers stay in the file until somebody who has looked at its shape asks for them.
"""

from __future__ import annotations

import collections
import io
import math
import pickle  # noqa: TID251 - the inert reader itself
import pickletools
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..core.errors import ModelFileError

# What a description can make its reader build is a few hundred times its size: so these bound the memory.
_MAX_PICKLE = 2 << 20  # bytes; the official checkpoints' have 60 kB
_MAX_NAMES = 1000  # classes and functions named; the official checkpoints name 20

_STORAGE_DTYPES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


class Inert(dict):
    """Stands in for any class or function that a pickle names: keeps what it is given and does nothing."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        super().__init__()

    def __setstate__(self, state: Any) -> None:
        self.update(state if isinstance(state, dict) else {"state": state})

    def append(self, _item: Any) -> None:
        """A pickled list subclass appends its items."""

    def extend(self, _items: Any) -> None:
        """A pickled list subclass extends itself by its items."""

    def add(self, _item: Any) -> None:
        """A pickled set subclass adds its items."""

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)


# Whatever a pickle gets into its hands is a tuple: a BUILD opcode sets attributes of anything that lets it.
class _Storage(NamedTuple):
    dtype: torch.dtype
    key: str
    numel: int


class _Dtype(NamedTuple):
    dtype: torch.dtype


class StoredTensor(NamedTuple):
    """A tensor that still lies in its file, its shape and strides already checked against its storage's size."""

    archive: _Archive
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def read(self) -> Tensor:
        """The tensor in float32, contiguous; raises `ModelFileError` where its bytes are damaged."""
        try:
            flat = self.archive.storage(self.storage)
            # A copy, so that a small view does not keep a large storage.
            return torch.empty(self.shape).copy_(flat.as_strided(self.shape, self.stride, self.offset))
        except (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile) as error:
            raise ModelFileError(f"{self.archive.name} is damaged: {error}. Copy it again.") from error


class _RebuildTensor(NamedTuple):
    """`torch._utils._rebuild_tensor_v2`."""

    archive: _Archive

    def __call__(self, storage: Any, offset: Any, shape: Any, stride: Any, *_rest: Any) -> StoredTensor:
        return self.archive.tensor(storage, offset, shape, stride)


class _RebuildParameter(NamedTuple):
    """`torch._utils._rebuild_parameter`: the tensor itself."""

    def __call__(self, value: Any, *_rest: Any) -> Any:
        return value


class _Reader(pickle.Unpickler):
    """Resolves a name to one of a few harmless things, or to an `Inert` of its own."""

    def __init__(self, archive: _Archive, description: bytes) -> None:
        super().__init__(io.BytesIO(description), encoding="utf-8")
        self._archive = archive
        self._inert: dict[tuple[str, str], type[Inert]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _RebuildTensor(self._archive)
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return _RebuildParameter()
        if module in ("torch", "torch.storage") and name in _STORAGE_DTYPES:
            return _Dtype(_STORAGE_DTYPES[name])
        if len(self._inert) >= _MAX_NAMES:
            raise ValueError("it names implausibly many classes")
        # A class for each name: as a dictionary's keys they stay apart.
        return self._inert.setdefault((module, name), type("Inert", (Inert,), {}))

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _location, numel = pid
        if kind != "storage" or not isinstance(dtype, _Dtype) or not isinstance(key, str) or type(numel) is not int:
            raise ValueError(f"it names a storage in an unknown way: {pid!r:.80}")
        return _Storage(dtype.dtype, key, numel)


class _Archive:
    """The zip of a torch file: one pickle, and a raw file for each storage."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._zip = zipfile.ZipFile(path)
        try:
            self._entries = {info.filename: info for info in self._zip.infolist()}
            pickles = [name for name in self._entries if name == "data.pkl" or name.endswith("/data.pkl")]
            if len(pickles) != 1:
                raise ValueError("it holds no torch checkpoint")
            if any(info.compress_type != zipfile.ZIP_STORED for info in self._entries.values()):
                raise ValueError("its parts are compressed, as torch never writes them")
            if sum(info.file_size for info in self._entries.values()) > path.stat().st_size:
                raise ValueError("its parts add up to more than the file")
            if self._entries[pickles[0]].file_size > _MAX_PICKLE:
                raise ValueError("its description is implausibly large")
        except BaseException:
            self.close()
            raise
        self._pickle = pickles[0]
        self._root = self._pickle[: -len("data.pkl")]

    def close(self) -> None:
        self._zip.close()

    def description(self) -> bytes:
        """The pickle, refused where its unpickler would allocate by a number that it names."""
        description = self._zip.read(self._pickle)
        # Walking the opcodes also refuses strings that claim to be longer than the pickle.
        for opcode, argument, position in pickletools.genops(description):
            if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(argument or 0) > (position or 0):
                raise ValueError("it remembers objects under implausible numbers")
        return description

    def tensor(self, storage: Any, offset: Any, shape: Any, stride: Any) -> StoredTensor:
        """The tensor that a pickle describes, after every number was checked."""
        if not isinstance(storage, _Storage) or not isinstance(shape, tuple) or not isinstance(stride, tuple):
            raise ValueError("it describes a tensor by something other than sizes")
        if any(type(n) is not int or not 0 <= n < 1 << 62 for n in (storage.numel, offset, *shape, *stride)):
            raise ValueError("it describes a tensor by something other than sizes")
        if len(shape) != len(stride) or len(shape) > 8:
            raise ValueError("it describes a tensor whose shape and strides disagree")
        reach = offset + sum((n - 1) * step for n, step in zip(shape, stride, strict=True)) if 0 not in shape else -1
        # Strides that overlap would make a huge tensor of a small storage.
        if reach >= storage.numel or math.prod(shape) > storage.numel:
            raise ValueError("it describes a tensor that reaches past its storage")
        info = self._entries.get(f"{self._root}data/{storage.key}")
        if info is None or info.file_size < storage.numel * storage.dtype.itemsize:
            raise ValueError(f"its storage {storage.key!r:.40} is missing or cut short")
        return StoredTensor(self, storage, offset, shape, stride)

    def storage(self, storage: _Storage) -> Tensor:
        """The numbers of a storage, flat."""
        data = bytearray(self._zip.read(f"{self._root}data/{storage.key}"))
        if not storage.numel:
            return torch.empty(0, dtype=storage.dtype)
        return torch.frombuffer(data, dtype=storage.dtype, count=storage.numel)


@contextmanager
def opened_checkpoint(path: Path) -> Iterator[Any]:
    """The objects of a torch file: dicts, lists, numbers, strings, `StoredTensor`s; any other class is an `Inert`.

    Tensors can be read until the block ends.

    Raises:
        ModelFileError: the file is missing, truncated, hostile, or not of torch's zip format.
    """
    archive, content = _parse(path)
    try:
        yield content
    finally:
        archive.close()


def _parse(path: Path) -> tuple[_Archive, Any]:
    archive = None
    try:
        archive = _Archive(path)
        return archive, _Reader(archive, archive.description()).load()
    # A hostile file can make its readers raise nearly anything; whatever it was, the file is refused.
    except Exception as error:
        if archive is not None:
            archive.close()
        if isinstance(error, OSError):
            raise ModelFileError(f"{path} cannot be read ({error.strerror or error}). Choose another file.") from error
        if isinstance(error, zipfile.BadZipFile):
            raise ModelFileError(
                f"{path.name} is truncated or not a torch checkpoint (a zip file). Copy it again; a checkpoint from "
                "before torch 1.6 must first be saved again by a current torch."
            ) from error
        reason = str(error).strip().split("\n")[0][:200] or type(error).__name__
        raise ModelFileError(f"{path.name} was refused: {reason}. Nothing of it was run.") from error
