"""The four colours of an item, as its shape's slots name them: "cloth.1" is the cloth in colour 1 (see `materials`)."""

from __future__ import annotations

BODY, MAIN, SECOND, THIRD = "0", "1", "2", "3"
