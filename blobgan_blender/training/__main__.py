"""`torchrun … -m blobgan_blender.training --data DIR --out RUN`, or the same by `python -m` on one device."""

from __future__ import annotations

import sys

# Guarded and light: processes that decode pictures import this module, and must not import torch for it.
if __name__ == "__main__":
    from .command import main

    sys.exit(main())
