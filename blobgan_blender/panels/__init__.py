"""What the artist reads: one tab in the 3D view's sidebar. Operators are called by name; nothing is decided here."""

from __future__ import annotations

import bpy

from . import (
    animate,
    blob,
    blob_list,
    blob_map,
    edit,
    files,
    main,
    menu,
    model_menu,
    pie,
    preferences,
    render_settings,
    training_set,
    variants,
    worker,
)

_CLASSES = (
    blob_list.BLOBGAN_UL_blobs,
    main.BLOBGAN_PT_main,
    main.BLOBGAN_PT_room,
    blob_list.BLOBGAN_PT_blobs,
    animate.BLOBGAN_PT_animate,
    blob.BLOBGAN_PT_blob,
    edit.BLOBGAN_PT_edit,
    variants.BLOBGAN_PT_variants,
    blob_map.BLOBGAN_PT_map,
    main.BLOBGAN_PT_output,
    files.BLOBGAN_PT_files,
    training_set.BLOBGAN_PT_training_set,
    training_set.BLOBGAN_PT_training_object,
    worker.BLOBGAN_PT_worker,
    render_settings.BLOBGAN_PT_render,
    render_settings.BLOBGAN_PT_passes,
    pie.BLOBGAN_MT_pie,
    menu.BLOBGAN_MT_edits,
    model_menu.BLOBGAN_MT_models,
)


def register() -> None:
    """Add the panels."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    menu.append()
    preferences.append()


def unregister() -> None:
    """Take them back."""
    preferences.remove()
    menu.remove()
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
