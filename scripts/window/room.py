"""Inside: the throw-away room in which Blender shows a window. Started by `run.py` in its own namespaces.

    mounts      an overlay on Debian's folder, so that the folder is never written to; the checkout read-only and the
                worker's Python, where there is to be one, at the same paths as outside; only `out` for writing
    processes   a namespace of their own: when this program ends, everything that it started ends with it
    network     none: what runs here runs offline

Nothing here needs tidying up: all of it lives in the namespaces and goes with them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SCREEN = (1280, 800)  # pixels
DISPLAY = ":92"
DISPLAY_SECONDS = 30
COMMAND_SECONDS = 180  # an extension command, Blender's first start on a cold disk included
SESSION_SECONDS = 420
ORPHAN_SECONDS = 15  # how long a worker may outlive its Blender
PASSED_ON = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OMP_NUM_THREADS", "BLOBGAN_WINDOW_SLOW")


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def bind(source: Path, room: Path, *, writable: bool = False) -> None:
    """Show a file or folder of this machine inside the room, at the same path."""
    target = room / source.relative_to("/")
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    mount("--bind", str(source), str(target))
    if not writable:
        mount("-o", "remount,bind,ro", str(target))


def interpreter_paths() -> list[Path]:
    """What the base interpreter of this virtual environment consists of.

    A virtual environment that lies elsewhere, as a worktree's may, is one more folder.

    A Python with a prefix of its own is its prefix. The system's shares /usr with Debian's folder, which must keep its
    own /usr: there it is the executable and its standard library.
    """
    prefix, environment = Path(sys.base_prefix), Path(sys.prefix).resolve()
    elsewhere = [] if environment.is_relative_to(ROOT) else [environment]
    if prefix not in (Path("/usr"), Path("/usr/local")):
        return [prefix, *elsewhere]
    return [Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib")), *elsewhere]


def furnish(folder: Path, out: Path, shaders: Path, worker_python: bool) -> Path:
    """Make the room: an overlay on `folder` and the mounts that the module's docstring lists. Returns its root."""
    base = shaders.parent / "room"  # an empty folder; what is mounted on it shows in this namespace alone
    base.mkdir(exist_ok=True)
    mount("-t", "tmpfs", "tmpfs", str(base))
    room, upper, work = base / "room", base / "upper", base / "work"
    for path in (room, upper, work):
        path.mkdir()
    mount("-t", "overlay", "overlay", "-o", f"lowerdir={folder},upperdir={upper},workdir={work}", str(room))
    mount("-t", "proc", "proc", str(room / "proc"))
    mount("--rbind", "/sys", str(room / "sys"))
    mount("--rbind", "/dev", str(room / "dev"))
    bind(ROOT, room)
    for path in interpreter_paths() if worker_python else ():
        bind(path, room)
    bind(out, room, writable=True)
    bind(shaders, room, writable=True)
    return room


def environment(shaders: Path, worker_python: bool) -> dict[str, str]:
    """Software drawing on the virtual display, an empty home, and the checkout's Python for the worker if wanted."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    if worker_python:
        passed_on["BLOBGAN_PYTHON"] = sys.executable
    return passed_on | {
        "DISPLAY": DISPLAY,
        "GALLIUM_DRIVER": "llvmpipe",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "MESA_SHADER_CACHE_DIR": str(shaders),
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "XDG_RUNTIME_DIR": "/tmp",
    }


class Room:
    """Runs commands inside the room."""

    def __init__(self, root: Path, variables: dict[str, str], out: Path) -> None:
        self.root = root
        self.variables = variables
        self.out = out

    def start(self, log: str, *command: str) -> subprocess.Popen[bytes]:
        stream = (self.out / log).open("ab")
        return subprocess.Popen(
            ["chroot", str(self.root), *command],
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )

    def run(self, log: str, *command: str, seconds: float = COMMAND_SECONDS) -> int:
        """The exit status; 124 when the deadline passed and the command was killed."""
        process = self.start(log, *command)
        try:
            return process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return 124

    @contextmanager
    def display(self) -> Iterator[None]:
        """A virtual screen, up before the body runs."""
        width, height = SCREEN
        server = self.start(
            "xvfb.log", "Xvfb", DISPLAY, "-screen", "0", f"{width}x{height}x24", "+extension", "GLX", "-nolisten", "tcp"
        )
        deadline = time.monotonic() + DISPLAY_SECONDS
        while self.run("xvfb.log", "xdotool", "getdisplaygeometry", seconds=5) != 0:
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The virtual display did not come up; see {self.out / 'xvfb.log'}.")
            time.sleep(0.2)
        try:
            yield
        finally:
            server.terminate()
            server.wait()

    def processes(self) -> list[str]:
        """Command lines of what runs in the room, but for this program and the virtual display."""
        lines = []
        for path in (self.root / "proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().decode(errors="replace").split("\0")
            except OSError:  # the process ended meanwhile
                continue
            if path.parent.name != "1" and words[0] not in ("", "Xvfb"):  # "" is a process that has ended
                lines.append(" ".join(words).strip())
        return lines

    def orphans(self) -> list[str]:
        """What still runs some seconds after Blender has ended: workers that should have ended with it."""
        deadline = time.monotonic() + ORPHAN_SECONDS
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.2)
        return left


def session(room: Room, archive: Path, script: Path) -> dict[str, object]:
    """Install the zip into a Blender that has just been installed, and run one script in its window."""
    width, height = SCREEN
    facts: dict[str, object] = {}
    with room.display():
        extension = ("blender", "--command", "extension")
        facts["validate"] = room.run("extension.log", *extension, "validate", str(archive))
        facts["install"] = room.run(
            "extension.log", *extension, "install-file", "-r", "user_default", "-e", str(archive)
        )
        began = time.monotonic()
        facts["exit code"] = room.run(
            "blender.log",
            *("blender", "--gpu-backend", "opengl", "--window-geometry", "0", "0", str(width), str(height)),
            *("--python-exit-code", "1", "--python", str(script), "--", str(room.out)),
            seconds=SESSION_SECONDS,
        )
        facts["seconds"] = round(time.monotonic() - began, 1)
        facts["orphans"] = room.orphans()
    for report in (room.root / "tmp").glob("*.crash.txt"):
        shutil.copy(report, room.out)
    return facts


def commands(room: Room, archive: Path, file: Path) -> dict[str, object]:
    """Install the zip as above, and run command lines one after the other, without any screen: a farm's machine."""
    del room.variables["DISPLAY"]
    extension = ("blender", "--command", "extension")
    facts: dict[str, object] = {}
    facts["install"] = room.run("extension.log", *extension, "install-file", "-r", "user_default", "-e", str(archive))
    statuses = {}
    for name, command in json.loads(file.read_text(encoding="utf-8")).items():
        statuses[name] = room.run(f"{name}.log", *command)
    facts["exit codes"], facts["orphans"] = statuses, room.orphans()
    return facts


def main() -> None:
    folder, archive, script, out, shaders = map(Path, sys.argv[1:6])
    worker_python = sys.argv[6] == "worker-python"
    room = Room(furnish(folder, out, shaders, worker_python), environment(shaders, worker_python), out)
    bind(archive, room.root)
    facts = (commands if script.suffix == ".json" else session)(room, archive, script)
    (out / "session.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
