"""ONNX Runtime, as its makers build it, tells them of its use over the network, and keeps a number of this machine's.

It does neither where this variable is set before it is loaded (its Privacy.md). Nothing of ours is ever sent anywhere,
and nothing of others' through us.
"""

from __future__ import annotations

QUIET = {"ORT_DISABLE_TELEMETRY": "1"}
