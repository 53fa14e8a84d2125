"""BlobGAN for Blender: empties are the blobs of a BlobGAN (Epstein et al., ECCV 2022), and the picture follows them.

Importing this package needs neither bpy nor torch; `register` needs bpy.
"""

from __future__ import annotations


def register() -> None:
    """Blender enables the extension."""
    import gc

    # A hundred modules leave no garbage, and each look for some walks through all of Blender's own objects.
    collects = gc.isenabled()
    gc.disable()
    try:
        from . import registration

        registration.register()
    finally:
        if collects:
            gc.enable()


def unregister() -> None:
    """Blender disables the extension."""
    from . import registration

    registration.unregister()
