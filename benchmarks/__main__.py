"""From a moved empty to new pixels, in Blender as a module, through `live.pump` as a window's timer calls it.

Blender's own side is what its main thread spends: the handler, the reading of the empties, handing the request over,
and putting the picture into the image. The rest is the worker's and the pipe's, and the main thread is free meanwhile.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .measuring import Row, matrix_rate, timed

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "out" / "bench.json"
EDITS = 150
REGISTRATIONS = 5
BLOBS = 30
GOALS = {"edit to new pixels": 200.0, "Blender's own side": 5.0, "handler, 30 blobs": 1.0, "register": 100.0}  # ms


def main() -> None:
    """Measure, print, write."""
    rows = [Row.of("register", registrations())]
    register()
    assert "torch" not in sys.modules, "registering the add-on imported torch"
    import bpy

    from blobgan_blender import handlers, live

    operators: Any = bpy.ops
    rows.append(Row.of("new scene, cold worker", [timed(lambda: operators.blobgan.new_scene(seed=57))]))
    rows += edits(bpy.context.scene.blobgan.canvas)
    add_blobs(bpy.context.scene, BLOBS)
    while live.pump():
        time.sleep(0.001)
    rows.append(Row.of(f"handler, {BLOBS} blobs", [timed(handlers._changed) for _ in range(1000)]))
    rows.append(Row.of(f"reading, {BLOBS} blobs", readings(bpy.context.scene.blobgan.canvas)))
    rows.append(Row.of("upload", uploads(bpy.context.scene.blobgan.canvas)))
    blobgan_blender_unregister()
    report(rows)


def registrations() -> list[float]:
    """What enabling the extension costs in a Blender that has just started, its imports included, as an artist has it:
    with the bytecode that an earlier start left."""
    code = (
        f"import sys, time, bpy; sys.path.insert(0, {str(ROOT)!r}); began = time.perf_counter(); "
        "import blobgan_blender; blobgan_blender.register(); print('took', time.perf_counter() - began, flush=True)"
    )
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    seconds = []
    for _ in range(REGISTRATIONS + 1):
        done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
        seconds.append(float(done.stdout.split("took")[1].split()[0]))
    return seconds[1:]


def register() -> None:
    """Enable the add-on in this process."""
    sys.path.insert(0, str(ROOT))
    import blobgan_blender

    blobgan_blender.register()


def blobgan_blender_unregister() -> None:
    """Stop the worker."""
    import blobgan_blender

    blobgan_blender.unregister()


def edits(canvas: Any) -> list[Row]:
    """Move one blob again and again, as a drag does, and wait for each picture."""
    import bpy

    from blobgan_blender import live

    blob = bpy.context.scene.objects["Blob 8"]
    state = live.link(canvas)
    total, own = [], []
    for number in range(EDITS):
        before, spent = state.pictures, 0.0
        blob.location.x += 0.01 if number % 2 else -0.01
        started = time.perf_counter()
        spent += timed(bpy.context.view_layer.update)
        while state.pictures == before:
            spent += timed(live.pump)
            time.sleep(live.ACTIVE_PERIOD)  # as the timer turns
        total.append(time.perf_counter() - started)
        own.append(spent)
    return [Row.of("edit to new pixels", total), Row.of("Blender's own side", own)]


def add_blobs(scene: Any, count: int) -> None:
    """Clone blobs until the canvas has `count`."""
    import bpy

    from blobgan_blender.scene.blobs import is_blob

    blobs = [item for item in scene.objects if is_blob(item)]
    for number in range(count - len(blobs)):
        clone = blobs[number % len(blobs)].copy()
        scene.blobgan.canvas.users_collection[0].objects.link(clone)
    bpy.context.view_layer.update()


def readings(canvas: Any) -> list[float]:
    """The empties of a canvas, read as a layout."""
    import bpy

    from blobgan_blender.scene.reading import read_canvas

    layer = bpy.context.view_layer
    return [timed(lambda: read_canvas(canvas, layer.depsgraph, layer)) for _ in range(300)]


def uploads(canvas: Any) -> list[float]:
    """A picture put into the canvas's image, as it is when one arrives."""
    import numpy as np

    from blobgan_blender.scene import picture

    side = canvas.blobgan.resolution
    rgb = np.random.RandomState(0).randint(0, 256, (side, side, 3)).astype(np.uint8)
    return [timed(lambda: picture.show(canvas, rgb)) for _ in range(300)]


def report(rows: list[Row]) -> None:
    """The table for people, the JSON for machines."""
    import bpy

    machine = {
        "python": platform.python_version(),
        "blender": bpy.app.version_string,
        "machine": platform.machine(),
        "matrix product, GFLOP/s": round(matrix_rate(), 1),
    }
    print(f"\nBundled model, Blender {bpy.app.version_string}, milliseconds")
    print(f"on cores whose matrix product makes {machine['matrix product, GFLOP/s']} GFLOP/s\n")
    print(f"{'':26}{'p50':>9}{'p95':>9}{'p99':>9}{'worst':>9}{'goal':>8}{'n':>7}")
    for row in rows:
        goal = GOALS.get(row.what)
        print(
            f"{row.what:26}{row.p50:9.2f}{row.p95:9.2f}{row.p99:9.2f}{row.worst:9.2f}"
            f"{f'{goal:g}' if goal else '':>8}{row.count:7}{'' if not goal or row.p50 <= goal else '  missed'}"
        )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"machine": machine, "ms": [vars(row) for row in rows]}, indent=2), encoding="utf-8")
    print(f"\nWritten to {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    import bpy  # noqa: F401  # before the clock starts: importing Blender itself is not ours

    main()
