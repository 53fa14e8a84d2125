"""Which Python is taken, and what an artist is told of those that are not."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Callable
from pathlib import Path

import pytest
from processes import alive, wait_until

import blobgan_blender
from blobgan_blender.core.errors import WorkerError
from blobgan_blender.worker.interpreter import Interpreter
from blobgan_blender.worker.python_search import candidates, find_python, probe

HERE = Interpreter(Path(sys.executable))


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLOBGAN_PYTHON", raising=False)


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def python_that_says(
    path: Path, version: str = "[3, 12, 1]", torch: str = "null", onnx: str = "null", error: str = "null"
) -> Interpreter:
    written = script(
        path,
        f"""echo 'a warning'; echo '{{"version": {version}, "prefix": "/usr", "device": null, "error": {error}, """
        f""""torch": {torch}, "onnxruntime": {onnx}, "numpy": "2.0", "safetensors": "0.5"}}'""",
    )
    return Interpreter(written)


def test_this_python_works_and_computes() -> None:
    found = probe(HERE)
    assert (found.ok, found.problem) == (True, None)
    assert found.version == ".".join(map(str, sys.version_info[:3]))
    assert found.engine is not None
    assert found.engine.startswith("torch 2.")
    assert found.device is not None
    assert find_python(blender=HERE) == HERE


def test_looking_for_packages_imports_none_of_them() -> None:
    started = time.monotonic()
    found = probe(HERE, device=False)
    assert found.ok
    assert found.device is None
    assert time.monotonic() - started < 1.0


def test_candidates_come_in_order_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOBGAN_PYTHON", "/variable")
    variable, preference, blender = (Interpreter(Path(path)) for path in ("/variable", "/preference", "/blender"))
    assert candidates("/preference", tmp_path, blender) == [variable, preference, blender]
    inside = Interpreter(script(tmp_path / "env" / "bin" / "python", ""))
    assert candidates("/preference", tmp_path, variable) == [variable, preference, inside]
    monkeypatch.delenv("BLOBGAN_PYTHON")
    assert candidates() == [HERE]


def test_the_first_that_works_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOBGAN_PYTHON", str(tmp_path / "none"))
    empty = python_that_says(tmp_path / "env" / "bin" / "python")
    full = python_that_says(tmp_path / "full", torch='"2.5"')
    assert find_python(preference=str(empty), models_folder=tmp_path, blender=full) == full
    assert find_python(preference=str(full), models_folder=tmp_path, blender=Interpreter(Path("/none"))) == full


def test_onnxruntime_does_where_there_is_no_torch(tmp_path: Path) -> None:
    both = python_that_says(tmp_path / "both", torch='"2.5"', onnx='"1.32"')
    plain = python_that_says(tmp_path / "plain", onnx='"1.32"')
    assert (probe(both).ok, probe(both).engine) == (True, "torch 2.5")
    assert (probe(plain).ok, probe(plain).engine) == (True, "onnxruntime 1.32")
    assert find_python(preference="/absent/python", blender=plain) == plain


def test_packages_that_lie_elsewhere_are_found(tmp_path: Path) -> None:
    """As the wheels of an extension lie beside Blender's own Python."""
    venv.create(tmp_path / "env", symlinks=True)
    for name in ("numpy", "onnxruntime"):
        (tmp_path / "wheels" / name).mkdir(parents=True)
        (tmp_path / "wheels" / name / "__init__.py").write_text("")
    bare = Interpreter(tmp_path / "env" / "bin" / "python")
    assert not probe(bare).ok
    found = probe(Interpreter(bare.executable, tmp_path / "wheels"))
    assert (found.ok, found.engine, found.device) == (True, "onnxruntime unknown", "cpu")


def test_an_environment_without_torch_is_told_what_to_install(tmp_path: Path) -> None:
    venv.create(tmp_path / "env", symlinks=True)
    python = tmp_path / "env" / "bin" / "python"
    found = probe(Interpreter(python))
    assert not found.ok
    assert found.problem is not None
    assert "no torch" in found.problem
    assert f'"{python}" -m pip install torch numpy safetensors' in found.problem
    assert " -m venv" not in found.problem


def test_a_folder_that_an_uninstall_left_is_no_package(tmp_path: Path) -> None:
    for name in ("torch/lib", "numpy", "safetensors"):
        (tmp_path / "packages" / name).mkdir(parents=True)
    venv.create(tmp_path / "env", symlinks=True)
    found = probe(Interpreter(tmp_path / "env" / "bin" / "python", tmp_path / "packages"), device=False)
    assert not found.ok
    assert "it has no torch and no numpy and no safetensors" in str(found.problem)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("absent", "cannot be run"),
        ("a folder", "cannot be run"),
        ("not executable", "cannot be run"),
        ("old", "Python 3.8.1, and the worker needs 3.11"),
        ("no torch", "-m venv blobgan-env, then: blobgan-env/bin/python -m pip install torch"),
        ("broken torch", "its torch does not work (OSError: libc10.so)"),
        ("crashes", "does not run as a Python (no such library)"),
        ("killed", "exit code -9"),
        ("says nothing", "does not answer as a Python"),
        ("says nonsense", "does not answer as a Python"),
        ("says other JSON", "does not answer as a Python"),
    ],
)
def test_each_problem_is_one_sentence_with_the_next_step(tmp_path: Path, kind: str, words: str) -> None:
    path = tmp_path / "python"
    python = Interpreter(path)
    if kind == "a folder":
        path.mkdir()
    elif kind == "not executable":
        path.write_text("#!/bin/sh\n")
    elif kind == "old":
        python_that_says(path, version="[3, 8, 1]", torch='"2.0"')
    elif kind == "no torch":
        python_that_says(path)
    elif kind == "broken torch":
        python_that_says(path, torch='"2.0"', error='"OSError: libc10.so"')
    elif kind != "absent":
        script(
            path,
            {
                "crashes": "echo 'no such library' >&2; exit 3",
                "killed": "kill -9 $$",
                "says nothing": "true",
                "says nonsense": "echo hello",
                "says other JSON": "echo '[1]'",
            }[kind],
        )
    found = probe(python)
    assert not found.ok
    assert found.problem is not None
    assert words in found.problem
    assert "preferences" in found.problem
    with pytest.raises(WorkerError) as raised:
        find_python(blender=python)
    assert str(path) in str(raised.value)
    assert words in str(raised.value)


def test_each_python_that_was_tried_is_named(tmp_path: Path) -> None:
    old = python_that_says(tmp_path / "old", version="[3, 8, 1]")
    with pytest.raises(WorkerError, match="No Python can run") as raised:
        find_python(preference="/absent/python", blender=old)
    assert "/absent/python: " in str(raised.value)
    assert f"{old}: " in str(raised.value)


def test_a_python_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    hangs = Interpreter(script(tmp_path / "python", f"sleep 600 & echo $! > '{noted}'; wait"))
    started = time.monotonic()
    found = probe(hangs, deadline=0.3)
    assert time.monotonic() - started < 2.0
    assert found.problem is not None
    assert "did not answer within 0.3 seconds" in found.problem
    assert wait_until(lambda: not alive(int(noted.read_text())))


def test_a_search_can_be_stopped(tmp_path: Path, own_children: Callable[[], set[int]]) -> None:
    hangs = Interpreter(script(tmp_path / "python", "exec sleep 600"))
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    started = time.monotonic()
    with pytest.raises(WorkerError, match="stopped"):
        find_python(stop, blender=hangs)
    assert time.monotonic() - started < 2.0
    assert own_children() == set()


def test_settings_of_this_python_do_not_reach_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.chdir(tmp_path)
    assert probe(HERE, device=False).ok


def bare_extension(tmp_path: Path, wheels: str) -> tuple[Path, Path]:
    """A Python without packages, and a copy of what Blender imports whose manifest lists these wheels."""
    venv.create(tmp_path / "env", symlinks=True)
    package = tmp_path / "blobgan_blender"
    for part in ("__init__.py", "core", "worker"):
        source = Path(blobgan_blender.__file__).parent / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, _made(package) / part)
    (package / "blender_manifest.toml").write_text(f"wheels = [{wheels}]\n")
    return tmp_path / "env" / "bin" / "python", package


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.parametrize(
    ("wheels", "words"),
    [
        ("", "this zip of BlobGAN brings no wheels"),
        (
            '"./wheels/onnxruntime-1.31.0-cp28-cp28-x.whl", "./wheels/onnxruntime-1.31.0-cp37-cp37-x.whl"',
            "brings the wheel for Python 3.7, and no other",
        ),
    ],
)
def test_blenders_own_python_without_a_wheel_says_which_and_offers_torch(
    tmp_path: Path, wheels: str, words: str
) -> None:
    python, package = bare_extension(tmp_path, wheels)
    program = (
        f"import sys; sys.path.insert(0, {str(package.parent)!r})\n"
        "from blobgan_blender.worker.python_search import find_python\n"
        "find_python()"
    )
    done = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True, check=False, timeout=60)
    version = ".".join(map(str, sys.version_info[:3]))
    assert f"it is Python {version} and has no onnxruntime: " in done.stderr
    assert words in done.stderr
    assert "Press Set Up PyTorch in the preferences" in done.stderr
