"""The bpy tests on every Blender that the extension supports: `python3 -m scripts.all_blenders` (`make test-all`).

`make test` has run the whole suite on the Blender of `.venv`. Here the tests that touch Blender, `tests/blender`, run
on the other LTS wheels, each in an environment without torch: the worker runs on `.venv`'s Python, as an artist's does.
"""

from __future__ import annotations

import os
import subprocess
import sys

from . import setup_env


def run(name: str, worker_python: str) -> str:
    """How the tests went on one Blender, in a few words that begin with `passed`, `skipped` or `FAILED`."""
    try:
        python = setup_env.make(name)
    except setup_env.SetupError as error:
        return f"{'skipped' if error.code == setup_env.EXIT_NO_PYTHON else 'FAILED'}: {error}"
    print(f"\n== tests/blender on Blender {name} LTS", flush=True)
    command = [str(python), "-m", "pytest", "tests/blender"]
    done = subprocess.run(command, cwd=setup_env.ROOT, env={**os.environ, "BLOBGAN_PYTHON": worker_python}, check=False)
    return "passed" if done.returncode == 0 else f"FAILED: pytest ended with {done.returncode}"


def main() -> int:
    worker_python = setup_env.ROOT / setup_env.ENVIRONMENTS["dev"].folder / "bin" / "python"
    done_by_make_test = setup_env.BLENDER_OF_PYTHON.get(setup_env.version_of(str(worker_python)) or "")
    blenders = [name for name, environment in setup_env.ENVIRONMENTS.items() if environment.blender]
    others = [name for name in blenders if name not in ("dev", done_by_make_test)]
    results = {name: run(name, str(worker_python)) for name in others}
    print(f"\nBlender {done_by_make_test} LTS: whole suite, above")
    for name, result in results.items():
        print(f"Blender {name} LTS: {result}")
    return 1 if any(result.startswith("FAILED") for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
