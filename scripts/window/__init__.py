"""A real Blender window on a machine without a screen: Debian's Blender in a folder, on a virtual display."""
