"""One model with one engine, measured in a process of its own: `benchmarks.speed` starts it and reads its last line."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from blobgan_blender.core.layout import Layout
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.engine import VARIABLE, make_engine
from blobgan_blender.inference.predictor import Predictor
from blobgan_blender.library.model_file import sha256_of
from blobgan_blender.library.search import ModelRef
from blobgan_blender.worker.client import Worker
from blobgan_blender.worker.service import COMPILED

from .measuring import Row, device_timed, memory, repeated, timed, torch_matrix_rate
from .models import model_file, picture_flops
from .wire import Wire

PATIENCE = 240.0  # seconds to wait for what is compiled beside the worker
GIVEN_UP = ("drafts are not compiled", "no drafts from now on")  # what the worker's log says where it is in vain
REST = 0.5  # seconds between two drags: the hand rests

Edits = Iterator[Layout[np.ndarray]]

# How the filter after an up-convolution and the to-RGB are written, and who makes kernels of them.
FUSIONS: dict[str, dict[str, bool]] = {
    ", captured": {},
    ", sums, captured": {"fused": True},
    ", sums, compiled, captured": {"fused": True, "compiled": True},
}


class Bench:
    """A model, and how long and how often to measure it."""

    def __init__(self, model: Path, chosen: argparse.Namespace) -> None:
        self.path, self.chosen = model, chosen
        self.engine = make_engine(chosen.device)
        self.cuda = self.engine.device.startswith("cuda")
        before = memory("VmRSS")
        self.predictor: Predictor = self.engine.load(model)
        self.noise = noise_from_seed(0, self.predictor.config.resolution)
        for map_ in self.noise:
            map_.setflags(write=False)
        self.predictor.picture(self.layout(1), self.noise)
        self.figures: dict[str, Any] = {"MB beyond the library": self._memory(before)}

    def layout(self, count: int) -> Layout[np.ndarray]:
        """Rooms of the model."""
        return self.predictor.sample(z_from_seed(16, count, self.predictor.config.d_noise), 0.4)

    def edits(self, count: int) -> Edits:
        """Rooms with one blob each moved, resized and turned a little further every time."""
        stream, layout = np.random.RandomState(0), self.layout(count)
        while True:
            blob = stream.randint(layout.blobs)
            xs, ys, sizes, covs = (array.copy() for array in (layout.xs, layout.ys, layout.sizes, layout.covs))
            xs[:, blob] = np.clip(xs[:, blob] + stream.uniform(-0.05, 0.05), -0.1, 1.1)
            ys[:, blob] = np.clip(ys[:, blob] + stream.uniform(-0.05, 0.05), -0.1, 1.1)
            sizes[:, blob + 1] = np.clip(sizes[:, blob + 1] + stream.uniform(-0.5, 0.5), -3, 8)
            angle = stream.uniform(-0.2, 0.2)
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
            covs[:, blob] = turn @ covs[:, blob] @ turn.T
            layout = Layout(xs, ys, covs, sizes, layout.features, layout.spatial_style)
            yield layout

    def row(
        self,
        what: str,
        count: int,
        draw: Callable[[Any], object],
        device: bool = False,
        prepare: Callable[[Layout[np.ndarray]], Any] = lambda layout: layout,
    ) -> None:
        """Edits drawn, by the host's clock, or by the device's if it has one; what `prepare` does is not counted."""
        edits = self.edits(count)
        clock = device_timed if device and self.cuda else timed

        def one() -> float:
            given = prepare(next(edits))
            return clock(lambda: draw(given))

        self.add(what, count, repeated(one, self.chosen.edits, self.chosen.seconds))

    def add(self, what: str, count: int, seconds: list[float]) -> None:
        """Note a row; say it too, for whoever waits."""
        row = asdict(Row.of(what, seconds)) | {"batch": count}
        self.figures.setdefault("rows", []).append(row)
        print(f"  {what}, batch {count}: {row['p50']:.2f} ms, of {row['count']}", file=sys.stderr, flush=True)

    def psnr(self, found: np.ndarray, wanted: np.ndarray) -> float:
        """dB of pictures in [-1, 1]."""
        return float(10 * np.log10(4 / max(1e-16, np.square(found.astype(float) - wanted).mean())))

    def _memory(self, before: float) -> float:
        if not self.cuda:
            return memory("VmHWM") - before
        import torch

        return torch.cuda.max_memory_allocated() / 1e6


def main() -> None:
    """Measure; the last line of the output is JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--engine", choices=["torch", "onnx"], required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--batches", type=int, nargs="+", required=True)
    parser.add_argument("--edits", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--roads", action="store_true")
    parser.add_argument("--worker-only", action="store_true", help="nothing but the worker's rows")
    chosen = parser.parse_args()
    os.environ[VARIABLE] = chosen.engine
    with tempfile.TemporaryDirectory() as folder:
        path = model_file(chosen.model, Path(folder))
        if chosen.engine == "onnx" and not path.with_suffix(".onnx").exists():
            from blobgan_blender.inference.export import export

            export(path)
        bench = Bench(path, chosen)
        figures = bench.figures | {"engine": bench.engine.version, "device": bench.engine.device}
        figures |= {"GFLOP": picture_flops(bench.predictor.config) / 1e9, "load at start": os.getloadavg()[0]}
        if not chosen.worker_only:
            for count in chosen.batches:
                bench.row("edit to uint8", count, lambda layout: bench.predictor.picture(layout, bench.noise))
            if chosen.engine == "torch":
                _torch(bench, chosen.batches)
            else:
                _onnx(bench)
        _worker(bench, Path(folder))
    print(json.dumps(figures | bench.figures | {"load at end": os.getloadavg()[0]}))


def _torch(bench: Bench, batches: Sequence[int]) -> None:
    """Stages, the yardstick, the roads of a GPU, and what the pictures are worth."""
    import torch

    from blobgan_blender.inference.decoder import Decoder
    from blobgan_blender.model.blobgan import load_model

    from . import yardstick

    device = torch.device("cuda" if bench.cuda else "cpu")
    model = load_model(bench.path)[0]
    side = bench.predictor.config.resolution
    rates = bench.figures["GFLOP/s"] = [torch_matrix_rate(device.type)]
    if bench.cuda:
        bench.figures["GFLOP/s, float16"] = torch_matrix_rate(device.type, half=True)
    host = [torch.from_numpy(map_.copy()) for map_ in bench.noise]
    with torch.inference_mode():
        wanted = model.generator(bench.layout(1).map(torch.from_numpy), host).numpy()
        bench.figures["PSNR"] = {"torch": bench.psnr(bench.predictor.render(bench.layout(1), bench.noise), wanted)}
        model.to(device)
        noise = [map_.to(device) for map_ in host]
        decoder = Decoder(model.generator)
        for count in batches:
            _stages(bench, count, decoder, noise)
        if bench.cuda or bench.chosen.roads:
            _roads(bench, model, wanted, batches)
        yardstick.set_up()
        weights = model.state_dict()

        def straight(layout: Layout[np.ndarray]) -> object:
            given = layout.map(lambda array: torch.from_numpy(array).to(device))
            return yardstick.picture(weights, given, noise, side).cpu()

        def with_map(layout: Layout[np.ndarray]) -> object:
            given = layout.map(lambda array: torch.from_numpy(array).to(device))
            return straight(layout), yardstick.blob_map(given, colors, side).cpu()

        colors = torch.rand(bench.predictor.config.blobs + 1, 3, device=device)
        bench.row("yardstick", 1, straight)
        bench.row("yardstick, and the demo's blob map", 1, with_map)
        torch.backends.cudnn.allow_tf32 = False
    rates.append(torch_matrix_rate(device.type))


def _stages(bench: Bench, count: int, decoder: Any, noise: Sequence[Any]) -> None:
    """What a picture's time goes into, each part by itself."""
    from blobgan_blender.inference.transfer import encoded, geometry_on

    device = noise[0].device
    given = geometry_on(device, bench.layout(count))
    splats, look = decoder.splats(given), decoder.appearance(given)
    image = decoder.draw(look, splats, noise)
    bench.row("splat", count, lambda layout: decoder.splats(geometry_on(device, layout)), device=True)
    bench.row("decoder", count, lambda _: decoder.draw(look, splats, noise), device=True)
    bench.row("copy", count, lambda _: encoded(image).cpu(), device=True)


def _roads(bench: Bench, model: Any, wanted: np.ndarray, batches: Sequence[int]) -> None:
    """The ways to live pictures that only a GPU has. One that fails is told, and the others go on."""
    import torch

    from blobgan_blender.inference.decoder import Decoder
    from blobgan_blender.inference.live_decoder import LiveDecoder
    from blobgan_blender.inference.transfer import geometry_on

    device = model.generator.conv1.conv.weight.device
    noise = [torch.from_numpy(map_.copy()).to(device) for map_ in bench.noise]
    given = geometry_on(device, bench.layout(1))
    for half in (False, True):
        for words, options in FUSIONS.items():
            name = ("float16" if half else "float32") + words
            try:
                road = LiveDecoder(model.generator, half=half, captured=True, **options)
                _road(bench, name, road, wanted, batches)
            except Exception as error:  # a kernel that this torch cannot compile is a figure too
                bench.figures.setdefault("failed roads", {})[name] = f"{type(error).__name__}: {error!s:.500}"
            torch.cuda.empty_cache()
        found = Decoder(model.generator, torch.float16 if half else torch.float32)(given, noise)
        bench.figures["PSNR"]["float16" if half else "float32"] = bench.psnr(found.cpu().numpy(), wanted)
    if bench.cuda:
        bench.figures["MB beyond the library, every road"] = torch.cuda.max_memory_allocated() / 1e6


def _road(bench: Bench, name: str, road: Any, wanted: np.ndarray, batches: Sequence[int]) -> None:
    """Layout on the device to bytes on the device; then with the ways there and home, as the host sees it."""
    for count in batches:
        prepare = lambda layout: road.prepared(layout, bench.noise)  # noqa: E731
        bench.row(f"{name}: on the device", count, road.draw, device=True, prepare=prepare)
        bench.row(f"{name}: edit to uint8", count, lambda layout: road(layout, bench.noise))
    rgb = road(bench.layout(1), bench.noise).transpose(0, 3, 1, 2)
    bench.figures["PSNR"][f"{name}, bytes"] = bench.psnr(rgb / 127.5 - 1, np.clip(wanted, -1, 1))


def _onnx(bench: Bench) -> None:
    """Stages, as far as they are apart."""
    predictor: Any = bench.predictor
    bench.row("splat", 1, predictor.mattes)
    bench.row("decoder", 1, lambda layout: predictor.render(layout, bench.noise))


def _worker(bench: Bench, folder: Path) -> None:
    """The real process: from its start to the first picture, then edits from request to reply."""
    model = ModelRef(bench.path, sha256_of(bench.path))
    environment = {VARIABLE: bench.chosen.engine, "BLOBGAN_DEVICE": bench.chosen.device}
    if bench.chosen.engine == "onnx":
        environment.pop("BLOBGAN_DEVICE")
    log = folder / "worker.log"
    worker = Worker(_logging_python(folder, log), environment=environment)
    beside: list[float] = []  # of each trip what the worker did not spend on the picture

    def trip(layout: Layout[np.ndarray]) -> None:
        began = time.perf_counter()
        inside = worker.render(model, layout, noise_seed=0, slot="bench").result().seconds
        beside.append(time.perf_counter() - began - inside)

    def drag(layout: Layout[np.ndarray]) -> bool:
        """Whether there was a draft that was drawn by what was compiled."""
        job = worker.render(model, layout, noise_seed=0, slot="bench", preview=1 / 30)
        while not (job.done() or job.has_preview):
            time.sleep(0.0002)
        draft = job.take_preview()
        return draft is not None and draft.made_by.split(" on ")[0].endswith(COMPILED)

    try:
        first = bench.layout(1)
        bench.add("worker's start to first picture", 1, [timed(lambda: trip(first))])
        beside.clear()
        bench.row("worker: request to reply", 1, trip)
        bench.figures["worker: send and receive, ms"] = 1000 * statistics.median(beside)
        bench.row("worker: a drag's next draft, preview or picture", 1, drag)
        if bench.cuda and _compiled_meanwhile(bench, drag, log):
            bench.row("worker: a drag's next draft, compiled", 1, drag)
    finally:
        worker.stop()
    _tell_of_drafts(log)
    _wire(bench, model, folder, environment)


def _wire(bench: Bench, model: ModelRef, folder: Path, environment: dict[str, str]) -> None:
    """The same drag from a request's bytes to its answer's. What one worker compiled, the next has in seconds."""
    log = folder / "wire.log"
    wire = Wire(_logging_python(folder, log), environment, model)
    try:
        bench.row("worker: request bytes to reply bytes", 1, wire.drag, prepare=wire.frame)
        if bench.cuda and _compiled_meanwhile(bench, lambda layout: wire.drag(wire.frame(layout)), log, wire.rest):
            bench.row("worker: request bytes to reply bytes, compiled", 1, wire.drag, prepare=wire.frame)
    finally:
        wire.stop()
    _tell_of_drafts(log)


def _tell_of_drafts(log: Path) -> None:
    for line in log.read_text(errors="replace").splitlines():
        if "drafts" in line:
            print(f"  the worker: {line}", file=sys.stderr, flush=True)


def _compiled_meanwhile(
    bench: Bench, drag: Callable[[Layout[np.ndarray]], bool], log: Path, rest: Callable[[float], None] = time.sleep
) -> bool:
    """Short drags until their drafts are compiled; whether they are. It begins and is taken over between two drags."""
    began, edits, seconds = time.perf_counter(), bench.edits(1), []
    is_compiled = False
    while not is_compiled and time.perf_counter() - began < PATIENCE:
        if any(words in log.read_text(errors="replace") for words in GIVEN_UP):
            break
        rest(REST)
        for _ in range(20):
            at = time.perf_counter()
            is_compiled = drag(next(edits))
            seconds.append(time.perf_counter() - at)
    if is_compiled:
        bench.figures["worker: seconds until drafts are compiled"] = time.perf_counter() - began
    if not seconds:
        return False
    bench.add("worker: a drag's next draft, while it is compiled", 1, seconds)
    said = f"compiled after {time.perf_counter() - began:.0f} s" if is_compiled else "not compiled"
    print(f"  {said}; the slowest draft meanwhile {1000 * max(seconds):.1f} ms", file=sys.stderr, flush=True)
    return is_compiled


def _logging_python(folder: Path, log: Path) -> Path:
    """This Python, which writes what it says into a file."""
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@" >>"{log}" 2>&1\n')
    python.chmod(0o755)
    return python


if __name__ == "__main__":
    main()
