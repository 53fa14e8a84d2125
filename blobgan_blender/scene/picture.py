"""The canvas's image: display colours in, exact linear pixels stored, so that what shows is what the network drew."""

from __future__ import annotations

import bpy
import numpy as np
from bpy.types import Image, Object

_codes = np.arange(256) / 255.0
# The inverse of the sRGB transfer curve for each 8-bit code. A float image holds linear values; Blender turns them
# back into the same codes in the Image Editor, in Solid mode, and on disk under the Standard view.
LINEAR = np.where(_codes < 0.04045, _codes / 12.92, ((_codes + 0.055) / 1.055) ** 2.4).astype(np.float32)


def linear_pixels(rgb: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3), top row first → Blender's flat float32 linear RGBA (H·W·4), bottom row first."""
    height, width, _ = rgb.shape
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = LINEAR[rgb[::-1]]
    return pixels.reshape(-1)


def show(canvas: Object, rgb: np.ndarray) -> None:
    """Put a picture, uint8 (H, W, 3), into a canvas's image.

    A deleted image or one of another size is replaced; one that a duplicate of the canvas also shows is left to it.
    """
    height, width, _ = rgb.shape
    part_from_copies(canvas)
    ensure_image(canvas, width, height)
    overwrite(canvas, rgb)


def overwrite(canvas: Object, rgb: np.ndarray) -> None:
    """Put a picture, uint8 (H, W, 3), into the image that a canvas has and that is of this size."""
    fill(canvas.blobgan.image, rgb)


def fill(image: Image, rgb: np.ndarray) -> None:
    """Put a picture, uint8 (H, W, 3), into a float image of this size, and show it wherever that is shown."""
    image.pixels.foreach_set(linear_pixels(rgb))  # type: ignore[attr-defined]  # the stubs say float
    image.update()
    # A viewport smooths its edges by the mean of some redraws, and for an image alone does not begin anew: what it had
    # of the picture before would shine through this one for good.
    image.update_tag()


def fits(canvas: Object) -> bool:
    """Whether a canvas has an image of its own, of its model's size."""
    image, side = canvas.blobgan.image, canvas.blobgan.resolution
    return image is not None and image.is_float and tuple(image.size) == (side, side) and not _is_shared(canvas, image)


def shown(canvas: Object) -> np.ndarray:
    """The canvas's picture as uint8 (H, W, 3), top row first."""
    image = canvas.blobgan.image
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    linear = pixels.reshape(height, width, 4)[::-1, :, :3]
    # Half-way values between two codes' linear values decide, so that rounding cannot tip a code over.
    return np.searchsorted((LINEAR[1:] + LINEAR[:-1]) / 2, linear).astype(np.uint8)


def ensure_image(canvas: Object, width: int, height: int) -> Image:
    """The canvas's own float image of this size; made, and shown by its material, where it is missing."""
    image = canvas.blobgan.image
    if image is not None and tuple(image.size) == (width, height) and image.is_float:
        return image
    image = bpy.data.images.new(canvas.name, width, height, alpha=False, float_buffer=True)
    replaced, canvas.blobgan.image = canvas.blobgan.image, image
    for node in _image_nodes(canvas):
        if node.image is None or node.image == replaced:
            node.image = image
    if replaced is not None and replaced.users == 0:
        bpy.data.images.remove(replaced)
    return image


def part_from_copies(canvas: Object) -> None:
    """Give a duplicated canvas, or its original, an image and materials of its own while they share theirs."""
    shared = canvas.blobgan.image
    if shared is None or not _is_shared(canvas, shared):
        return
    canvas.blobgan.image = shared.copy()
    for slot in canvas.material_slots:
        if slot.material is not None:
            material = slot.material.copy()
            slot.link = "OBJECT"  # the mesh may be shared as well
            slot.material = material
    for node in _image_nodes(canvas):
        if node.image == shared:
            node.image = canvas.blobgan.image


def _is_shared(canvas: Object, image: Image) -> bool:
    """Whether another canvas has an image of this one's, live or baked."""
    others = (item.blobgan for item in bpy.data.objects if item.blobgan.role == "CANVAS" and item != canvas)
    return any(image in (other.image, other.baked_image) for other in others)


def keep_in_file(image: Image) -> None:
    """Pack the pixels: unpacked ones that a script wrote are black after saving and reopening."""
    if image.is_dirty or image.packed_file is None:
        image.pack()


def _image_nodes(canvas: Object) -> list[bpy.types.ShaderNodeTexImage]:
    trees = (slot.material.node_tree for slot in canvas.material_slots if slot.material and slot.material.node_tree)
    return [node for tree in trees for node in tree.nodes if isinstance(node, bpy.types.ShaderNodeTexImage)]


def image_nodes_of(canvas: Object, image: Image) -> list[bpy.types.ShaderNodeTexImage]:
    """Every texture node of the file that shows an image of a canvas's, on it or on a screen's own material.

    The canvas's own nodes alone while a duplicate of it has the same image.
    """
    if _is_shared(canvas, image):
        return [node for node in _image_nodes(canvas) if node.image == image]
    owners = [*bpy.data.materials, *bpy.data.worlds, *bpy.data.lights]
    trees = [*bpy.data.node_groups, *(owner.node_tree for owner in owners if owner.node_tree is not None)]
    nodes = (node for tree in trees for node in tree.nodes)
    return [node for node in nodes if isinstance(node, bpy.types.ShaderNodeTexImage) and node.image == image]
