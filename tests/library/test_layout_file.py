"""Layout and noise files: round trips, and what is refused."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from blobgan_blender.core.errors import BlobGANError, LayoutError
from blobgan_blender.core.layout import Layout
from blobgan_blender.core.seeds import noise_from_seed
from blobgan_blender.library.layout_file import read_layout, read_noise, write_layout


def layout(n: int = 2, m: int = 3) -> Layout[np.ndarray]:
    stream = np.random.RandomState(0)
    return Layout(
        xs=stream.rand(n, m),
        ys=stream.rand(n, m),
        covs=np.tile(np.array([[0.03, 0.01], [0.01, 0.02]]), (n, m, 1, 1)),
        sizes=stream.randn(n, m + 1),
        features=stream.randn(n, m + 1, 8),
        spatial_style=stream.randn(n, m + 1, 4),
    ).map(lambda array: array.astype(np.float32))


@pytest.mark.parametrize("ending", [".npz", ".json"])
@pytest.mark.parametrize(("n", "m"), [(2, 3), (1, 0), (3, 0), (1, 40)])
def test_round_trip_is_exact(tmp_path: Path, ending: str, n: int, m: int) -> None:
    path = tmp_path / f"rooms{ending}"
    write_layout(path, layout(n, m))
    back = read_layout(path)
    for name, array in layout(n, m).arrays().items():
        assert getattr(back, name).dtype == np.float32
        assert np.array_equal(getattr(back, name), array), name
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name], "nothing is left beside it"


def test_the_same_layout_makes_the_same_bytes(tmp_path: Path) -> None:
    write_layout(tmp_path / "a.npz", layout())
    write_layout(tmp_path / "b.npz", layout())
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"\.npz or \.json"):
        write_layout(tmp_path / "a.csv", layout())
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(LayoutError, match=r"ends in \.npz or \.json"):
        read_layout(tmp_path / "a.csv")


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BlobGANError, match=r"a\.npz cannot be written \(.*\)\. Choose another place"):
        write_layout(tmp_path / "file" / "a.npz", layout())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"a\.npz cannot be read \(No such file"):
        read_layout(tmp_path / "a.npz")


def packed(**arrays: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def changed(**arrays: np.ndarray) -> bytes:
    return packed(**(layout().arrays() | arrays))


def claims(shape: str) -> bytes:
    """An .npz whose array claims a shape that its data does not have."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xs.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
    return file.getvalue()


class Exploit:
    """Were it unpickled, the test would fail with this error instead of a LayoutError."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("the file's code was run",))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "damaged", id="empty"),
        pytest.param(b"hello", "damaged", id="text"),
        pytest.param(changed()[:500], "damaged", id="truncated"),
        pytest.param(changed()[:200] + bytes(50) + changed()[250:], "damaged", id="overwritten"),
        pytest.param(pickle.dumps(Exploit()), "damaged", id="a pickle"),
        pytest.param(packed(xs=np.array([Exploit()], object)), "damaged", id="a pickle in an array"),
        pytest.param(packed(a=np.zeros(3)), "lacks xs, ys", id="foreign"),
        pytest.param(claims("(1000000000000000,)"), "damaged", id="a petabyte claimed"),
        pytest.param(claims("(-5,)"), "damaged", id="a negative shape"),
        pytest.param(changed(ys=np.zeros((2, 4))), "needs ys of shape", id="shapes that disagree"),
        pytest.param(changed(xs=np.full((2, 3), np.nan)), "not finite", id="NaN"),
        pytest.param(changed(xs=np.full((2, 3), 1e300)), "not finite", id="more than a float32 holds"),
        pytest.param(changed(xs=np.full((2, 3), "a")), "damaged", id="text for numbers"),
        pytest.param(changed(covs=np.zeros((2, 3, 2, 2))), "positive definite", id="flat ellipses"),
        pytest.param(changed(covs=-np.tile(np.eye(2), (2, 3, 1, 1))), "positive definite", id="negative ellipses"),
        pytest.param(packed(**layout(0).arrays()), "no layouts", id="no layouts"),
    ],
)
def test_what_is_no_layout_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "rooms.npz"
    path.write_bytes(content)
    with pytest.raises(LayoutError, match=reason):
        read_layout(path)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blobgan_blender.library.layout_file._MAX_BYTES", 1 << 20)
    np.savez_compressed(tmp_path / "bomb.npz", xs=np.zeros(1 << 20, np.float32))
    assert (tmp_path / "bomb.npz").stat().st_size < 1 << 14
    with pytest.raises(LayoutError, match=r"bomb\.npz would unpack to more than"):
        read_layout(tmp_path / "bomb.npz")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "damaged"),
        ("[1, 2]", "holds no names"),
        ("[" * 100_000, "damaged"),
        ('{"xs": [[0.5]]}', "lacks ys"),
        (json.dumps({name: [[1], [1, 2]] for name in Layout.FIELDS}), "damaged"),
        (json.dumps(dict.fromkeys(Layout.FIELDS, "a")), "damaged"),
        (
            json.dumps({name: [[]] for name in Layout.FIELDS} | {"covs": [np.eye(2).tolist()]}),
            r"needs covs of shape \(1, 0",
        ),
    ],
)
def test_what_is_no_layout_in_json_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "rooms.json"
    path.write_text(text)
    with pytest.raises(LayoutError, match=reason):
        read_layout(path)


def test_noise_files(tmp_path: Path) -> None:
    path = tmp_path / "noise.npz"
    maps = noise_from_seed(1, 32)
    np.savez(path, **{f"noise_{index}": map_ for index, map_ in enumerate(maps)})
    assert all(np.array_equal(a, b) for a, b in zip(read_noise(path, 32), maps, strict=True))
    with pytest.raises(LayoutError, match=r"noise\.npz lacks noise_3, noise_4"):
        read_noise(path, 64)
    np.savez(path, **{f"noise_{index}": np.zeros((1, 1, 8, 8)) for index in range(3)})
    with pytest.raises(LayoutError, match=r"noise_0 in noise\.npz must be \(N, 1, 16, 16\), not \(1, 1, 8, 8\)"):
        read_noise(path, 32)
