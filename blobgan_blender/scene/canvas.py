"""Canvases: planes that show a generated picture, each with a camera that frames it and a collection for its blobs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from bpy.types import Material, Object, Scene, ViewLayer

from ..core.layout import Layout
from ..library.card import Card
from .appearance import clear_stages, write_appearance
from .blobs import place_blobs
from .picture import ensure_image

SIDE = 2.0  # canvas units: the picture spans [-1, 1]²
GAP = 0.5  # world units between neighbouring canvases
CAMERA_HEIGHT = 5.0  # canvas units above the picture


def canvases(view_layer: ViewLayer) -> list[Object]:
    """The canvases of a view layer, by name."""
    return [item for item in view_layer.objects if item.type == "MESH" and item.blobgan.role == "CANVAS"]


def canvas_of(item: Object | None) -> Object | None:
    """The canvas an object is or belongs to."""
    if item is None or item.blobgan.role == "NONE":
        return None
    return item if item.blobgan.role == "CANVAS" else item.blobgan.canvas


def active_canvas(scene: Scene, view_layer: ViewLayer) -> Object | None:
    """The canvas that buttons and the render engine mean: the active object's, else the scene's, else the only one.

    A canvas that was deleted does not count, though blobs still point at it.
    """
    here = canvases(view_layer)
    for candidate in (canvas_of(view_layer.objects.active), scene.blobgan.canvas):
        if candidate in here:
            return candidate
    return here[0] if len(here) == 1 else None


def rendered_canvas(scene: Scene, view_layer: ViewLayer) -> Object | None:
    """The canvas that F12 renders. The selection has no say in it.

    First the canvas whose own camera a timeline marker binds to this frame, so that cuts between canvases work as cuts
    between cameras do; then the scene's canvas; then the only one.
    """
    here = canvases(view_layer)
    for candidate in (_cut_to(scene), scene.blobgan.canvas):
        if candidate in here:
            return candidate
    return here[0] if len(here) == 1 else None


def _cut_to(scene: Scene) -> Object | None:
    """The canvas whose camera the newest marker binds: the first of all before its frame, as Blender has it."""
    markers = sorted((m for m in scene.timeline_markers if m.camera is not None), key=lambda marker: marker.frame)
    passed = [marker for marker in markers if marker.frame <= scene.frame_current]
    for marker in (passed or markers[:1])[-1:]:
        parent = marker.camera.parent
        return canvas_of(parent.original) if parent is not None else None
    return None


@dataclass(frozen=True)
class Source:
    """Where a layout comes from: a model (its card, and where its weights lie now), a seed, a truncation.

    `variation` are the seeds that More Like This turned the noise towards, see `core.seeds.z_near`.
    """

    card: Card
    weights: Path
    seed: int
    truncation: float
    variation: tuple[int, ...] = ()


def create_canvas(scene: Scene, view_layer: ViewLayer, source: Source, layout: Layout[np.ndarray]) -> Object:
    """Build a canvas for a layout (N = 1), beside the scene's other canvases.

    Args:
        scene: gets the canvas's collection; its BlobGAN canvas is set if it has none.
        view_layer: of that scene.
        source: where the layout comes from.
        layout: one layout of that model.

    Returns:
        The canvas object, its blobs placed, its picture still empty.
    """
    right_most = max((edge for other in canvases(view_layer) for edge in _right_edges(other)), default=None)
    collection = bpy.data.collections.new("BlobGAN")
    scene.collection.children.link(collection)

    mesh = bpy.data.meshes.new("Canvas")
    mesh.from_pydata([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], [], [(0, 1, 2, 3)])
    corners = mesh.uv_layers.new(name="UVMap").data
    for corner, uv in zip(corners, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
        corner.uv = uv
    canvas = bpy.data.objects.new("Canvas", mesh)
    canvas.blobgan.role = "CANVAS"
    collection.objects.link(canvas)
    if right_most is not None:
        canvas.location.x = right_most + GAP + SIDE / 2
    image = ensure_image(canvas, source.card.architecture.resolution, source.card.architecture.resolution)
    mesh.materials.append(_material(image))
    _camera(scene, canvas, collection)

    view_layer.update()  # blobs are placed by the canvas's world matrix
    fill_canvas(canvas, source, layout)
    if scene.blobgan.canvas is None:
        scene.blobgan.canvas = canvas
    return canvas


def fill_canvas(canvas: Object, source: Source, layout: Layout[np.ndarray]) -> list[Object]:
    """Give a canvas a layout (N = 1): its model's name, the background's appearance, the blobs. Returns the blobs."""
    settings, architecture = canvas.blobgan, source.card.architecture
    settings.model_name, settings.model_sha256 = source.card.name, source.card.sha256
    settings.model_file = str(source.weights)
    settings.resolution, settings.ab_norm = architecture.resolution, architecture.ab_norm
    settings.seed, settings.truncation = source.seed, source.truncation
    settings.norm_features, settings.morph = architecture.norm_features, 0.0
    settings.variation = " ".join(map(str, source.variation))
    write_appearance(canvas, layout.features[0, 0], layout.spatial_style[0, 0])
    clear_stages(canvas)
    return place_blobs(canvas, layout)


def complete_canvas(canvas: Object, layout: Layout[np.ndarray], pinned: Collection[Object]) -> list[Object]:
    """Give a canvas a room (N = 1) around its pinned blobs, which stay as they are. Returns the blobs placed."""
    write_appearance(canvas, layout.features[0, 0], layout.spatial_style[0, 0])
    clear_stages(canvas)
    canvas.blobgan.morph = 0.0
    return place_blobs(canvas, layout, keep=pinned)


def _right_edges(canvas: Object) -> Iterator[float]:
    return (float((canvas.matrix_world @ vertex.co).x) for vertex in canvas.data.vertices)


def _material(image: bpy.types.Image) -> Material:
    """Light of exactly the picture's colours, so that it also stands in a larger scene unlit by it."""
    material = bpy.data.materials.new("Canvas")
    if material.node_tree is None:  # always there from Blender 5 on
        material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    texture: Any = nodes.new("ShaderNodeTexImage")
    texture.image, texture.extension, texture.location = image, "EXTEND", (-320, 0)
    emission = nodes.new("ShaderNodeEmission")
    output = nodes.new("ShaderNodeOutputMaterial")
    output.location = (200, 0)
    links.new(texture.outputs["Color"], emission.inputs["Color"])
    links.new(emission.outputs["Emission"], output.inputs["Surface"])
    nodes.active = texture  # what Solid mode's Texture colour shows
    return material


def _camera(scene: Scene, canvas: Object, collection: bpy.types.Collection) -> None:
    data = bpy.data.cameras.new("Canvas Camera")
    data.type, data.ortho_scale = "ORTHO", SIDE
    camera = bpy.data.objects.new("Canvas Camera", data)
    camera.parent, camera.location = canvas, (0.0, 0.0, CAMERA_HEIGHT)
    camera.hide_select = True  # a border select over the picture means the blobs
    collection.objects.link(camera)
    if scene.camera is None:
        scene.camera = camera
