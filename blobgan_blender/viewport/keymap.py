"""Shortcuts in Object Mode: a double click in the picture selects, Shift-Q opens the pie."""

from __future__ import annotations

from typing import Any

import bpy

_added: list[tuple[Any, Any]] = []


def register() -> None:
    """Add them to the add-on key configuration, where an artist may change them; `blender -b` has none."""
    configuration = bpy.context.window_manager.keyconfigs.addon
    if configuration is None:
        return
    keymap = configuration.keymaps.new(name="Object Mode", space_type="EMPTY")
    for shift in (False, True):
        item = keymap.keymap_items.new("blobgan.select_in_picture", "LEFTMOUSE", "DOUBLE_CLICK", shift=shift)
        _added.append((keymap, item))
    item = keymap.keymap_items.new("wm.call_menu_pie", "Q", "PRESS", shift=True)
    item.properties.name = "BLOBGAN_MT_pie"
    _added.append((keymap, item))


def unregister() -> None:
    """Take them back."""
    while _added:
        keymap, item = _added.pop()
        keymap.keymap_items.remove(item)
