"""The verbs: each operator a file, thin; what they do is done by scene, live and the worker."""

from __future__ import annotations

import bpy

from . import (
    bake_animation,
    check_worker,
    exact_output,
    latent_walk,
    load_model,
    morph_blob,
    new_scene,
    remove_blob,
    resample,
    reset_layout,
    restart_worker,
    unbake,
    update_picture,
    wake_blob,
)

_CLASSES = (
    new_scene.BLOBGAN_OT_new_scene,
    resample.BLOBGAN_OT_resample,
    reset_layout.BLOBGAN_OT_reset_layout,
    load_model.BLOBGAN_OT_load_model,
    update_picture.BLOBGAN_OT_update_picture,
    remove_blob.BLOBGAN_OT_remove_blob,
    wake_blob.BLOBGAN_OT_wake_blob,
    exact_output.BLOBGAN_OT_exact_output,
    restart_worker.BLOBGAN_OT_restart_worker,
    check_worker.BLOBGAN_OT_check_worker,
    bake_animation.BLOBGAN_OT_bake_animation,
    unbake.BLOBGAN_OT_unbake,
    morph_blob.BLOBGAN_OT_morph_to_active,
    morph_blob.BLOBGAN_OT_clear_morph,
    latent_walk.BLOBGAN_OT_latent_walk,
)


def register() -> None:
    """Add the operators."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Take them back."""
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
