"""The folder that holds Debian's Blender: made once, kept outside the checkout, never written to afterwards.

    python -m scripts.window.folder trixie     Blender 4.3, about 4 minutes
    python -m scripts.window.folder sid        Blender 5.2 or newer, about 4 minutes

`BLOBGAN_WINDOW_CACHE` says where folders are kept (default `~/.cache/blobgan`). A folder is made beside its place and
renamed when complete, so one that exists is whole; delete it to make it anew.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = (
    "blender xvfb xdotool libgl1-mesa-dri libegl1 libgl1 imagemagick procps "
    "python3-numpy python3-requests python3-zstandard python3-certifi python3-cattr"
)
SUITES = ("trixie", "sid")  # Debian 13 (Blender 4.3) and Debian's unstable (Blender 5.2 or newer)


class WindowError(Exception):
    """Why there is no window, and the next step."""


def cache() -> Path:
    return Path(os.environ.get("BLOBGAN_WINDOW_CACHE", Path.home() / ".cache" / "blobgan")).resolve()


def place(suite: str) -> Path:
    return cache() / suite


def logged(command: list[str], log: Path) -> None:
    """Run a command with its output in the log; the log's end is shown when it fails."""
    with log.open("a", encoding="utf-8") as stream:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, check=False)
    if done.returncode != 0:
        end = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise WindowError(f"{shlex.join(command)} failed ({log}):\n{end}")


def need_debootstrap(log: Path) -> None:
    if shutil.which("debootstrap") is None:
        print("window: installing debootstrap", flush=True)
        logged(["apt-get", "update", "-qq"], log)
        logged(["apt-get", "install", "-y", "-qq", "debootstrap", "debian-archive-keyring"], log)


def lend_network_settings(folder: Path) -> None:
    """The machine's own name servers, certificates and apt settings (a proxy, a mirror) hold in the folder too."""
    for path in ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt"):
        if Path("/", path).is_file():
            shutil.copy(Path("/", path), folder / path)
    for setting in Path("/etc/apt/apt.conf.d").glob("*"):
        shutil.copy(setting, folder / "etc/apt/apt.conf.d" / setting.name)


def install_blender(folder: Path, log: Path) -> None:
    """apt inside the folder. /proc is mounted in a private namespace: whatever happens, nothing is left mounted."""
    apt = f"apt-get update -qq && apt-get install -y -qq --no-install-recommends {PACKAGES}"
    script = 'mount -t proc proc "$1/proc" && exec chroot "$1" env DEBIAN_FRONTEND=noninteractive sh -c "$2"'
    logged(["unshare", "--mount", "sh", "-c", script, "sh", str(folder), apt], log)


def make(suite: str) -> Path:
    """Return the suite's folder, made now if it is not there.

    Raises:
        WindowError: not root, no apt, or a download failed.
    """
    folder = place(suite)
    if folder.is_dir():
        return folder
    if suite not in SUITES:
        raise WindowError(f"No suite '{suite}'. Choose one of: {', '.join(SUITES)}.")
    if os.geteuid() != 0:
        raise WindowError("The window tests make a Debian folder and enter it, which takes root. Run them by sudo.")
    if shutil.which("apt-get") is None:
        raise WindowError("The window tests make a Debian folder by debootstrap: run them on Debian or Ubuntu.")
    building = folder.with_name(f"{suite}.building")
    log = folder.with_name(f"{suite}.log")
    building.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    if building.exists():  # an earlier try that did not end; nothing can be mounted in it, see install_blender
        shutil.rmtree(building)
    need_debootstrap(log)
    print(f"window: making {folder}, some minutes (log: {log})", flush=True)
    logged(["debootstrap", "--variant=minbase", "--include=ca-certificates", suite, str(building)], log)
    lend_network_settings(building)
    print(f"window: installing Blender into {folder}", flush=True)
    install_blender(building, log)
    building.rename(folder)
    return folder


def main() -> int:
    for suite in sys.argv[1:] or SUITES[:1]:
        try:
            print(f"window: {make(suite)} is ready", flush=True)
        except WindowError as error:
            print(f"window: {error}", file=sys.stderr, flush=True)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
