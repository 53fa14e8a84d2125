"""The verbs: each operator a file, thin; what they do is done by scene, live and the worker."""

from __future__ import annotations

import bpy

from . import (
    auto_complete,
    bake_animation,
    blob_map_image,
    cancel_background,
    check_worker,
    compare,
    copy_appearance,
    download_model,
    draw_model_picture,
    empty_room,
    exact_output,
    favourite_variant,
    import_model,
    latent_walk,
    load_layout,
    load_model,
    look_for_models,
    mark_asset,
    morph_blob,
    new_scene,
    open_workspace,
    paste_appearance,
    pick_appearance,
    random_appearance,
    remove_blob,
    remove_model,
    render_training_set,
    reorder_blob,
    resample,
    reset_blob,
    reset_layout,
    restart_worker,
    restyle_background,
    reveal_model,
    save_layout,
    save_picture,
    select_in_picture,
    show_variants,
    swap_appearance,
    take_appearance,
    take_from_variant,
    unbake,
    update_picture,
    use_variant,
    verify_model,
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
    copy_appearance.BLOBGAN_OT_copy_appearance,
    paste_appearance.BLOBGAN_OT_paste_appearance,
    pick_appearance.BLOBGAN_OT_pick_appearance,
    take_appearance.BLOBGAN_OT_take_appearance,
    swap_appearance.BLOBGAN_OT_swap_appearance,
    random_appearance.BLOBGAN_OT_random_appearance,
    restyle_background.BLOBGAN_OT_restyle_background,
    reorder_blob.BLOBGAN_OT_reorder_blob,
    reset_blob.BLOBGAN_OT_reset_blob,
    mark_asset.BLOBGAN_OT_mark_asset,
    select_in_picture.BLOBGAN_OT_select_in_picture,
    empty_room.BLOBGAN_OT_empty_room,
    auto_complete.BLOBGAN_OT_auto_complete,
    show_variants.BLOBGAN_OT_show_variants,
    use_variant.BLOBGAN_OT_use_variant,
    favourite_variant.BLOBGAN_OT_favourite_variant,
    take_from_variant.BLOBGAN_OT_take_from_variant,
    save_picture.BLOBGAN_OT_save_picture,
    save_layout.BLOBGAN_OT_save_layout,
    load_layout.BLOBGAN_OT_load_layout,
    blob_map_image.BLOBGAN_OT_blob_map_image,
    compare.BLOBGAN_OT_compare,
    open_workspace.BLOBGAN_OT_open_workspace,
    exact_output.BLOBGAN_OT_exact_output,
    restart_worker.BLOBGAN_OT_restart_worker,
    cancel_background.BLOBGAN_OT_cancel_background,
    check_worker.BLOBGAN_OT_check_worker,
    import_model.BLOBGAN_OT_import_model,
    look_for_models.BLOBGAN_OT_look_for_models,
    download_model.BLOBGAN_OT_download_model,
    verify_model.BLOBGAN_OT_verify_model,
    draw_model_picture.BLOBGAN_OT_draw_model_picture,
    reveal_model.BLOBGAN_OT_reveal_model,
    remove_model.BLOBGAN_OT_remove_model,
    bake_animation.BLOBGAN_OT_bake_animation,
    unbake.BLOBGAN_OT_unbake,
    morph_blob.BLOBGAN_OT_morph_to_active,
    morph_blob.BLOBGAN_OT_clear_morph,
    latent_walk.BLOBGAN_OT_latent_walk,
    render_training_set.BLOBGAN_OT_render_training_set,
)


def register() -> None:
    """Add the operators."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Take them back."""
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
