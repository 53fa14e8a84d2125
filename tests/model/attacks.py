"""Known abuses of a torch file. Each builder takes the path of a canary that its code would make if it ever ran."""

from __future__ import annotations

import builtins
import io
import os
import pickle
import struct
import subprocess
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from checkpoints import Rebuilt, Storage, described, one_tensor, tiny_state, torch_file, zipped

Attack = Callable[[Path], bytes]


class Call:
    """Pickles as a call of any function."""

    def __init__(self, function: Callable[..., Any], *arguments: object, state: object = None) -> None:
        self.parts = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self) -> tuple[object, ...]:
        return self.parts


def touch(canary: Path) -> str:
    return f"touch {canary}"


def write(canary: Path) -> str:
    return f"open({str(canary)!r}, 'w').close()"


def as_root(code: bytes) -> bytes:
    """A file whose pickle is these opcodes."""
    return zipped(b"\x80\x02" + code + b".")


def patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert content.count(old) >= 1
    assert len(old) == len(new)
    return content.replace(old, new)


def lying_sizes() -> bytes:
    """A zip whose directory claims that a storage has as many bytes as the whole file."""
    content = one_tensor((4, 4), (4, 1))
    size = struct.pack("<II", 64, 64)
    return patched(content, size, struct.pack("<II", 64, len(content) - 400))


def two_descriptions() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a/data.pkl", described({"state_dict": {}}))
        archive.writestr("b/data.pkl", described({"state_dict": {}}))
    return file.getvalue()


def overlapping_entries(entries: int = 200) -> bytes:
    """A zip whose directory lists the same bytes under many names (a bomb without compression)."""
    content = zipped(described({"state_dict": {}}), {"0": bytes(1 << 16)})
    start = content.rindex(b"PK\x01\x02")
    end = content.rindex(b"PK\x05\x06")
    entry = content[start:end]
    listed = b"".join(entry.replace(b"archive/data/0", b"archive/data/%c" % (33 + i % 90)) for i in range(entries))
    first = content.index(b"PK\x01\x02")
    directory = content[first:start] + listed
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries + 1, entries + 1, len(directory), first, 0)
    return content[:first] + directory + tail


def shadowed(method: str) -> bytes:
    """A state dict that carries its own idea of one of its methods."""
    state = Call(OrderedDict, state={method: "not a method"})
    return zipped(described({"state_dict": state}))


def rewritten_tensor(field: str, value: object) -> bytes:
    """A tensor of sound sizes whose fields a BUILD opcode then sets."""
    tensor = described(Rebuilt(Storage("0", 16), (4, 4), (4, 1)))[2:-1]
    state = described((None, {field: value}))[2:-1]
    code = b"}(X\x0a\x00\x00\x00state_dict}(X\x1f\x00\x00\x00generator_ema.conv1.conv.weight" + tensor + state + b"buu"
    return zipped(b"\x80\x02" + code + b".", {"0": struct.pack("<16f", *range(16))})


def cyclic_settings() -> bytes:
    """Hyper-parameters that contain themselves, the way OmegaConf's nodes hold their content."""
    node = described(Call(open_nothing))[2:-1]
    code = b"}(X\x0a\x00\x00\x00state_dict}X\x10\x00\x00\x00hyper_parameters" + node
    return as_root(code + b"q\x7f}X\x08\x00\x00\x00_contenth\x7fsbu")


def open_nothing() -> None:
    """Names a class for `cyclic_settings`; never called."""


# Each must end as ModelFileError, the canary not made, memory not taken.
REFUSED: dict[str, Attack] = {
    # code, as the whole file or where a tensor belongs
    "os.system": lambda canary: zipped(pickle.dumps(Call(os.system, touch(canary)), 2)),
    "subprocess, protocol 5": lambda canary: zipped(pickle.dumps(Call(subprocess.call, ["touch", str(canary)]), 5)),
    "exec": lambda canary: zipped(pickle.dumps(Call(builtins.exec, write(canary)), 2)),
    "eval where a tensor belongs": lambda canary: torch_file(
        {"state_dict": {"generator_ema.conv1.conv.weight": Call(builtins.eval, write(canary))}}
    ),
    "GLOBAL by hand": lambda canary: as_root(b"cos\nsystem\n(S'" + touch(canary).encode() + b"'\ntR"),
    "STACK_GLOBAL": lambda canary: zipped(
        b"\x80\x04\x8c\x02os\x8c\x06system\x93X"
        + struct.pack("<I", len(touch(canary)))
        + touch(canary).encode()
        + b"\x85R."
    ),
    "INST": lambda canary: as_root(b"(S'" + touch(canary).encode() + b"'\nios\nsystem\n"),
    "OBJ": lambda canary: as_root(b"(cos\nsystem\nS'" + touch(canary).encode() + b"'\no"),
    "NEWOBJ": lambda canary: as_root(b"csubprocess\nPopen\n(S'" + touch(canary).encode() + b"'\nt\x81"),
    "setstate": lambda canary: as_root(
        b"cfunctools\npartial\n(cos\nsystem\nt\x81(cos\nsystem\n(S'" + touch(canary).encode() + b"'\nt}Ntb)R"
    ),
    "EXT": lambda _: as_root(b"\x82\x01)R"),
    "PERSID": lambda _: as_root(b"Pos.system\n"),
    "a call of what is no function": lambda _: as_root(b"ctorch\nFloatStorage\n)R"),
    # tensors that lie
    "more numbers than its storage": lambda _: one_tensor((5, 4), (4, 1)),
    "a storage longer than its file": lambda _: one_tensor((5, 4), (4, 1), numel=20),
    "a storage without a file": lambda _: zipped(
        described({"state_dict": {"a": Rebuilt(Storage("7", 1), (1,), (1,))}})
    ),
    "a storage outside": lambda _: zipped(
        described({"state_dict": {"a": Rebuilt(Storage("../data.pkl", 1), (1,), (1,))}}), {"0": b""}
    ),
    "a storage read as wider numbers": lambda _: one_tensor((4, 4), (4, 1), kind=torch.DoubleStorage),
    "negative offset": lambda _: one_tensor((1,), (1,), offset=-1),
    "negative stride": lambda _: one_tensor((4,), (-1,), offset=3),
    "negative size": lambda _: one_tensor((-4,), (1,)),
    "a terabyte by overlapping strides": lambda _: one_tensor((8, 9, 9), (1, 0, 0)),
    "a square of overlapping rows": lambda _: one_tensor((8, 8), (1, 1)),
    "a petabyte claimed": lambda _: one_tensor((1 << 50,), (1,), numel=1 << 50),
    "sizes beyond 64 bits": lambda _: one_tensor((1 << 70, 0), (1, 1)),
    "sizes of 10,000 digits": lambda _: one_tensor((1 << 40_000, 0), (1, 1)),
    "sizes that are no integers": lambda _: one_tensor((4.0, True), (4, 1)),
    "sizes that are text": lambda _: one_tensor("44", "41"),
    "a hundred axes": lambda _: one_tensor((1,) * 100, (1,) * 100),
    "a numel that is text": lambda _: one_tensor((4, 4), (4, 1), numel="16"),
    "a storage of no known kind": lambda _: one_tensor((4, 4), (4, 1), kind=OrderedDict),
    "a tensor whose shape is set afterwards": lambda _: rewritten_tensor("shape", (1 << 20, 1 << 20)),
    "a tensor whose reader is set afterwards": lambda _: rewritten_tensor("read", 1),
    # archives that lie
    "sizes in the directory": lambda _: lying_sizes(),
    "two descriptions": lambda _: two_descriptions(),
    "many names for the same bytes": lambda _: overlapping_entries(),
    "a compressed bomb": lambda _: zipped(described({"state_dict": {}}), {"0": bytes(64 << 20)}, zipfile.ZIP_DEFLATED),
    "a description of 3 MB": lambda _: zipped(described({"state_dict": {}, "a": bytes(3 << 20)})),
    "an encrypted part": lambda _: patched(
        one_tensor((4, 4), (4, 1)), b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
    ),
    "a zip of the future": lambda _: patched(
        one_tensor((4, 4), (4, 1)), b"PK\x01\x02\x14\x03\x14\x00", b"PK\x01\x02\x14\x03\xff\x00"
    ),
    # descriptions that make their reader allocate
    "a memo of 2 billion": lambda _: as_root(b"}r\xff\xff\xff\x7f"),
    "a memo of 2 billion, as text": lambda _: as_root(b"}p2147483647\n"),
    "bytes of an exabyte": lambda _: zipped(b"\x80\x04\x8e" + struct.pack("<Q", 1 << 60) + b"a."),
    "a bytearray of 8 GiB": lambda _: zipped(b"\x80\x05\x96" + struct.pack("<Q", 8 << 30) + b"a."),
    "text of 4 GiB": lambda _: as_root(b"X\xff\xff\xff\xffa"),
    "a frame of an exabyte": lambda _: zipped(b"\x80\x04\x95" + struct.pack("<Q", 1 << 60) + b"}."),
    "a hundred thousand classes": lambda _: as_root(b"".join(b"ca\n%d\n0" % i for i in range(100_000)) + b"}"),
    "tuples in tuples": lambda _: as_root(b")" + b"\x85" * 300_000),
    "no end": lambda _: zipped(b"\x80\x02}"),
    "an empty description": lambda _: zipped(b""),
    # content that is none
    "methods of its own: items": lambda _: shadowed("items"),
    "methods of its own: get": lambda _: shadowed("get"),
    "hyper-parameters that contain themselves": lambda _: cyclic_settings(),
    "keys in keys": lambda _: as_root(b"}(X\x0a\x00\x00\x00state_dict}(" + b")" + b"\x85" * 500 + b"K\x01uu"),
    "a list": lambda _: torch_file([1, 2, 3]),
    "a number": lambda _: torch_file(5),
    "a foreign model": lambda _: torch_file({"state_dict": {"encoder.weight": torch.ones(3)}}),
    "a hundred octaves": lambda _: torch_file(
        {
            "state_dict": tiny_state()
            | {
                f"generator_ema.to_rgbs.{i}.conv.weight": tiny_state()["generator_ema.noises.noise_0"]
                for i in range(100)
            }
        }
    ),
    # no archives
    "empty": lambda _: b"",
    "text": lambda _: b"version https://git-lfs.github.com/spec/v1\n",
    "a bare pickle": lambda canary: pickle.dumps(Call(os.system, touch(canary))),
    "truncated": lambda _: torch_file({"state_dict": tiny_state()})[:-1000],
}

# Harmless to leave alone, so the model around it is read; the code still never runs.
CONVERTED: dict[str, Attack] = {
    "a callback": lambda canary: torch_file(
        {"state_dict": tiny_state(), "callbacks": {"checkpoint": {"best": [Call(os.system, touch(canary))]}}}
    ),
    "a class as a key": lambda canary: torch_file(
        {"state_dict": tiny_state(), "callbacks": {subprocess.Popen: {"a": Call(builtins.eval, write(canary))}}}
    ),
    "an optimizer": lambda canary: torch_file(
        {"state_dict": tiny_state(), "optimizer_states": [Call(builtins.exec, write(canary))]}
    ),
    "hyper-parameters": lambda canary: torch_file(
        {"state_dict": tiny_state(), "hyper_parameters": Call(builtins.eval, write(canary))}
    ),
}
