"""Whether drawing several pictures at once pays, and changes them: `python -m benchmarks.batches [MODEL …]`.

A final picture is drawn in one fixed way on each device, so that a frame is the same bytes whoever asks for it, alone
or among others. So a batch must pay, and its bytes must be those of single pictures. A name such as `random256` means
a model of that size with random weights and the official number of channels.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from blobgan_blender.core.layout import Layout
from blobgan_blender.core.seeds import noise_from_seed, z_from_seed
from blobgan_blender.inference.engine import make_engine
from blobgan_blender.inference.predictor import Predictor, to_rgb8

from .models import model_file

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "out" / "bench_batches.json"
SIZES = (1, 2, 4, 8, 16)
PICTURES = 16


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=[""], help="files, or random256; the bundled one if none")
    parser.add_argument("--device")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    engine = make_engine(chosen.device)
    rows = []
    for name in chosen.models:
        with tempfile.TemporaryDirectory() as folder:
            predictor = engine.load(model_file(name, Path(folder)))
        rows += [measured(predictor, size, chosen.rounds) | {"model": name or "bundled"} for size in SIZES]
    print(f"\n{engine.version} on {engine.device}, {PICTURES} pictures, medians of {chosen.rounds} rounds\n")
    print(f"{'model':24}{'batch':>6}{'ms a picture':>14}{'bytes unlike batch 1':>22}{'largest':>9}")
    for row in rows:
        print(f"{row['model'][-24:]:24}{row['batch']:6}{row['ms']:14.2f}{row['unlike']:22.2%}{row['largest']:9}")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"engine": engine.version, "device": engine.device, "rows": rows}, indent=2))


def measured(predictor: Predictor, size: int, rounds: int) -> dict[str, float]:
    """Milliseconds a picture in batches of `size`, and how unlike the bytes are to single pictures'."""
    config = predictor.config
    layout = predictor.sample(z_from_seed(1, PICTURES, config.d_noise), 0.4)
    noise = noise_from_seed(0, config.resolution)
    alone = drawn(predictor, layout, noise, 1)
    together = drawn(predictor, layout, noise, size)
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        drawn(predictor, layout, noise, size)
        times.append(1000 * (time.perf_counter() - began) / PICTURES)
    apart = np.abs(alone.astype(int) - together)
    unlike = float((apart > 0).mean())
    return {"batch": size, "ms": statistics.median(times), "unlike": unlike, "largest": int(apart.max())}


def drawn(predictor: Predictor, layout: Layout[np.ndarray], noise: list[np.ndarray], size: int) -> np.ndarray:
    """uint8 (PICTURES, H, W, 3)."""
    pieces = [layout.map(lambda array, at=at: array[at : at + size]) for at in range(0, PICTURES, size)]
    return np.concatenate([to_rgb8(predictor.render(piece, noise)) for piece in pieces])


if __name__ == "__main__":
    main()
