"""From a layout to the bytes of its picture, without Blender: `python -m benchmarks.speed [MODEL …] [--device cuda]`.

For each model and engine, each in a process of its own: latency of random edits, its stages, the yardstick
(`benchmarks.yardstick`) beside it in the same minutes, the share of what the machine's matrix product reaches, what the
pictures are worth against the reference, memory, and the worker's start and round trip. `python -m benchmarks` measures
the same from Blender's side.

A model is a file, `random256` (the paper's size, random weights), `tiny`, or "" for the bundled one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "out" / "bench_speed.json"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=["", "random256"])
    parser.add_argument("--engines", nargs="+", default=["torch", "onnx"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--edits", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60, help="at most, a row")
    parser.add_argument("--roads", action="store_true", help="a GPU's roads on a CPU too: a rehearsal")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    found = []
    for model in chosen.models:
        for engine in chosen.engines:
            print(f"{model or 'bundled'}, {engine}", file=sys.stderr, flush=True)
            figures = _measured(model, engine, chosen)
            found.append({"model": model or "bundled", **figures})
            _print(found[-1])
            _write(chosen.out, found)  # after each: a machine's time may end in the middle
    print(f"\nWritten to {chosen.out}")


def _measured(model: str, engine: str, chosen: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.one_model", model, "--engine", engine, "--device", chosen.device]
    command += ["--edits", str(chosen.edits), "--seconds", str(chosen.seconds), "--batches", *map(str, chosen.batches)]
    command += ["--roads"] if chosen.roads else []
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return {"engine": engine, "failed": f"ended with {done.returncode}"}
    return json.loads(done.stdout.splitlines()[-1])


def _print(figures: dict[str, Any]) -> None:
    print(f"\n{figures['model']}, {figures['engine']}, {figures.get('device', '')}")
    if figures.get("failed"):
        print(f"  failed: {figures['failed']}")
    if "rows" not in figures:
        return
    rates = figures.get("GFLOP/s", [])
    print(
        f"  {figures['GFLOP']:.1f} GFLOP a picture; matrix product {', '.join(f'{rate:.0f}' for rate in rates)} GFLOP/s"
    )
    print(f"  load {figures['load at start']:.1f} … {figures['load at end']:.1f}\n")
    print(f"  {'milliseconds a batch':44}{'batch':>6}{'p50':>10}{'p95':>10}{'p99':>10}{'n':>6}{'of the rate':>13}")
    for row in figures["rows"]:
        reached = row["batch"] * figures["GFLOP"] / row["p50"] * 1000
        share = f"{reached / max(rates):13.0%}" if rates and "to uint8" in row["what"] else ""
        times = "".join(f"{row[name]:10.2f}" for name in ("p50", "p95", "p99"))
        print(f"  {row['what']:44}{row['batch']:6}{times}{row['count']:6}{share}")
    for name in (
        "MB beyond the library",
        "PSNR",
        "worker: send and receive, ms",
        "worker: seconds until drafts are compiled",
        "GFLOP/s, float16",
        "failed roads",
    ):
        if name in figures:
            print(f"  {name}: {_rounded(figures[name])}")


def _rounded(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_rounded(one)}" for name, one in value.items())
    return value if isinstance(value, str) else f"{value:.2f}"


def _write(path: Path, found: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    path.write_text(json.dumps({"machine": machine, "models": found}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
