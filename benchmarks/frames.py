"""What the render engine adds to the model, frame by frame: `python -m benchmarks.frames [MODEL] [--frames N]`.

The bare time is what the worker says it spent on a picture, batch 1. A frame's overhead is all the rest between two
frames of Blender's own animation render: the evaluated scene, the way to the worker and back, Blender's pipeline and
the file. `CPU` is what Blender's own process computed a frame, which other programs on the machine cannot stretch: of
the overhead it is all but the pipe and what the worker does beside drawing.

Goals: at most 15 ms a frame at 256²; 240 frames in 240 × (bare + 15 ms) and the start.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "out" / "bench_frames.json"
GOAL = 15.0  # ms a frame beside the bare model


def main() -> None:
    """Render, measure, print, write."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("model", nargs="?", default="", help="a converted model; the bundled one if none")
    arguments.add_argument("--frames", type=int, default=240)
    chosen = arguments.parse_args()
    os.environ.setdefault("BLOBGAN_PYTHON", sys.executable)
    sys.path.insert(0, str(ROOT))
    import bpy

    import blobgan_blender

    blobgan_blender.register()
    operators: Any = bpy.ops
    operators.blobgan.new_scene(model=chosen.model and str(Path(chosen.model).resolve()), seed=16)
    scene = bpy.context.scene
    blob = scene.objects["Blob 0"]
    blob.keyframe_insert("location", index=0, frame=1)
    blob.location.x += 0.7
    blob.keyframe_insert("location", index=0, frame=chosen.frames)
    rows = {
        "picture": measured(scene, chosen.frames),
        "picture at twice the size": at_size(scene, chosen.frames // 4, 200),
        "every pass, multilayer EXR": with_passes(scene, chosen.frames // 4),
    }
    resolution = scene.blobgan.canvas.blobgan.resolution
    blobgan_blender.unregister()
    print(f"\n{resolution}², Blender {bpy.app.version_string}, milliseconds a frame\n")
    print(f"{'':30}{'bare':>9}{'frame':>9}{'overhead':>10}{'CPU':>7}{'goal':>7}{'frames':>8}")
    for what, row in rows.items():
        goal = f"{GOAL:g}" if what == "picture" else ""
        print(
            f"{what:30}{row['bare']:9.1f}{row['frame']:9.1f}{row['overhead']:10.1f}{row['CPU']:7.1f}{goal:>7}{row['frames']:8}"
        )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"resolution": resolution, "ms": rows}, indent=2), encoding="utf-8")
    print(f"\nWritten to {OUT.relative_to(ROOT)}")


def measured(scene: Any, frames: int) -> dict[str, float]:
    """An animation of so many frames: bare, frame and overhead, means in ms, of all frames but the first."""
    import bpy

    from blobgan_blender.worker.client import Worker

    plain = Worker.render

    def noting(self: Worker, *arguments: Any, **options: Any) -> Any:
        job = plain(self, *arguments, **options)
        jobs.append(job)
        return job

    jobs: list[Any] = []
    moments: list[tuple[float, float]] = []
    note = lambda *_: moments.append((time.perf_counter(), time.process_time()))  # noqa: E731  # a handler, once
    bpy.app.handlers.render_write.append(note)
    Worker.render = noting  # type: ignore[method-assign]
    try:
        with tempfile.TemporaryDirectory() as folder:
            scene.frame_start, scene.frame_end, scene.render.filepath = 1, frames, f"{folder}/"
            bpy.ops.render.render(animation=True)
    finally:
        Worker.render = plain  # type: ignore[method-assign]
        bpy.app.handlers.render_write.remove(note)
    spent = [1000 * job.result().seconds for job in jobs[1:]]
    frame, own = (1000 * (moments[-1][clock] - moments[0][clock]) / (frames - 1) for clock in (0, 1))
    bare = statistics.mean(spent)
    return {"bare": bare, "frame": frame, "overhead": frame - bare, "CPU": own, "frames": frames}


def at_size(scene: Any, frames: int, percentage: int) -> dict[str, float]:
    """`measured` at another size."""
    scene.render.resolution_percentage = percentage
    row = measured(scene, frames)
    scene.render.resolution_percentage = 100
    return row


def with_passes(scene: Any, frames: int) -> dict[str, float]:
    """`measured` with everything that the engine can write."""
    view_layer, settings = scene.view_layers[0], scene.render.image_settings
    passes = view_layer.blobgan
    passes.use_pass_blob_map = passes.use_pass_blob_index = passes.use_pass_mattes = True
    view_layer.use_pass_cryptomatte_object = True
    if hasattr(settings, "media_type"):  # Blender 5
        settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format = "OPEN_EXR_MULTILAYER"
    return measured(scene, frames)


if __name__ == "__main__":
    import bpy  # noqa: F401  # before the clock starts

    main()
