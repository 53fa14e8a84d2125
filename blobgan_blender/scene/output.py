"""Colours on disk: what a scene writes, apart from what the artist's view shows."""

from __future__ import annotations

from typing import Any

from bpy.types import Scene


def output_exact_colors(scene: Scene) -> None:
    """Write 8-bit files with the network's own values: the output gets its own Standard view, and no dither.

    The artist's view transform is not touched.
    """
    settings = scene.render.image_settings
    settings.color_management = "OVERRIDE"
    view: Any = settings.view_settings  # the stubs know no view transform by name
    view.view_transform, view.look = "Standard", "None"
    view.exposure, view.gamma = 0.0, 1.0
    view.use_curve_mapping = False
    if hasattr(view, "use_white_balance"):  # from Blender 4.3 on
        view.use_white_balance = False
    scene.render.dither_intensity = 0.0


def writes_exact_colors(scene: Scene) -> bool:
    """Whether an 8-bit PNG of this scene holds the network's own values."""
    settings = scene.render.image_settings
    view = settings.view_settings if settings.color_management == "OVERRIDE" else scene.view_settings
    changes = view.use_curve_mapping or getattr(view, "use_white_balance", False)
    plain = view.view_transform == "Standard" and view.look == "None" and not changes
    return plain and view.exposure == 0.0 and view.gamma == 1.0 and scene.render.dither_intensity == 0.0


def previews_exact_colors(scene: Scene) -> bool:
    """Whether Material Preview shows the canvas's own colours: only the Standard view does."""
    return scene.view_settings.view_transform == "Standard" and scene.view_settings.look == "None"
