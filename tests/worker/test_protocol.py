"""The frames: what goes in comes out, and nothing else is let in."""

from __future__ import annotations

import contextlib
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from blobgan_blender.worker import protocol
from blobgan_blender.worker.protocol import Message, ProtocolError, decode, encode

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
headers = st.dictionaries(st.text().filter(lambda key: key != "arrays"), json_values, max_size=4)
shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
array = hnp.arrays(st.sampled_from(list(protocol.DTYPES)), shapes)
named_arrays = st.dictionaries(st.text(min_size=1, max_size=64), array, max_size=4)


def frame_of(header: object, tail: bytes = b"", *, magic: bytes = b"BGW1", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    head = struct.pack("<4sI", magic, len(text) if length is None else length) + text
    return head + bytes(-len(head) % 16) * bool(tail) + tail


def spec(**changes: object) -> dict[str, object]:
    return {"name": "a", "dtype": "uint8", "shape": [4], **changes}


@given(headers, named_arrays)
@settings(deadline=None)
def test_what_goes_in_comes_out(header: dict, arrays: dict) -> None:
    message = decode(encode(header, arrays))
    assert message.header == header
    assert list(message.arrays) == list(arrays)
    for name, sent in arrays.items():
        received = message.arrays[name]
        assert (received.dtype, received.shape) == (sent.dtype, sent.shape)
        assert received.tobytes() == sent.tobytes()
        assert not received.flags.writeable or not received.size


def test_an_array_in_any_memory_order_travels() -> None:
    sent = np.arange(24.0).reshape(2, 3, 4)
    for view in (sent.T, sent[:, ::-1], sent[::2], sent.astype(">f8"), np.asfortranarray(sent)):
        assert np.array_equal(decode(encode({}, {"a": view})).arrays["a"], view)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(noise)


@given(headers, named_arrays, st.data())
@settings(deadline=None)
def test_a_frame_cut_anywhere_is_refused(header: dict, arrays: dict, data: st.DataObject) -> None:
    frame = encode(header, arrays)
    with pytest.raises(ProtocolError):
        decode(frame[: data.draw(st.integers(0, len(frame) - 1))])


@given(headers, named_arrays, st.data())
@settings(deadline=None)
def test_a_damaged_frame_is_a_message_or_a_protocol_error(header: dict, arrays: dict, data: st.DataObject) -> None:
    frame = bytearray(encode(header, arrays))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ProtocolError):
        assert isinstance(decode(bytes(frame)), Message)


@given(st.dictionaries(st.sampled_from(["arrays", "id", "name"]), json_values), st.binary(max_size=40))
@settings(deadline=None)
def test_a_hostile_header_is_a_message_or_a_protocol_error(header: dict, tail: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert isinstance(decode(frame_of(header, tail)), Message)


HOSTILE = {
    "empty": b"",
    "pickle": b"\x80\x05cos\nsystem\n(S'true'\ntR.",
    "another magic": frame_of({"arrays": []}, magic=b"BGW2"),
    "header longer than the frame": frame_of({"arrays": []}, length=100),
    "header of 4 GiB": frame_of({"arrays": []}, length=2**32 - 1),
    "not JSON": frame_of(b"{]"),
    "not UTF-8": frame_of(b'{"a":"\xff"}'),
    "NaN": frame_of(b'{"arrays":[],"x":NaN}'),
    "deep nesting": frame_of(b"[" * 100_000),
    "a number of a million digits": frame_of(b'{"arrays":[],"x":' + b"9" * 1_000_000 + b"}"),
    "a list": frame_of([]),
    "no arrays": frame_of({}),
    "arrays not a list": frame_of({"arrays": {"a": 1}}),
    "too many arrays": frame_of({"arrays": [spec(name=str(i), shape=[0]) for i in range(33)]}),
    "an array that is no object": frame_of({"arrays": [3]}),
    "an array with a key more": frame_of({"arrays": [spec(order="F")]}, bytes(4)),
    "name twice": frame_of({"arrays": [spec(shape=[0]), spec(shape=[0])]}),
    "name not a string": frame_of({"arrays": [spec(name=["a"])]}, bytes(4)),
    "name of 100 characters": frame_of({"arrays": [spec(name="a" * 100)]}, bytes(4)),
    "dtype object": frame_of({"arrays": [spec(dtype="object")]}, bytes(4)),
    "dtype unhashable": frame_of({"arrays": [spec(dtype=[])]}, bytes(4)),
    "shape negative": frame_of({"arrays": [spec(shape=[-1])]}, bytes(4)),
    "shape negative twice": frame_of({"arrays": [spec(shape=[-2, -2])]}, bytes(4)),
    "shape of floats": frame_of({"arrays": [spec(shape=[4.0])]}, bytes(4)),
    "shape of bools": frame_of({"arrays": [spec(shape=[True])]}, bytes(1)),
    "shape too deep": frame_of({"arrays": [spec(shape=[1] * 9)]}, bytes(1)),
    "array of 2^62 bytes": frame_of({"arrays": [spec(shape=[2**31, 2**31])]}, bytes(4)),
    "nothing times 2^62": frame_of({"arrays": [spec(shape=[0, 2**62])]}),
    "array larger than the frame": frame_of({"arrays": [spec(shape=[5])]}, bytes(4)),
    "bytes left over": frame_of({"arrays": [spec(shape=[3])]}, bytes(4)),
}


@pytest.mark.parametrize("frame", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(frame)


@pytest.mark.parametrize(
    ("header", "arrays"),
    [
        ({"arrays": 1}, {}),
        ({"x": float("nan")}, {}),
        ({"x": object()}, {}),
        ({"x": "a" * (1 << 20)}, {}),
        ({}, {"a": np.array([object()])}),
        ({}, {"a": np.array(["text"])}),
        ({}, {"a": np.zeros(2, np.float16)}),
        ({}, {"": np.zeros(2)}),
        ({}, {str(i): np.zeros(1) for i in range(33)}),
        ({}, {"a": np.broadcast_to(np.uint8(0), (1 << 30,))}),
    ],
)
def test_what_the_other_side_would_refuse_is_not_sent(header: dict, arrays: dict) -> None:
    with pytest.raises(ProtocolError):
        encode(header, arrays)


def test_a_header_value_of_another_kind_is_refused() -> None:
    message = Message({"id": 3, "flag": True, "text": "a"})
    assert message.get("id", int) == 3
    assert message.get("id", float) == 3.0
    for key, kind in (("flag", int), ("text", int), ("id", str), ("none", str), ("id", bool)):
        with pytest.raises(ProtocolError, match=key):
            message.get(key, kind)
    with pytest.raises(ProtocolError, match="rgb"):
        message.array("rgb")
