"""Whether the worker grows: `python -m benchmarks.growth [--edits 10000]`.

A drag of so many edits in a real worker, of a model small enough (`models.TINY`) that they take minutes. The process's
memory is read after each tenth; appearances and the number of blobs change now and then, for caches are what leaks.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from blobgan_blender.core.layout import Layout
from blobgan_blender.core.seeds import z_from_seed
from blobgan_blender.inference.engine import VARIABLE, make_engine
from blobgan_blender.library.model_file import sha256_of
from blobgan_blender.library.search import ModelRef
from blobgan_blender.worker.client import Worker

from .measuring import memory
from .models import TINY, model_file


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=10_000)
    parser.add_argument("--engine", choices=["torch", "onnx"], default="torch")
    chosen = parser.parse_args()
    os.environ[VARIABLE] = chosen.engine
    with tempfile.TemporaryDirectory() as folder:
        path = model_file(TINY, Path(folder))
        if chosen.engine == "onnx":
            from blobgan_blender.inference.export import export

            export(path)
        model, predictor = ModelRef(path, sha256_of(path)), make_engine("cpu").load(path)
        rooms = [predictor.sample(z_from_seed(seed, 1, predictor.config.d_noise), 0.4) for seed in range(20)]
        worker = Worker(Path(sys.executable), environment={VARIABLE: chosen.engine, "BLOBGAN_THREADS": "1"})
        try:
            for number in range(chosen.edits):
                layout = edited(rooms[number // 50 % len(rooms)], number)
                worker.render(model, layout, noise_seed=number // 1000, slot="bench", preview=1 / 30).result()
                if (number + 1) % (chosen.edits // 10) == 0:
                    print(f"{number + 1:7} edits  {memory('VmRSS', worker.info.pid):8.1f} MB", flush=True)  # type: ignore[union-attr]
        finally:
            worker.stop()


def edited(room: Layout[np.ndarray], number: int) -> Layout[np.ndarray]:
    """The room with its blobs a little elsewhere, and now and then one less."""
    moved = Layout(**(room.arrays() | {"xs": room.xs + np.float32(0.001 * (number % 50))}))
    return Layout(*(array[:, :-1] for array in moved.arrays().values())) if number % 7 == 0 else moved


if __name__ == "__main__":
    main()
