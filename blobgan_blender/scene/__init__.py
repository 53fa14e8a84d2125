"""Canvases and empties ⇄ layouts. Knows bpy, and no worker."""
