"""BlobGAN for Blender: empties are the blobs of a BlobGAN (Epstein et al., ECCV 2022), and the picture follows them.

Importing this package needs neither bpy nor torch; `register` needs bpy.
"""

from __future__ import annotations


def register() -> None:
    """Blender enables the extension."""
    from . import registration

    registration.register()


def unregister() -> None:
    """Blender disables the extension."""
    from . import registration

    registration.unregister()
