"""`torchrun … -m blobgan_blender.training --data DIR --out RUN`, or the same by `python -m` on one device."""

from __future__ import annotations

import os
import sys

# Guarded and light: processes that decode pictures import this module, and must not import torch for it.
if __name__ == "__main__":
    from .command import main

    code = main()
    if "RANK" in os.environ:
        # All is written. On a busy machine one of several processes was seen to abort after that ("terminate called
        # without an active exception", twice in some hundred runs), as a thread does that wants Python's lock when
        # Python ends: so Python does not end.
        sys.stdout.flush()
        os._exit(code)
    sys.exit(code)
