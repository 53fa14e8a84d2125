"""`python -m scripts.pictures [model | scenes | windows …]`: all of them, or some; each in a process of its own.

torch and Blender as a module never share one, as they never do where the extension runs.
"""

from __future__ import annotations

import subprocess
import sys

KINDS = ("model", "scenes", "windows")


def main() -> int:
    kinds = sys.argv[1:] or list(KINDS)
    unknown = set(kinds) - set(KINDS)
    if unknown:
        print(f"No pictures {', '.join(unknown)}. Choose of: {', '.join(KINDS)}.", file=sys.stderr)
        return 2
    commands = ([sys.executable, "-m", f"scripts.pictures.{kind}"] for kind in kinds)
    return max(subprocess.run(command, check=False).returncode for command in commands)


if __name__ == "__main__":
    sys.exit(main())
